//! The header `Idempotency-Key`: the caller's name for a request, with which it can be repeated.
//!
//! The key becomes the id of what the request creates. So a repeated request finds the result of
//! the first one in the database, on every node, and nothing else has to be stored.

use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::request::Parts;
use deskbell_base::error::AppError;
use deskbell_protocol::{ClientMessageId, ConversationId, UserId};
use sha2::{Digest, Sha256};

use crate::error::ApiError;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The maximum length of a key.
const KEY_CHARS: usize = 200;

/// The key of a request, if it has one.
pub struct IdempotencyKey(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(HEADER) else {
            return Ok(Self(None));
        };
        let is_valid = |key: &&str| {
            (1..=KEY_CHARS).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        };
        match value.to_str().ok().filter(is_valid) {
            Some(key) => Ok(Self(Some(key.to_owned()))),
            None => {
                let advice =
                    format!("The key must have 1 to {KEY_CHARS} ASCII characters, without spaces.");
                Err(AppError::invalid("Idempotency-Key", advice).into())
            }
        }
    }
}

impl IdempotencyKey {
    /// The client id of a message of this user in this conversation.
    pub fn message_id(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Option<ClientMessageId> {
        let key = self.0.as_deref()?;
        let mut hash = Sha256::new();
        hash.update(user.0.as_bytes());
        hash.update(conversation.0.as_bytes());
        hash.update(key.as_bytes());
        let digest = hash.finalize();
        let (time, rest) = digest.split_at(6);
        let time = time
            .iter()
            .fold(0_i64, |time, byte| time << 8 | i64::from(*byte));
        let random = rest.first_chunk().copied().unwrap_or_default();
        Some(ClientMessageId::from_parts(time, random))
    }
}
