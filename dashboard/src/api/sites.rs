//! Sites of the workspace.

use deskbell_protocol::SiteId;
use deskbell_protocol::api::sites::{CreateSite, SetSite, Site, Sites};
use gloo_net::http::Method;

use crate::api::request::{NOTHING, ask};
use crate::api::{ApiError, SignedIn};

impl SignedIn {
    pub(crate) async fn list_sites(self) -> Result<Vec<Site>, ApiError> {
        let found: Sites = ask(Method::GET, "/api/v1/sites", NOTHING).await?;
        Ok(found.sites)
    }

    pub(crate) async fn create_site(self, form: CreateSite) -> Result<Site, ApiError> {
        ask(Method::POST, "/api/v1/sites", Some(&form)).await
    }

    pub(crate) async fn set_site(self, id: SiteId, form: SetSite) -> Result<Site, ApiError> {
        ask(Method::PATCH, &format!("/api/v1/sites/{id}"), Some(&form)).await
    }

    pub(crate) async fn rotate_key(self, id: SiteId) -> Result<Site, ApiError> {
        let path = format!("/api/v1/sites/{id}/rotate-key");
        ask(Method::POST, &path, NOTHING).await
    }

    pub(crate) async fn delete_site(self, id: SiteId) -> Result<(), ApiError> {
        ask(Method::DELETE, &format!("/api/v1/sites/{id}"), NOTHING).await
    }
}
