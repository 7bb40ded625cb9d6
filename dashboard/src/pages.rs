//! One file a screen.

pub(crate) mod inbox;
pub(crate) mod sign_in;
