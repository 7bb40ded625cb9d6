//! The pages of people who are not signed in: sign-in, registration, passwords, invitations.

pub(crate) mod confirm_email;
pub(crate) mod forgot;
pub(crate) mod invitation;
mod link_page;
pub(crate) mod register;
pub(crate) mod reset;
pub(crate) mod sign_in;
pub(crate) mod verify;
