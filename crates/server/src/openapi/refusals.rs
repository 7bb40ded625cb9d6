//! The placeholder for the refusals that follow from what a handler takes.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

/// Stands where a handler says [`Refusals`], until it is known which they are.
pub(super) const ANY_REFUSAL: &str = "4XX";

/// What any request may be answered with instead of what was asked for: `answers.rs` says which
/// statuses that are for each operation.
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        [(ANY_REFUSAL.to_owned(), Response::default().into())].into()
    }
}
