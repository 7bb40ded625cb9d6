//! The general part of the API description: title, tags and security schemes.

use deskbell_protocol::ErrorBody;
use deskbell_protocol::api::platform::audit::ExportFormat;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::auth::cookies;

/// The general part.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Deskbell",
        description = "Live chat for customer support. Times are Unix milliseconds; every refusal has the shape of `ErrorBody`. Bodies are at most 64 KB, pictures 256 KB."
    ),
    external_docs(url = "/api/docs", description = "For people"),
    components(schemas(ErrorBody, ExportFormat)),
    modifiers(&Security),
    tags(
        (name = "auth", description = "Signing in, and one's own account"),
        (name = "account", description = "One's own account: name, password, address, second factor, sessions"),
        (name = "conversations", description = "What visitors and agents write to each other"),
        (name = "visitors", description = "Those who write from a site"),
        (name = "workspace", description = "The workspace's own settings, and who is kept out of it"),
        (name = "members", description = "Who works in the workspace, and who is asked to"),
        (name = "sites", description = "Websites that show the widget"),
        (name = "tokens", description = "What programs sign in with"),
        (name = "audit", description = "Who did what to what, when, from where"),
        (name = "setup", description = "The first run"),
        (name = "operator", description = "For operators of the platform"),
        (name = "ops", description = "For operators of the server"),
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
