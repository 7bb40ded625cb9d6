//! The placeholder for refusals that follow from the inputs of a handler.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

/// The status of the placeholder, until it is replaced.
pub(super) const ANY_REFUSAL: &str = "4XX";

/// The common refusals of an operation: `answers.rs` replaces them by the statuses that apply.
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        [(ANY_REFUSAL.to_owned(), Response::default().into())].into()
    }
}
