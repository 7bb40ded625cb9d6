//! Members and invitations of the workspace.

use deskbell_protocol::api::workspace::invitations::{CreateInvitation, Invitation, Invitations};
use deskbell_protocol::api::workspace::members::{Member, Members, SetMember};
use deskbell_protocol::{InvitationId, Role, UserId};
use gloo_net::http::Method;

use crate::api::request::{NOTHING, ask};
use crate::api::{ApiError, SignedIn};

impl SignedIn {
    pub(crate) async fn list_members(self) -> Result<Vec<Member>, ApiError> {
        let found: Members = ask(Method::GET, "/api/v1/members", NOTHING).await?;
        Ok(found.members)
    }

    pub(crate) async fn set_role(self, user: UserId, role: Role) -> Result<Member, ApiError> {
        let path = format!("/api/v1/members/{user}");
        ask(Method::PATCH, &path, Some(&SetMember { role })).await
    }

    pub(crate) async fn remove_member(
        self,
        user: UserId,
        hand_over_to: Option<UserId>,
    ) -> Result<(), ApiError> {
        let mut path = format!("/api/v1/members/{user}");
        if let Some(assignee) = hand_over_to {
            path = format!("{path}?hand_over_to={assignee}");
        }
        ask(Method::DELETE, &path, NOTHING).await
    }

    pub(crate) async fn list_invitations(self) -> Result<Vec<Invitation>, ApiError> {
        let found: Invitations = ask(Method::GET, "/api/v1/invitations", NOTHING).await?;
        Ok(found.invitations)
    }

    pub(crate) async fn invite(self, form: CreateInvitation) -> Result<Invitation, ApiError> {
        ask(Method::POST, "/api/v1/invitations", Some(&form)).await
    }

    pub(crate) async fn invite_again(self, id: InvitationId) -> Result<Invitation, ApiError> {
        let path = format!("/api/v1/invitations/{id}/resend");
        ask(Method::POST, &path, NOTHING).await
    }

    pub(crate) async fn revoke_invitation(self, id: InvitationId) -> Result<(), ApiError> {
        let path = format!("/api/v1/invitations/{id}");
        ask(Method::DELETE, &path, NOTHING).await
    }
}
