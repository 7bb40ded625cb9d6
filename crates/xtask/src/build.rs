//! `cargo xtask build`: the web files, then the server that embeds them.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::step::{run as run_command, step};
use crate::wasm::{self, Program};
use crate::{paths, toolchain, web, weights};

/// Options of the build.
#[derive(Args)]
pub(crate) struct Options {
    /// Small and fast, into target/dist/deskbell, with the weights printed and held to their budgets
    #[arg(long)]
    release: bool,
    /// Build only the web files, not the server
    #[arg(long)]
    web: bool,
    /// Build only the web files of one program, and leave the other one out
    #[arg(long, value_name = "PROGRAM")]
    only: Option<Only>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Only {
    Widget,
    Dashboard,
}

impl Only {
    fn program(self) -> Program {
        match self {
            Self::Widget => wasm::WIDGET,
            Self::Dashboard => wasm::DASHBOARD,
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    web::build(options.release, options.only.map(Only::program))?;
    if options.only.is_some() || options.web {
        return if options.release {
            weights::report(&web::read()?)
        } else {
            Ok(())
        };
    }
    let server = if options.release {
        release_server()?
    } else {
        server()?
    };
    if options.release {
        weights::report(&web::read()?)?;
    }
    eprintln!("▸ Built {}", server.display());
    Ok(())
}

/// Builds the release's web files and lints them; an error if they are larger than their budgets.
pub(crate) fn linted_web() -> Result<()> {
    web::build_linted()?;
    weights::report(&web::read()?)
}

/// Builds the server for development, and returns its path; it reads `target/web` from the disk.
pub(crate) fn server() -> Result<PathBuf> {
    web::ensure_folder()?;
    step("Build the server", || {
        run_command(toolchain::cargo().args(["build", "--package", "deskbell"]))
    })?;
    Ok(paths::root("target/debug/deskbell"))
}

/// Builds everything for release, and returns the path of the one file that is needed.
pub(crate) fn release() -> Result<PathBuf> {
    web::build(true, None)?;
    release_server()
}

fn release_server() -> Result<PathBuf> {
    step("Build the server for release", || {
        run_command(toolchain::cargo().args(["build", "--release", "--package", "deskbell"]))
    })?;
    let binary = paths::root("target/dist/deskbell");
    fs::create_dir_all(paths::root("target/dist"))?;
    // A new file, because the old one may be running.
    let _ = fs::remove_file(&binary);
    fs::copy(paths::root("target/release/deskbell"), &binary)
        .context("the server was not built")?;
    Ok(binary)
}
