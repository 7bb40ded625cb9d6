//! The hand-written encoder and decoder match serde's, tested with the protocol's golden files.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

mod alike;
mod decode;
mod encode;

use std::fs;
use std::path::Path;

use serde_json::Value;

/// The golden files of one kind: their names and contents.
fn golden(kind: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/tests/wire/v1");
    let files: Vec<_> = fs::read_dir(folder)
        .expect("the golden files are readable")
        .filter_map(|entry| {
            let path = entry.expect("the golden files are readable").path();
            let name = path.file_stem()?.to_str()?.to_owned();
            let is_wanted = name.split('.').next() == Some(kind);
            is_wanted.then(|| {
                (
                    name,
                    serde_json::from_slice(
                        &fs::read(&path).expect("the golden files are readable"),
                    )
                    .expect("the golden files are readable"),
                )
            })
        })
        .collect();
    assert!(!files.is_empty(), "no golden file of {kind}");
    files
}
