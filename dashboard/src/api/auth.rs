//! Authentication: sign-in, registration, links in e-mails, invitations.

use deskbell_protocol::api::identity::auth::{
    ForgotPassword, Register, ResetPassword, SignIn, TokenBody,
};
use deskbell_protocol::api::identity::setup::SetupState;
use deskbell_protocol::api::workspace::invitations::{
    AcceptInvitation, FindInvitation, InvitationView,
};
use gloo_net::http::Method;
use serde::Serialize;

use crate::api::request::{NOTHING, ask, call, renew};
use crate::api::{Anonymous, ApiError, SignedIn};

impl Anonymous {
    /// Resumes the session of this browser's cookies.
    pub(crate) async fn resume(self) -> Result<SignedIn, ApiError> {
        match call(Method::GET, "/api/v1/me", NOTHING).await {
            Ok(me) => Ok(SignedIn { me }),
            Err(error) if error.is_signed_out() => renew().await,
            Err(error) => Err(error),
        }
    }

    /// The features of this server.
    pub(crate) async fn setup(self) -> Result<SetupState, ApiError> {
        call(Method::GET, "/api/v1/setup", NOTHING).await
    }

    pub(crate) async fn sign_in(self, form: SignIn) -> Result<SignedIn, ApiError> {
        call(Method::POST, "/api/v1/auth/sign-in", Some(&form))
            .await
            .map(|me| SignedIn { me })
    }

    pub(crate) async fn register(self, form: Register) -> Result<(), ApiError> {
        post("/api/v1/auth/register", form).await
    }

    pub(crate) async fn send_verification(self, form: SignIn) -> Result<(), ApiError> {
        post("/api/v1/auth/send-verification", form).await
    }

    pub(crate) async fn verify_email(self, token: String) -> Result<(), ApiError> {
        post("/api/v1/auth/verify-email", TokenBody { token }).await
    }

    pub(crate) async fn confirm_email(self, token: String) -> Result<(), ApiError> {
        post("/api/v1/auth/confirm-email", TokenBody { token }).await
    }

    pub(crate) async fn forgot_password(self, email: String) -> Result<(), ApiError> {
        post("/api/v1/auth/forgot-password", ForgotPassword { email }).await
    }

    pub(crate) async fn reset_password(self, form: ResetPassword) -> Result<(), ApiError> {
        post("/api/v1/auth/reset-password", form).await
    }

    pub(crate) async fn find_invitation(self, token: String) -> Result<InvitationView, ApiError> {
        let body = FindInvitation { token };
        call(Method::POST, "/api/v1/auth/invitation", Some(&body)).await
    }

    /// Joins a workspace with a new account.
    pub(crate) async fn accept_invitation(
        self,
        form: AcceptInvitation,
    ) -> Result<SignedIn, ApiError> {
        call(Method::POST, "/api/v1/auth/accept-invitation", Some(&form))
            .await
            .map(|me| SignedIn { me })
    }
}

impl SignedIn {
    /// Joins a workspace with this account.
    pub(crate) async fn accept_invitation(self, token: String) -> Result<Self, ApiError> {
        let form = AcceptInvitation {
            token,
            ..AcceptInvitation::default()
        };
        ask(Method::POST, "/api/v1/auth/accept-invitation", Some(&form))
            .await
            .map(|me| Self { me })
    }

    pub(crate) async fn sign_out(self) -> Result<Anonymous, ApiError> {
        call::<(), ()>(Method::POST, "/api/v1/auth/sign-out", None)
            .await
            .map(|()| Anonymous)
    }
}

async fn post(path: &str, body: impl Serialize) -> Result<(), ApiError> {
    call(Method::POST, path, Some(&body)).await
}
