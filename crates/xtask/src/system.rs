//! Packages of the operating system: installed if permitted, otherwise named.

use std::io::{IsTerminal, Write};
use std::process::Command;

use anyhow::{Result, bail};

use crate::{paths, step};

/// Installs Debian packages: at once for root and in CI, after a question on a terminal.
pub(crate) fn install(what: &str, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let root = rustix::process::geteuid().is_root();
    let sudo = if root { "" } else { "sudo " };
    let wanted = format!(
        "{what} is missing; install it with `{sudo}apt-get install --no-install-recommends {list}`"
    );
    if paths::find_program("apt-get").is_none() {
        bail!(
            "{what} is missing; install it with this system's package manager (on Debian: {list})"
        );
    }
    if !(root
        || std::env::var_os("CI").is_some()
        || confirm(&format!("{what} is missing. Install {list} with sudo?")))
    {
        bail!(wanted);
    }
    step::step(&format!("Install {list}"), || {
        // A stale index is no reason to stop, because the packages may be found anyway.
        if let Err(error) = step::run(apt(root).arg("update").arg("-qq")) {
            eprintln!("  {error:#}");
        }
        step::run(
            apt(root)
                .args(["install", "-y", "-qq", "--no-install-recommends"])
                .args(packages),
        )
    })
    .map_err(|error| error.context(wanted))
}

fn apt(root: bool) -> Command {
    let mut command = if root {
        Command::new("env")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command
}

fn confirm(question: &str) -> bool {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return false;
    }
    eprint!("{question} [Y/n] ");
    let mut answer = String::new();
    let read = std::io::stderr()
        .flush()
        .and_then(|()| std::io::stdin().read_line(&mut answer));
    matches!(read, Ok(1..)) && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes")
}
