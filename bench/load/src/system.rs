//! The measured systems: Deskbell and an earlier build of it on two databases, the peer on the same two,
//! and the upper bound.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::protocol::{Deskbell, Protocol, Relay, SocketIo};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum System {
    Deskbell(Database),
    /// The build of `--earlier`.
    Earlier(Database),
    Peer(Database),
    Bound,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl System {
    pub const ALL: [Self; 7] = [
        Self::Bound,
        Self::Peer(Database::Sqlite),
        Self::Peer(Database::Postgres),
        Self::Deskbell(Database::Sqlite),
        Self::Deskbell(Database::Postgres),
        Self::Earlier(Database::Sqlite),
        Self::Earlier(Database::Postgres),
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Deskbell(Database::Sqlite) => "Deskbell, SQLite",
            Self::Deskbell(Database::Postgres) => "Deskbell, Postgres",
            Self::Earlier(Database::Sqlite) => "earlier Deskbell, SQLite",
            Self::Earlier(Database::Postgres) => "earlier Deskbell, Postgres",
            Self::Peer(Database::Sqlite) => "Express + Socket.IO + better-sqlite3",
            Self::Peer(Database::Postgres) => "Express + Socket.IO + pg",
            Self::Bound => "relay in Rust, saves nothing",
        }
    }

    /// The peer on the same database.
    pub fn peer(self) -> Self {
        match self {
            Self::Deskbell(database) | Self::Earlier(database) | Self::Peer(database) => {
                Self::Peer(database)
            }
            Self::Bound => Self::Peer(Database::Sqlite),
        }
    }

    /// The earlier build on the same database.
    pub fn earlier(self) -> Option<Self> {
        match self {
            Self::Deskbell(database) => Some(Self::Earlier(database)),
            _ => None,
        }
    }

    pub fn database(self) -> Option<Database> {
        match self {
            Self::Deskbell(database) | Self::Earlier(database) | Self::Peer(database) => {
                Some(database)
            }
            Self::Bound => None,
        }
    }

    pub fn protocol(self) -> &'static dyn Protocol {
        match self {
            Self::Deskbell(_) | Self::Earlier(_) => &Deskbell,
            Self::Peer(_) => &SocketIo,
            Self::Bound => &Relay,
        }
    }
}

impl ValueEnum for System {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Deskbell(Database::Sqlite) => "deskbell-sqlite",
            Self::Deskbell(Database::Postgres) => "deskbell-postgres",
            Self::Earlier(Database::Sqlite) => "earlier-sqlite",
            Self::Earlier(Database::Postgres) => "earlier-postgres",
            Self::Peer(Database::Sqlite) => "peer-sqlite",
            Self::Peer(Database::Postgres) => "peer-postgres",
            Self::Bound => "relay",
        }))
    }
}
