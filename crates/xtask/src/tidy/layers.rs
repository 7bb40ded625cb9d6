//! A check of dependencies between crates, and between the top modules of the server and the dashboard.
//!
//! A crate may depend on the crates of its line in [`CRATES`], a module of the server on the modules of
//! its line in [`SERVER`], one of the dashboard on those of its line in [`DASHBOARD`]. No table has
//! exceptions: a dependency that its line does not name is an error, and so is a crate or a module without a line.

use super::cycles::imports;
use super::{File, Findings};

/// Each crate's manifest, and the crates of ours that it may depend on (tests aside).
const CRATES: [(&str, &[&str]); 19] = [
    ("shared", &[]),
    ("crates/store", &["protocol"]),
    ("crates/base", &["protocol", "store"]),
    ("crates/domain", &["protocol", "store", "base"]),
    ("crates/hub", &["protocol"]),
    ("crates/pages", &["protocol"]),
    (
        "crates/server",
        &["protocol", "store", "base", "domain", "hub", "pages"],
    ),
    ("crates/engine", &["protocol"]),
    ("crates/client", &["protocol", "engine"]),
    ("widget", &["protocol", "engine", "client"]),
    ("dashboard", &["protocol", "engine", "client"]),
    ("crates/testkit-db", &[]),
    ("crates/testkit-checks", &["protocol", "store", "client"]),
    (
        "crates/testkit",
        &[
            "protocol",
            "store",
            "client",
            "testkit-db",
            "testkit-checks",
            SERVER_CRATE,
        ],
    ),
    (
        "crates/simulation",
        &[
            "protocol",
            "store",
            "engine",
            "client",
            "testkit-checks",
            SERVER_CRATE,
        ],
    ),
    ("crates/xtask", &[]),
    ("bench/load", &["protocol", "store", "testkit-db"]),
    ("bench/relay", &[]),
    ("fuzz", &["protocol", "store", "client", "base", "hub"]),
];
/// The server's crate has the name of the product.
const SERVER_CRATE: &str = "deskbell";

/// Crates that rules must not depend on: HTTP, the hub's transport, the UI, the mail transport.
const NOT_IN_RULES: [&str; 10] = [
    "axum",
    "axum-extra",
    "hyper",
    "hyper-util",
    "tower",
    "tower-http",
    "leptos",
    "lettre",
    "async-nats",
    "utoipa-axum",
];

/// Each top module of the server, and the top modules that it may import.
const SERVER: [(&str, &[&str]); 29] = [
    ("app", &["config", "handles", "realtime", "web", "workers"]),
    ("auth", &["app", "client_address", "config", "error"]),
    ("body_charge", &[]),
    ("client_address", &["app", "config", "error"]),
    (
        "compose",
        &[
            "app", "config", "handles", "ingest", "openapi", "publish", "realtime", "web",
            "workers",
        ],
    ),
    ("config", &[]),
    ("data_folder", &[]),
    ("database", &["config", "data_folder"]),
    ("error", &[]),
    ("error_line", &[]),
    ("extract", &["error"]),
    ("handles", &[]),
    ("ingest", &["workers"]),
    ("log", &[]),
    ("nodes", &["config", "realtime"]),
    ("openapi", &["auth", "router"]),
    (
        "pages",
        &[
            "app",
            "auth",
            "client_address",
            "error",
            "routes",
            "security",
            "web",
        ],
    ),
    ("publish", &["shutdown"]),
    ("realtime", &["ingest", "publish", "shutdown"]),
    ("request_id", &[]),
    (
        "router",
        &[
            "app",
            "auth",
            "body_charge",
            "client_address",
            "error",
            "handles",
            "openapi",
            "pages",
            "request_id",
            "routes",
            "security",
        ],
    ),
    (
        "routes",
        &[
            "app",
            "auth",
            "client_address",
            "error",
            "extract",
            "openapi",
            "realtime",
            "security",
            "web",
        ],
    ),
    ("secret", &["config", "data_folder"]),
    ("security", &["app"]),
    ("serve", &["app", "handles", "shutdown"]),
    ("shutdown", &[]),
    (
        "simulation",
        &["app", "compose", "config", "handles", "realtime", "web"],
    ),
    ("web", &[]),
    ("workers", &["config", "publish", "realtime"]),
];

/// Each top module of the dashboard, and the top modules that it may import.
const DASHBOARD: [(&str, &[&str]); 8] = [
    ("api", &["text"]),
    ("app", &["api", "areas", "browser", "shell", "text", "ui"]),
    (
        "areas",
        &["api", "browser", "format", "shell", "text", "ui"],
    ),
    ("browser", &["format"]),
    ("format", &["text"]),
    ("shell", &["api", "browser", "format", "text", "ui"]),
    ("text", &[]),
    ("ui", &["format", "text"]),
];

/// Top modules, each with the top modules that it may import.
type Modules = [(&'static str, &'static [&'static str])];

/// The crates whose top modules are checked: the folder of the sources, and the table.
const LAYERED: [(&str, &Modules); 2] = [
    ("crates/server/src/", &SERVER),
    ("dashboard/src/", &DASHBOARD),
];
/// Modules that belong to the root: the library itself, the program, and test inputs.
const ROOTS: [&str; 3] = ["lib", "main", "fuzzed"];

pub(super) fn check(files: &[File], findings: &mut Findings) {
    for file in files {
        if let Some(folder) = file.path.strip_suffix("/Cargo.toml") {
            check_manifest(folder, file, findings);
        }
        for (sources, modules) in LAYERED {
            if let Some(path) = file.path.strip_prefix(sources)
                && path.ends_with(".rs")
            {
                check_module(modules, path, file, findings);
            }
        }
    }
}

fn check_manifest(folder: &str, file: &File, findings: &mut Findings) {
    let Some((_, allowed)) = CRATES.iter().find(|(known, _)| *known == folder) else {
        findings.fail(format!(
            "{}: {folder} has no line in tidy/layers.rs",
            file.path
        ));
        return;
    };
    for name in dependencies(&file.text) {
        let ours = name.strip_prefix("deskbell-");
        let ours = ours.or((name == SERVER_CRATE).then_some(name));
        if ours.is_some_and(|ours| !allowed.contains(&ours)) {
            findings.fail(format!("{}: {name} is not allowed here", file.path));
        }
        if ["crates/base", "crates/domain"].contains(&folder) && NOT_IN_RULES.contains(&name) {
            findings.fail(format!("{}: a rule knows no {name}", file.path));
        }
    }
}

/// The names of a manifest's `[dependencies]`.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', '=', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
}

fn check_module(modules: &[(&str, &[&str])], path: &str, file: &File, findings: &mut Findings) {
    let top = path.split(['/', '.']).next().unwrap_or_default();
    if ROOTS.contains(&top) {
        return;
    }
    let Some((_, allowed)) = modules.iter().find(|(known, _)| *known == top) else {
        findings.fail(format!(
            "{}: {top} has no line in tidy/layers.rs",
            file.path
        ));
        return;
    };
    let code = file.text.split("#[cfg(test)]").next().unwrap_or_default();
    for other in imported(code).filter(|other| other != top) {
        let is_module = modules.iter().any(|(known, _)| *known == other);
        if is_module && !allowed.contains(&other.as_str()) {
            findings.fail(format!("{}: {top} does not import {other}", file.path));
        }
    }
}

/// The top modules that a file names: in a `use` statement, or in a path that begins with `crate::`.
fn imported(code: &str) -> impl Iterator<Item = String> {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let inline = lines.flat_map(|line| line.split("crate::").skip(1));
    let inline: Vec<_> = inline.map(str::to_owned).collect();
    let used = imports(code).into_iter();
    let used = used.filter_map(|path| path.strip_prefix("crate::").map(str::to_owned));
    let first = |path: String| {
        let end = path.find(|c: char| !c.is_alphanumeric() && c != '_');
        path[..end.unwrap_or(path.len())].to_owned()
    };
    used.chain(inline).map(first)
}
