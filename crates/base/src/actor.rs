//! The actor of a change, as the audit log names them, and the scope of an operator.

use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::platform::audit::{AuditActor, Via};
use deskbell_protocol::{SessionId, UserId};

use crate::client_info::ClientInfo;

/// The scope of a signed-in operator of the platform. An API token never gives it.
#[derive(Clone, Debug)]
pub struct OperatorScope {
    pub me: Me,
    pub actor: Actor,
    pub session: SessionId,
}

/// The actor of a change, for the audit log.
#[derive(Clone, Debug)]
pub struct Actor {
    pub who: AuditActor,
    /// The client; `None` if Deskbell itself acts.
    pub origin: Option<ClientInfo>,
    /// The browser's session; `None` for API tokens and for callers who are not signed in.
    pub session: Option<SessionId>,
    /// The name of the API token, if one was used.
    pub token_name: Option<String>,
}

impl Actor {
    /// A user who is signed in with a browser; `entered`: as operator, not as a member.
    pub fn by_session(
        user: UserId,
        name: &str,
        session: SessionId,
        entered: bool,
        origin: ClientInfo,
    ) -> Self {
        Self {
            who: AuditActor {
                user_id: Some(user),
                name: name.to_owned(),
                via: match entered {
                    true => Via::Operator,
                    false => Via::Session,
                },
            },
            origin: Some(origin),
            session: Some(session),
            token_name: None,
        }
    }

    /// A user who is authenticated by a link or a password and not signed in yet.
    pub fn by_link(user: UserId, name: &str, origin: ClientInfo) -> Self {
        Self {
            who: AuditActor {
                user_id: Some(user),
                name: name.to_owned(),
                via: Via::Link,
            },
            origin: Some(origin),
            session: None,
            token_name: None,
        }
    }

    /// Deskbell itself, in the background.
    pub fn system() -> Self {
        Self {
            who: AuditActor {
                user_id: None,
                name: "Deskbell".to_owned(),
                via: Via::System,
            },
            origin: None,
            session: None,
            token_name: None,
        }
    }

    /// An unauthenticated caller, of whom only the client is known.
    pub fn unknown(origin: ClientInfo) -> Self {
        Self {
            who: AuditActor {
                user_id: None,
                name: String::new(),
                via: Via::Unknown,
            },
            origin: Some(origin),
            session: None,
            token_name: None,
        }
    }
}
