//! Who is asking: extractors that turn a request into a typed scope.

pub mod cookies;
pub mod member;
pub mod origin;
pub mod password;
pub mod permission;
pub mod proof;
pub mod same_origin;
pub mod scope;
pub mod token;
pub mod totp;
pub mod vault;
