//! Teams of the workspace.

use deskbell_protocol::TeamId;
use deskbell_protocol::api::workspace::teams::{CreateTeam, SetTeam, Team, Teams};
use gloo_net::http::Method;

use crate::api::request::{NOTHING, ask};
use crate::api::{ApiError, SignedIn};

impl SignedIn {
    pub(crate) async fn list_teams(self) -> Result<Vec<Team>, ApiError> {
        let found: Teams = ask(Method::GET, "/api/v1/teams", NOTHING).await?;
        Ok(found.teams)
    }

    pub(crate) async fn create_team(self, form: CreateTeam) -> Result<Team, ApiError> {
        ask(Method::POST, "/api/v1/teams", Some(&form)).await
    }

    pub(crate) async fn set_team(self, id: TeamId, form: SetTeam) -> Result<Team, ApiError> {
        ask(Method::PATCH, &format!("/api/v1/teams/{id}"), Some(&form)).await
    }

    pub(crate) async fn delete_team(self, id: TeamId) -> Result<(), ApiError> {
        ask(Method::DELETE, &format!("/api/v1/teams/{id}"), NOTHING).await
    }
}
