//! The client of the HTTP API: [`Anonymous`] has the calls of the public pages, [`SignedIn`] those of a
//! member.

mod account;
mod auth;
mod business_hours;
mod canned_responses;
mod members;
mod notifications;
mod request;
mod sites;
mod teams;

use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::{ErrorBody, ErrorCode};

pub(crate) use crate::api::canned_responses::EXPORT_PATH;
pub(crate) use crate::api::request::{get_visitor, list_conversations, renew};

/// The error of a failed request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ApiError {
    /// The server refused it.
    Refused(ErrorBody),
    /// There was no answer, or not one of this API.
    Unreachable,
}

impl ApiError {
    /// A sentence for the person.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Refused(error) => error.message.clone(),
            Self::Unreachable => crate::text::shell::NO_ANSWER.into(),
        }
    }

    /// The reason of a maintenance, if that is the error.
    pub(crate) fn maintenance(&self) -> Option<&str> {
        match self {
            Self::Refused(error) if error.code == ErrorCode::Maintenance => Some(&error.message),
            _ => None,
        }
    }

    /// Whether this browser's session has ended.
    pub(crate) fn is_signed_out(&self) -> bool {
        matches!(self, Self::Refused(error)
            if matches!(error.code, ErrorCode::Unauthenticated | ErrorCode::TokenExpired))
    }
}

/// A caller who is not signed in.
pub(crate) struct Anonymous;

/// A member of a workspace, authenticated by this browser's cookies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SignedIn {
    pub(crate) me: Me,
}
