//! The client in a program, on tokio.
