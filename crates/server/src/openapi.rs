//! The description of the HTTP API, made from the handlers.
//!
//! `docs/openapi.json` is a copy of it, so that a change of the API is seen in review.

use std::collections::BTreeMap;

use deskbell_protocol::ErrorBody;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi};

use crate::auth::cookies;

/// What any request may be answered with instead of what was asked for.
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let body = || Content::new(Some(Ref::from_schema_name("ErrorBody")));
        let refusal = |what: &str| -> RefOr<Response> {
            let response = ResponseBuilder::new().description(what);
            response.content("application/json", body()).build().into()
        };
        [
            ("4XX", "Refused; the body says why and what to do"),
            (
                "5XX",
                "Something broke, or is away for the moment; try again",
            ),
        ]
        .map(|(status, what)| (status.to_owned(), refusal(what)))
        .into()
    }
}

/// The description as it stands in `docs/openapi.json`.
pub fn text() -> String {
    let description = crate::router::openapi();
    let text = description.to_pretty_json();
    text.expect("the description is plain JSON") + "\n"
}

/// The parts that no handler says.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Deskbell",
        description = "Live chat for customer support. Times are Unix milliseconds; every refusal has the shape of `ErrorBody`."
    ),
    components(schemas(ErrorBody)),
    modifiers(&Security),
    tags(
        (name = "auth", description = "Signing in, and one's own account"),
        (name = "account", description = "One's own account: name, password, address, second factor, sessions"),
        (name = "conversations", description = "What visitors and agents write to each other"),
        (name = "visitors", description = "Those who write from a site"),
        (name = "workspace", description = "The workspace's own settings, and who is kept out of it"),
        (name = "members", description = "Who works in the workspace, and who is asked to"),
        (name = "sites", description = "Where the widget stands"),
        (name = "tokens", description = "What programs sign in with"),
        (name = "operator", description = "For those who run the platform"),
        (name = "audit", description = "Who did what to what, when, from where"),
        (name = "setup", description = "The first run"),
        (name = "operator", description = "For whoever runs the platform"),
        (name = "ops", description = "For whoever runs the server"),
    )
)]
pub struct Description;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let cookie = ApiKeyValue::with_description(
            cookies::ACCESS,
            "Set by signing in. A request that writes also needs the header `x-deskbell: 1` and our own origin.",
        );
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(cookie));
        components.add_security_scheme("session", cookie);
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token of a workspace, within its scopes."));
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
    }
}
