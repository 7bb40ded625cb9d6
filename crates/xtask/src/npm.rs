//! Tools from npm: for release bundles and browser tests, not for development.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::{output, run, step};
use crate::{fingerprint, paths};

/// The oldest supported Node of Playwright and binaryen.
const OLDEST_NODE: u32 = 20;

/// The path of a tool listed in `crates/xtask/tools/package.json`, installed in `target/tools`.
pub(crate) fn tool(name: &str) -> Result<PathBuf> {
    let folder = paths::root("target/tools");
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        fs::write(
            folder.join(file),
            paths::read(&format!("crates/xtask/tools/{file}"))?,
        )?;
    }
    install(&folder)?;
    Ok(folder.join("node_modules/.bin").join(name))
}

/// Minifies a script in place.
pub(crate) fn minify(script: &Path) -> Result<()> {
    run(esbuild(script, script)?.arg("--allow-overwrite"))
}

/// Minifies a module in place to its default export, and removes code that only other exports use.
pub(crate) fn minify_default_export(module: &Path) -> Result<()> {
    let entry = module.with_extension("entry.js");
    let name = module.file_name().unwrap_or_default().to_string_lossy();
    fs::write(&entry, format!("export {{ default }} from \"./{name}\";\n"))?;
    run(esbuild(&entry, module)?.args(["--bundle", "--format=esm", "--allow-overwrite"]))?;
    fs::remove_file(entry)?;
    Ok(())
}

fn esbuild(input: &Path, output: &Path) -> Result<Command> {
    let mut command = Command::new(tool("esbuild")?);
    command
        .arg(input)
        .arg(format!("--outfile={}", output.display()))
        .args(["--minify", "--log-level=warning", "--legal-comments=none"]);
    Ok(command)
}

/// Runs `npm ci`, unless the packages of the lock file are installed.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let inputs = [
        folder.join("package.json"),
        folder.join("package-lock.json"),
    ];
    let wanted: Vec<u8> = inputs
        .iter()
        .flat_map(|file| fs::read(file).unwrap_or_default())
        .collect();
    let fingerprint = fingerprint::short(&wanted);
    let stamp = folder.join("node_modules/.xtask-stamp");
    if fingerprint::is_current(&stamp, &fingerprint) {
        return Ok(());
    }
    require_node()?;
    step(
        &format!("Install npm packages of {}", folder.display()),
        || {
            let verb = if inputs[1].exists() { "ci" } else { "install" };
            let mut command = Command::new("npm");
            command
                .current_dir(folder)
                .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
            run(command.args([verb, "--no-audit", "--no-fund", "--loglevel=error"]))?;
            fs::create_dir_all(folder.join("node_modules"))?;
            fs::write(&stamp, fingerprint)?;
            Ok(())
        },
    )
}

fn require_node() -> Result<()> {
    let version = output(Command::new("node").arg("--version")).with_context(|| {
        format!("Node is missing; install Node {OLDEST_NODE} or newer, from nodejs.org")
    })?;
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|text| text.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        bail!("Node {version} is too old; install Node {OLDEST_NODE} or newer, from nodejs.org");
    }
    Ok(())
}
