//! The conditions of a run: the machine, the versions and the durability of each system.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

pub struct Machine(Vec<(&'static str, String)>);

impl Machine {
    pub fn read(peers: &Path) -> Result<Self> {
        let cores = fs::read_to_string("/proc/cpuinfo")?
            .lines()
            .filter(|line| line.starts_with("processor"))
            .count();
        let hardware = format!(
            "{}, {cores} cores, {:.0} GiB, Linux {}",
            field("/proc/cpuinfo", "model name")?,
            field("/proc/meminfo", "MemTotal")?
                .trim_end_matches("kB")
                .trim()
                .parse::<f64>()?
                / 1024.0
                / 1024.0,
            fs::read_to_string("/proc/sys/kernel/osrelease")?.trim(),
        );
        let packages = fs::read_to_string(peers.join("package-lock.json"))?;
        let packages: Value = serde_json::from_str(&packages)?;
        let package = |name: &str| {
            let version = &packages["packages"][format!("node_modules/{name}")]["version"];
            format!("{name} {}", version.as_str().unwrap_or("?"))
        };
        let peer = ["express", "socket.io", "better-sqlite3", "pg"].map(package);
        Ok(Self(vec![
            ("Machine", hardware),
            ("Date", output_of("date", &["-u", "+%F %R UTC"])),
            (
                "Deskbell",
                format!(
                    "{}, release build; SQLite: write-ahead log, `synchronous = FULL`",
                    output_of("git", &["describe", "--always", "--dirty"]),
                ),
            ),
            (
                "Peer",
                format!(
                    "Node {}, {}; SQLite: write-ahead log, `synchronous = NORMAL`",
                    output_of("node", &["--version"]),
                    peer.join(", "),
                ),
            ),
            (
                "Postgres",
                format!(
                    "{}, default durability: `fsync = on`, `synchronous_commit = on`",
                    postgres()
                ),
            ),
            ("Relay", "axum, small buffers; saves nothing".to_owned()),
        ]))
    }

    pub fn to_markdown(&self) -> String {
        let mut text = String::from("| | |\n|---|---|\n");
        for (name, value) in &self.0 {
            _ = writeln!(text, "| {name} | {value} |");
        }
        text
    }
}

/// The value of a line `name : value` in a file of the kernel.
fn field(file: &str, name: &str) -> Result<String> {
    let text = fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let (_, value) = line
        .and_then(|line| line.split_once(':'))
        .with_context(|| format!("{file} has no {name}"))?;
    Ok(value.trim().to_owned())
}

/// The output of a program; a question mark if it cannot run.
fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().ok();
    output
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "?".to_owned(), |text| text.trim().to_owned())
}

/// Debian installs the server outside the path, in one folder per version; the newest is used.
fn postgres() -> String {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut programs: Vec<PathBuf> = versions
        .flatten()
        .map(|version| version.path().join("bin/postgres"))
        .collect();
    programs.sort();
    let program = programs.pop().unwrap_or_else(|| "postgres".into());
    output_of(&program.to_string_lossy(), &["--version"])
}
