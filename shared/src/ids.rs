//! Identifiers: each thing has its own type, so that one cannot be passed for another.
//!
//! All are UUIDs of version 7 and therefore sort by their time of creation. This crate has no clock
//! and no random numbers: [`ConversationId::from_parts`] and its siblings take both as arguments.

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
            /// Creates an id at `now_ms` (Unix milliseconds) from ten random bytes.
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
    /// A site: a website with the widget.
    SiteId
);
id!(
    /// A visitor: a person on a site.
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
    /// The id that a client gives a message before it is saved; unique in its conversation.
    ClientMessageId
);
id!(
    /// One connection, from `welcome` to its close.
    ConnectionId
);
id!(
    /// The session of a signed-in browser, until it signs out.
    SessionId
);
id!(
    /// An API token of a program.
    ApiTokenId
);
id!(
    /// An invitation to a workspace.
    InvitationId
);
id!(
    /// A block of a visitor or a network.
    BlockId
);
id!(
    /// A team: members of a workspace who answer the same conversations.
    TeamId
);
id!(
    /// A canned response.
    CannedResponseId
);
id!(
    /// A notification of a member.
    NotificationId
);
