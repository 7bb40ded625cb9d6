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
        description = "Live chat for customer support. Times are Unix milliseconds. The body of every error is an `ErrorBody`. Request bodies are at most 64 KB, pictures, business hours and calendars 256 KB, files of canned responses 2 MB."
    ),
    external_docs(url = "/api/docs", description = "For people"),
    components(schemas(ErrorBody, ExportFormat)),
    modifiers(&Security),
    tags(
        (name = "auth", description = "Sign-in, registration, and forgotten passwords"),
        (name = "account", description = "Your own account: name, password, e-mail address, two-factor sign-in, sessions"),
        (name = "conversations", description = "Conversations between visitors and agents, and their messages"),
        (name = "visitors", description = "The visitors of your sites"),
        (name = "workspace", description = "The settings of the workspace, and its blocked visitors"),
        (name = "members", description = "The members of the workspace, and invitations"),
        (name = "teams", description = "Teams: members who answer the same conversations"),
        (name = "business-hours", description = "When sites and teams are open, and their holidays"),
        (name = "sites", description = "The websites that show the chat"),
        (name = "tokens", description = "API tokens"),
        (name = "audit", description = "The record of who changed what, when and from where"),
        (name = "setup", description = "The first start of a server"),
        (name = "operator", description = "Workspaces and accounts of the whole server, for its operators"),
        (name = "ops", description = "Health checks and metrics"),
    )
)]
pub struct Description;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let cookie = ApiKeyValue::with_description(
            cookies::ACCESS,
            "The cookie of a sign-in. A request that changes something also needs the header `x-deskbell: 1`, and must come from a page of this server.",
        );
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(cookie));
        components.add_security_scheme("session", cookie);
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token of a workspace, within its scopes."));
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
    }
}
