//! The description of the HTTP API, made from the handlers.
//!
//! `docs/openapi.json` is a copy of it, so that a change of the API is seen in review.

mod answers;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use deskbell_protocol::api::audit::ExportFormat;
use deskbell_protocol::{ErrorBody, limits};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, Modify, OpenApi};

use crate::auth::cookies;

/// Stands where a handler says [`Refusals`], until it is known which they are.
const ANY_REFUSAL: &str = "4XX";

/// What any request may be answered with instead of what was asked for: `answers.rs` says which
/// statuses that are for each operation.
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        [(ANY_REFUSAL.to_owned(), Response::default().into())].into()
    }
}

/// The description as it stands in `docs/openapi.json`.
pub fn text() -> String {
    let mut description = crate::router::openapi();
    answers::complete(&mut description);
    name_times(&mut description);
    let text = description.to_pretty_json();
    let text = text.expect("the description is plain JSON") + "\n";
    let text = text.replace("schemas/i64\"", "schemas/UnixMs\"");
    answers::without_rustdoc(&text)
}

/// The same, written once.
pub fn kept_text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(text);
    &TEXT
}

/// utoipa calls an alias by what it stands for; references are renamed in the text.
fn name_times(description: &mut utoipa::openapi::OpenApi) {
    let components = description.components.get_or_insert_default();
    components.schemas.remove("i64");
    let time = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .description(Some("A time, in milliseconds since 1970 (UTC)."));
    components.schemas.insert("UnixMs".to_owned(), time.into());
}

/// A limit by its name, as the comments of `shared/src` call it, and its unit.
fn limit(name: &str) -> Option<(usize, &'static str)> {
    let ms = |ms: u32| (ms as usize, " ms");
    Some(match name {
        "AVATAR_BYTES" => (limits::AVATAR_BYTES, " bytes"),
        "AVATAR_PIXELS" => (limits::AVATAR_PIXELS, " pixels"),
        "BLOCKS" => (limits::BLOCKS, ""),
        "EXTERNAL_ID_BYTES" => (limits::EXTERNAL_ID_BYTES, " bytes"),
        "HELLO_TIMEOUT_MS" => ms(limits::HELLO_TIMEOUT_MS),
        "INBOX_ROWS" => (limits::INBOX_ROWS, ""),
        "LIST_ROWS" => (limits::LIST_ROWS, ""),
        "POLL_WAIT_MS" => ms(limits::POLL_WAIT_MS),
        "PREVIEW_CHARS" => (limits::PREVIEW_CHARS, ""),
        "TEXT_CHARS" => (limits::TEXT_CHARS, ""),
        "TYPING_EVERY_MS" => ms(limits::TYPING_EVERY_MS),
        "TYPING_MS" => ms(limits::TYPING_MS),
        _ => return None,
    })
}

/// The parts that no handler says.
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
        (name = "sites", description = "Where the widget stands"),
        (name = "tokens", description = "What programs sign in with"),
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
