//! Pages: one file for each screen.

pub(crate) mod confirm_email;
pub(crate) mod forgot;
pub(crate) mod inbox;
pub(crate) mod invitation;
pub(crate) mod register;
pub(crate) mod reset;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod suspended;
pub(crate) mod unreachable;
pub(crate) mod verify;
pub(crate) mod workspace;

pub(crate) mod not_found;

mod link_page;
