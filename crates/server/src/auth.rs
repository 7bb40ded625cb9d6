//! Who is asking: extractors that turn a request into a typed scope.

pub mod agent;
pub mod cookies;
pub mod password;
pub mod same_origin;
pub mod scope;
pub mod token;
