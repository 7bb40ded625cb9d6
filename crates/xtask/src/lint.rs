//! A compiler that also lints: Cargo starts xtask instead of rustc for the packages of this workspace,
//! so that one pass compiles a crate, runs clippy on it and checks the links of its documentation.
//!
//! `cargo clippy` and `cargo doc` need a `cargo check` of every dependency. The tests need a build of
//! the same dependencies, so that all layers in turn would compile each crate twice.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

/// The environment variable that marks a process in which xtask is Cargo's compiler.
const MARK: &str = "XTASK_IS_COMPILER";
/// Clippy's options, which `cargo clippy` passes to it in the same way.
const CLIPPY_OPTIONS: (&str, &str) = ("CLIPPY_ARGS", "--deny__CLIPPY_HACKERY__warnings");
/// Options of rustc that rustdoc has too, with a value that may be the next argument.
const SHARED_OPTIONS: [&str; 8] = [
    "--crate-name",
    "--crate-type",
    "--edition",
    "--cap-lints",
    "--cfg",
    "--check-cfg",
    "--extern",
    "-L",
];
/// Options of rustc that take their value from the next argument and that rustdoc does not need.
const OTHER_OPTIONS: [&str; 4] = ["-C", "--emit", "--out-dir", "--print"];

/// Makes this Cargo command lint the packages of the workspace while it compiles them.
pub(crate) fn while_compiling(cargo: &mut Command) -> Result<()> {
    cargo
        .env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?)
        .env(CLIPPY_OPTIONS.0, CLIPPY_OPTIONS.1)
        .env(MARK, "1");
    Ok(())
}

/// Whether Cargo has started this process as a compiler.
pub(crate) fn is_compiler() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Compiles: the arguments are the path of rustc and its arguments.
pub(crate) fn compile() -> Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let rustc = PathBuf::from(arguments.next().context("no compiler is named")?);
    let arguments: Vec<_> = arguments.collect();
    let status = Command::new(beside(&rustc, "clippy-driver"))
        .arg(&rustc)
        .args(&arguments)
        .env_remove(MARK)
        .status()
        .context("clippy cannot be run")?;
    if !status.success() {
        return Ok(ExitCode::FAILURE);
    }
    // Arguments that are not Unicode cannot be translated: such a crate is compiled and not documented.
    let arguments: Option<Vec<&str>> = arguments.iter().map(|it| it.to_str()).collect();
    let Some(options) = arguments.and_then(|it| documentation_options(&it)) else {
        return Ok(ExitCode::SUCCESS);
    };
    let status = Command::new(beside(&rustc, "rustdoc"))
        .args(options)
        // Checks without writing pages; the stable compiler accepts this option only with RUSTC_BOOTSTRAP.
        .args(["-Z", "unstable-options", "--check"])
        .arg("--document-private-items")
        .args(["--allow", "rustdoc::all"])
        .args(["--deny", "rustdoc::broken_intra_doc_links"])
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove(MARK)
        .status()
        .context("rustdoc cannot be run")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Translates the arguments of rustc to those of rustdoc. `None` if they compile no library or program, but
/// request the version or compile a build script or a library's own tests.
fn documentation_options<'a>(arguments: &[&'a str]) -> Option<Vec<&'a str>> {
    let mut options = Vec::new();
    let mut source = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let name = argument.split('=').next().unwrap_or(argument);
        if SHARED_OPTIONS.contains(&name) {
            options.push(*argument);
            if name == *argument {
                options.push(rest.next()?);
            }
        } else if OTHER_OPTIONS.contains(argument) {
            rest.next()?;
        } else if Path::new(argument).extension() == Some(OsStr::new("rs")) {
            source = Some(*argument);
        }
    }
    let source = source?;
    let is_program = Path::new(source)
        .components()
        .any(|it| it.as_os_str() == "src")
        && !source.ends_with("lib.rs");
    let is_library = source.ends_with("lib.rs") && !arguments.contains(&"--test");
    options.push(source);
    (is_program || is_library).then_some(options)
}

/// A program of the same toolchain.
fn beside(rustc: &Path, name: &str) -> PathBuf {
    let program = rustc.with_file_name(name);
    if program.is_file() {
        program
    } else {
        PathBuf::from(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUB: [&str; 16] = [
        "--crate-name",
        "deskbell_hub",
        "--edition=2024",
        "crates/hub/src/lib.rs",
        "--error-format=json",
        "--crate-type",
        "lib",
        "--emit=dep-info,metadata,link",
        "-C",
        "debuginfo=line-tables-only",
        "--warn=clippy::todo",
        "--cfg",
        "feature=\"nats\"",
        "--extern",
        "axum=target/debug/deps/libaxum.rmeta",
        "-Ldependency=target/debug/deps",
    ];

    #[test]
    fn rustdoc_gets_the_crate_its_features_and_its_dependencies() {
        let options = documentation_options(&HUB).unwrap();
        assert_eq!(
            options.join(" "),
            "--crate-name deskbell_hub --edition=2024 --crate-type lib --cfg feature=\"nats\" \
             --extern axum=target/debug/deps/libaxum.rmeta crates/hub/src/lib.rs"
        );
    }

    #[test]
    fn a_library_is_documented_once_and_a_build_script_and_a_question_are_not() {
        assert!(documentation_options(&[&HUB[..], &["--test"]].concat()).is_none());
        assert!(
            documentation_options(&["--crate-name", "build", "crates/server/build.rs"]).is_none()
        );
        assert!(
            documentation_options(&["--crate-name", "it", "crates/server/tests/it/main.rs"])
                .is_none()
        );
        assert!(documentation_options(&["-vV"]).is_none());
        let program = [
            "--crate-name",
            "xtask",
            "crates/xtask/src/main.rs",
            "--test",
        ];
        assert!(documentation_options(&program).is_some());
    }
}
