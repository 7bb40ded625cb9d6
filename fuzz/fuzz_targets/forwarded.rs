//! Fuzz target: the parser of proxy headers, which finds the client's address. It is compiled without the rest of
//! the server.
#![cfg_attr(feature = "engine", no_main)]

#[path = "../../crates/server/src/client_address/forwarded.rs"]
mod forwarded;

#[path = "../../crates/server/src/config"]
mod config {
    #[allow(dead_code, reason = "the server also reads the other settings")]
    pub(crate) mod proxies;
}

deskbell_fuzz::target!(forwarded::check);
