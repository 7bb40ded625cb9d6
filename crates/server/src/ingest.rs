//! Ingest: batched reads and writes on behalf of many sessions.

mod batcher;
pub mod message_writer;
pub mod receipt_writer;
pub mod visitor_loader;
