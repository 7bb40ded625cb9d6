//! Identifiers: each thing has its own type, so that one cannot be passed for another.
//!
//! All are UUIDs of version 7 and therefore sort by the time they were made. This crate neither
//! reads a clock nor rolls dice: [`ConversationId::from_parts`] and its siblings are given both.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// An id made at `now_ms` (Unix milliseconds) from ten random bytes.
            pub fn from_parts(now_ms: i64, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now_ms).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// A workspace: the tenant. Every row belongs to one.
    WorkspaceId
);
id!(
    /// A user: a login identity, which may be a member of workspaces.
    UserId
);
id!(
    /// A site: a web presence on which the widget stands.
    SiteId
);
id!(
    /// A visitor: somebody on a site who writes.
    VisitorId
);
id!(
    /// A conversation between one visitor and a workspace's agents.
    ConversationId
);
id!(
    /// A message, as the server saved it.
    MessageId
);
id!(
    /// What a client calls a message before the server knows it; unique in its conversation.
    ClientId
);
id!(
    /// One connection, from `welcome` to its close.
    SessionId
);
id!(
    /// A browser that is signed in, until it signs out.
    AuthSessionId
);
id!(
    /// A token with which a program signs in.
    ApiTokenId
);
id!(
    /// An invitation to a workspace.
    InvitationId
);
id!(
    /// A block: somebody who is kept out.
    BlockId
);
