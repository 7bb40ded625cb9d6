//! Selects the toolchains: the native cargo, and a compiler for wasm.
//!
//! With rustup's wasm target the ordinary cargo does both. If rustup cannot download the target,
//! Debian's compiler builds the standard library for wasm from source.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{paths, step, system};

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library";
/// Makes warnings of our own packages errors, including those of an earlier build.
const DENY_WARNINGS: [&str; 4] = ["-Z", "warnings", "--config", "build.warnings=\"deny\""];
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// The cargo that built xtask, for native code, run from the root.
pub(crate) fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    clean(Command::new(cargo))
}

/// The compiler for wasm.
pub(crate) enum WasmCompiler {
    /// rustup's toolchain with the target; `source` if it can also build std.
    Rustup { source: bool },
    /// Debian's rustc and cargo, with std from source.
    Debian { linker: PathBuf },
}

impl WasmCompiler {
    /// Finds the best compiler on this machine, and installs a missing target.
    pub(crate) fn find() -> Result<Self> {
        if let Some(rustup) = Self::rustup() {
            return Ok(rustup);
        }
        if let Some(debian) = Self::debian() {
            return Ok(debian);
        }
        if !Path::new("/etc/debian_version").exists() {
            bail!("the wasm target is missing: run `rustup target add {TARGET}`");
        }
        system::install(
            "a compiler for wasm (or run `rustup target add wasm32-unknown-unknown`)",
            &DEBIAN_PACKAGES,
        )?;
        Self::debian().context("Debian's wasm compiler is still incomplete after its installation")
    }

    fn rustup() -> Option<Self> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let sysroot = step::output(clean(Command::new(rustc)).args(["--print", "sysroot"]))?;
        let library = Path::new(&sysroot).join("lib/rustlib");
        library
            .join(TARGET)
            .join("lib")
            .exists()
            .then(|| Self::Rustup {
                source: library.join("src/rust/library/Cargo.lock").exists(),
            })
    }

    fn debian() -> Option<Self> {
        let complete = [DEBIAN_RUSTC, DEBIAN_CARGO, DEBIAN_SOURCE]
            .iter()
            .all(|path| Path::new(path).exists());
        complete
            .then(newest_linker)
            .flatten()
            .map(|linker| Self::Debian { linker })
    }

    /// Whether it has a clippy; Debian packages none of this version.
    pub(crate) fn has_clippy(&self) -> bool {
        matches!(self, Self::Rustup { .. })
    }

    /// A `cargo build` for wasm with this profile; `small` asks for the smallest code there is.
    pub(crate) fn build(&self, profile: &str, small: bool) -> Command {
        self.with_std("build", profile, small)
    }

    /// The same build, in which a warning is an error if this compiler has no clippy.
    pub(crate) fn linted_build(&self, profile: &str, small: bool) -> Command {
        let mut command = self.build(profile, small);
        if !self.has_clippy() {
            command.args(DENY_WARNINGS);
        }
        command
    }

    fn with_std(&self, verb: &str, profile: &str, small: bool) -> Command {
        let mut command = self.cargo(verb, profile);
        let builds_std = match self {
            Self::Rustup { source } => *source && small,
            Self::Debian { .. } => true,
        };
        if builds_std {
            command.args(["-Z", "build-std=std,panic_abort"]);
            command.env("RUSTC_BOOTSTRAP", "1");
        }
        if builds_std && small {
            // No panic messages and no formatting machinery for them: a fifth of the bytes.
            command.args([
                "-Z",
                "build-std-features=optimize_for_size",
                "-Z",
                "panic-immediate-abort",
            ]);
            command.args([
                "--config",
                &format!("profile.{profile}.panic=\"immediate-abort\""),
            ]);
        }
        command
    }

    /// Lints these packages: with clippy, or with the compiler's own warnings.
    pub(crate) fn lint(&self, profile: &str, packages: &[&str]) -> Command {
        let mut command = match self {
            Self::Rustup { .. } => self.cargo("clippy", profile),
            Self::Debian { .. } => {
                let mut command = self.with_std("check", profile, false);
                command.args(DENY_WARNINGS);
                command
            }
        };
        for package in packages {
            command.args(["--package", package]);
        }
        if matches!(self, Self::Rustup { .. }) {
            command.args(["--", "--deny", "warnings"]);
        }
        command
    }

    fn cargo(&self, verb: &str, profile: &str) -> Command {
        let mut command = match self {
            Self::Rustup { .. } => cargo(),
            Self::Debian { linker } => {
                let mut command = clean(Command::new(DEBIAN_CARGO));
                command
                    .env("RUSTC", DEBIAN_RUSTC)
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                    // Set by `cargo run`; it would load rustup's compiler libraries into Debian's.
                    .env_remove("LD_LIBRARY_PATH");
                command
            }
        };
        command.env("CARGO_TARGET_DIR", paths::root("target/wasm"));
        command.args([verb, "--profile", profile, "--target", TARGET]);
        command
    }
}

/// Sets configurations (`--cfg`) for a build for wasm. After the verb, because Cargo ignores a `--config` before it
/// if another one follows.
pub(crate) fn set_cfgs<'a>(command: &mut Command, cfgs: impl Iterator<Item = &'a &'a str>) {
    let flags: Vec<_> = cfgs.map(|cfg| format!("\"--cfg={cfg}\"")).collect();
    if !flags.is_empty() {
        let flags = flags.join(",");
        command.args(["--config", &format!("target.{TARGET}.rustflags=[{flags}]")]);
    }
}

/// The path of a wasm program of this profile.
pub(crate) fn artefact(profile: &str, package: &str) -> PathBuf {
    paths::root("target/wasm")
        .join(TARGET)
        .join(profile)
        .join(package)
        .with_extension("wasm")
}

/// `wasm-ld-22` before `wasm-ld-14`: it must not be older than the compiler's LLVM.
fn newest_linker() -> Option<PathBuf> {
    let linkers = std::fs::read_dir("/usr/bin")
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version: u32 = name.strip_prefix("wasm-ld-")?.parse().ok()?;
            Some((version, entry.path()))
        });
    linkers.max().map(|(_, path)| path)
}

/// Removes the variables that `cargo run` has set for xtask, because build scripts would see them
/// change.
fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command.current_dir(paths::root(""));
    command
}
