//! The HTTP API. [`Anonymous`] can come in; what needs an account hangs on [`SignedIn`].

mod account;
mod call;
mod entry;
mod sites;
mod team;

use deskbell_protocol::api::auth::Me;
use deskbell_protocol::{ErrorBody, ErrorCode};

pub(crate) use crate::api::call::{get_visitor, list_conversations, renew};

/// Why a request gave nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ApiError {
    /// The server said no.
    Refused(ErrorBody),
    /// No answer, or not one of ours.
    Unreachable,
}

impl ApiError {
    /// A sentence for the person.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Refused(error) => error.message.clone(),
            Self::Unreachable => {
                "Deskbell does not answer. Check your connection and try again.".into()
            }
        }
    }

    /// Why the platform is closed for a while, if that is it.
    pub(crate) fn maintenance(&self) -> Option<&str> {
        match self {
            Self::Refused(error) if error.code == ErrorCode::Maintenance => Some(&error.message),
            _ => None,
        }
    }

    /// Whether this browser's session is over.
    pub(crate) fn is_signed_out(&self) -> bool {
        matches!(self, Self::Refused(error)
            if matches!(error.code, ErrorCode::Unauthenticated | ErrorCode::TokenExpired))
    }
}

/// Nobody in particular.
pub(crate) struct Anonymous;

/// A member of a workspace, by this browser's cookies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SignedIn {
    pub(crate) me: Me,
}
