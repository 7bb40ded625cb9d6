//! The account of the signed-in member, and their workspaces.

use deskbell_protocol::api::identity::account::{
    Avatar, BackupCodes, BeginTwoFactor, ChangeEmail, ChangePassword, ChangeProfile,
    ConfirmTwoFactor, EndTwoFactor, SignedInSession, SignedInSessions, TwoFactor, TwoFactorSecret,
};
use deskbell_protocol::api::identity::auth::SwitchWorkspace;
use deskbell_protocol::{SessionId, WorkspaceId};
use gloo_net::http::Method;
use wasm_bindgen::JsValue;

use crate::api::request::{NOTHING, ask, send_bytes};
use crate::api::{ApiError, SignedIn};

impl SignedIn {
    pub(crate) async fn change_name(self, name: String) -> Result<Self, ApiError> {
        let body = ChangeProfile { name: Some(name) };
        let me = ask(Method::PATCH, "/api/v1/me", Some(&body)).await?;
        Ok(Self { me })
    }

    /// `picture` is what `fetch` takes as a body: a file, or a blob.
    pub(crate) async fn set_avatar(mut self, picture: JsValue) -> Result<Self, ApiError> {
        let avatar: Avatar = send_bytes(Method::PUT, "/api/v1/me/avatar", &picture).await?;
        self.me.avatar_url = Some(avatar.avatar_url);
        Ok(self)
    }

    pub(crate) async fn delete_avatar(mut self) -> Result<Self, ApiError> {
        ask::<_, ()>(Method::DELETE, "/api/v1/me/avatar", NOTHING).await?;
        self.me.avatar_url = None;
        Ok(self)
    }

    pub(crate) async fn change_email(self, form: ChangeEmail) -> Result<(), ApiError> {
        ask(Method::POST, "/api/v1/me/email", Some(&form)).await
    }

    pub(crate) async fn change_password(self, form: ChangePassword) -> Result<(), ApiError> {
        ask(Method::PUT, "/api/v1/me/password", Some(&form)).await
    }

    pub(crate) async fn two_factor(self) -> Result<TwoFactor, ApiError> {
        ask(Method::GET, "/api/v1/me/two-factor", NOTHING).await
    }

    pub(crate) async fn begin_two_factor(
        self,
        password: String,
    ) -> Result<TwoFactorSecret, ApiError> {
        let body = BeginTwoFactor { password };
        ask(Method::POST, "/api/v1/me/two-factor", Some(&body)).await
    }

    pub(crate) async fn confirm_two_factor(self, code: String) -> Result<BackupCodes, ApiError> {
        let body = ConfirmTwoFactor { code };
        ask(Method::POST, "/api/v1/me/two-factor/confirm", Some(&body)).await
    }

    pub(crate) async fn renew_backup_codes(self, code: String) -> Result<BackupCodes, ApiError> {
        let path = "/api/v1/me/two-factor/backup-codes";
        ask(Method::POST, path, Some(&ConfirmTwoFactor { code })).await
    }

    pub(crate) async fn end_two_factor(self, form: EndTwoFactor) -> Result<(), ApiError> {
        ask(Method::DELETE, "/api/v1/me/two-factor", Some(&form)).await
    }

    pub(crate) async fn list_sessions(self) -> Result<Vec<SignedInSession>, ApiError> {
        let found: SignedInSessions = ask(Method::GET, "/api/v1/me/sessions", NOTHING).await?;
        Ok(found.sessions)
    }

    pub(crate) async fn end_session(self, id: SessionId) -> Result<(), ApiError> {
        let path = format!("/api/v1/me/sessions/{id}");
        ask(Method::DELETE, &path, NOTHING).await
    }

    pub(crate) async fn end_other_sessions(self) -> Result<(), ApiError> {
        ask(Method::DELETE, "/api/v1/me/sessions", NOTHING).await
    }

    pub(crate) async fn switch_workspace(
        self,
        workspace_id: WorkspaceId,
    ) -> Result<Self, ApiError> {
        let body = SwitchWorkspace { workspace_id };
        let me = ask(Method::POST, "/api/v1/auth/switch-workspace", Some(&body)).await?;
        Ok(Self { me })
    }

    /// Leaves a workspace that was entered as operator.
    pub(crate) async fn leave_workspace(self) -> Result<Self, ApiError> {
        let me = ask(Method::POST, "/api/v1/operator/leave", NOTHING).await?;
        Ok(Self { me })
    }
}
