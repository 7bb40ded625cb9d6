//! Fuzz target: the parser of list cursors. It is compiled without the databases, with copies of the types that it
//! needs.
#![cfg_attr(feature = "engine", no_main)]

extern crate self as deskbell_store;

#[path = "../../crates/domain/src/conversations/cursor.rs"]
mod cursor;

/// A replacement of the domain's errors, with the parts that a cursor needs.
mod error {
    #[derive(Debug)]
    pub struct AppError;

    pub type AppResult<T> = Result<T, AppError>;

    impl AppError {
        pub fn invalid(_field: &str, _message: &str) -> Self {
            Self
        }
    }
}

/// A replacement of the store's list cursors, with the parts that this code needs.
pub mod conversations {
    pub mod inboxes {
        use deskbell_protocol::ConversationId;

        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ListSection {
            Waiting,
            Open,
            Closed,
            Changed,
        }

        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct ListCursor {
            pub begun_at: i64,
            pub section: ListSection,
            pub key: i64,
            pub id: ConversationId,
        }
    }
}

deskbell_fuzz::target!(cursor::check);
