//! `cargo xtask run`: Deskbell with a demo workspace.

use std::io::{IsTerminal, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::{build, paths, web};

/// Options of the demo.
#[derive(Args)]
pub(crate) struct Options {
    /// Port to listen on, on this machine only
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Run what would be released: small bundles, fast server (takes longer to build)
    #[arg(long)]
    release: bool,
    /// Keep the demo in this Postgres instead of an SQLite file: postgres://user:password@host/name
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let address = SocketAddr::from(([127, 0, 0, 1], options.port));
    if TcpListener::bind(address).is_err() {
        bail!(
            "port {0} is in use; stop what uses it or choose another: cargo xtask run --port {1}",
            options.port,
            options.port.wrapping_add(1)
        );
    }
    let binary = if options.release {
        build::release()?
    } else {
        web::build(false, None)?;
        build::server()?
    };
    let data = paths::root("target/demo-data");
    let mut command = Command::new(binary);
    command
        .arg("serve")
        .arg("--listen")
        .arg(address.to_string())
        .arg("--data")
        .arg(&data)
        .arg("--demo");
    if let Some(url) = &options.database_url {
        command.arg("--database-url").arg(url);
    }
    let mut server = command.spawn().context("the server could not be started")?;
    forward_signals(&server)?;
    if wait_until_ready(&mut server, address)? {
        announce(options.port);
    }
    let status = server.wait()?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Forwards termination signals of xtask to the server. On a terminal Ctrl-C reaches the server by
/// itself.
fn forward_signals(server: &Child) -> Result<()> {
    let pid = Pid::from_child(server);
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let terminal = std::io::stdin().is_terminal();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // It may have ended already.
            let _ = match signal {
                SIGINT if terminal => Ok(()),
                SIGINT => kill_process(pid, Signal::INT),
                _ => kill_process(pid, Signal::TERM),
            };
        }
    });
    Ok(())
}

/// Waits until the server answers; false if it ended instead.
fn wait_until_ready(server: &mut Child, address: SocketAddr) -> Result<bool> {
    loop {
        if server.try_wait()?.is_some() {
            return Ok(false);
        }
        if is_ready(address) {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn is_ready(address: SocketAddr) -> bool {
    let request = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        write!(
            stream,
            "GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
        )?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status.to_vec())
    };
    request().is_ok_and(|status| status.ends_with(b" 200"))
}

/// Prints the addresses to open. The demo shop and the dashboard get two names of this machine, so
/// that they are two origins.
fn announce(port: u16) {
    println!(
        "
  Deskbell is running. Open these two pages side by side:

  Visitor    http://localhost:{port}/demo      a demo shop with the chat: write a message
  Agent      http://127.0.0.1:{port}/app       the dashboard: reply to it
             ada@demo.deskbell.example  ·  Ada-rings-2-bells

  Press Ctrl-C to stop. The data stays in target/demo-data.
"
    );
}
