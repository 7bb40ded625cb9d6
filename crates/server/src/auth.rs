//! Authentication of requests: extractors that turn a request into a typed scope.

pub mod client_info;
pub mod cookies;
pub mod member;
pub mod permission;
pub mod same_origin;
