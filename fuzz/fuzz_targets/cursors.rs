//! The server reads the cursors of paged lists. What they are made of stands here without the
//! databases behind it.
#![cfg_attr(feature = "engine", no_main)]

extern crate self as deskbell_store;

#[path = "../../crates/domain/src/conversations/cursor.rs"]
mod cursor;

/// The server's refusals, as far as a cursor needs them.
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

/// The store's list cursors, as far as this code needs them.
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
