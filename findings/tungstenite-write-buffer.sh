#!/usr/bin/env bash
# tungstenite 0.30.0 (WebSocket, under tokio-tungstenite 0.30; 0.29.0 under axum 0.8 is the same): the
# write buffer of a connection keeps the size of the largest message that was ever sent.
#
# Expected: a buffer that write_buffer_size (16 KiB here) bounds, or that is released after a flush.
# Observed on 2026-11-30: after one message of 1 MiB and a flush the connection holds 1 MiB more than
# before, and still does after a short message. The buffer grows for a whole message and never shrinks.
# Choose: send large messages as fragments, or count the largest message of each connection as its memory.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "write-buffer"
version = "0.0.0"
edition = "2024"

[dependencies]
stats_alloc = "=0.1.10"
tungstenite = { version = "=0.30.0", default-features = false }

[workspace]
TOML
cat > "$folder/src/main.rs" <<'RUST'
use std::alloc::System;
use std::io::{Error, ErrorKind, Read, Result, Write};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A client that reads everything at once.
struct Reader;

impl Read for Reader {
    fn read(&mut self, _: &mut [u8]) -> Result<usize> {
        Err(Error::from(ErrorKind::WouldBlock))
    }
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

fn main() {
    let config = WebSocketConfig::default().write_buffer_size(16 * 1024);
    let mut socket = WebSocket::from_raw_socket(Reader, Role::Server, Some(config));
    let region = Region::new(ALLOCATOR);
    let held = || {
        let change = region.change();
        change.bytes_allocated.saturating_sub(change.bytes_deallocated) / 1024
    };
    for bytes in [100, 1024 * 1024, 100] {
        socket.send(Message::text("x".repeat(bytes))).expect("sent and flushed");
        println!("after {bytes} bytes: {} KiB", held());
    }
}
RUST
output=$(cd "$folder" && cargo run --quiet --release)
echo "$output"
expected='after 100 bytes: 0 KiB
after 1048576 bytes: 1025 KiB
after 100 bytes: 1025 KiB'
if [ "$output" != "$expected" ]; then
  echo "tungstenite 0.30.0 behaves differently now" >&2
  exit 1
fi
