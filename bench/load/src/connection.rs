//! One connection, in any of the protocols.

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::protocol::{Incoming, Protocol, Request};
use crate::websocket::WebSocket;

/// The timeout of all waiting.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Shorter than the idle timeout of every server.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);

/// The address of a server, and its protocol.
#[derive(Clone, Copy)]
pub struct Target {
    pub address: SocketAddr,
    pub protocol: &'static dyn Protocol,
}

pub struct Connection {
    socket: WebSocket,
    protocol: &'static dyn Protocol,
    last_id: Cell<u32>,
}

impl Connection {
    /// Connects and authenticates.
    pub async fn open(target: Target, token: &str) -> Result<Rc<Self>> {
        let opened = async {
            let Target { address, protocol } = target;
            let connection = Self {
                socket: WebSocket::open(address, next_source(), protocol.path()).await?,
                protocol,
                last_id: Cell::new(0),
            };
            if protocol.server_pings() {
                connection
                    .wait_for(|incoming| matches!(incoming, Incoming::Open))
                    .await?;
            }
            connection.queue(&Request::Hello { token });
            connection.flush()?;
            connection
                .wait_for(|incoming| matches!(incoming, Incoming::Welcome))
                .await?;
            Ok(Rc::new(connection))
        };
        tokio::time::timeout(TIMEOUT, opened)
            .await
            .context("the server does not accept the connection")?
    }

    /// Queues a request; returns its number, if the protocol has it.
    pub fn queue(&self, request: &Request<'_>) -> Option<u32> {
        let id = self.last_id.get() + 1;
        let text = self.protocol.encode(id, request)?;
        self.last_id.set(id);
        self.socket.queue(&text);
        Some(id)
    }

    pub fn flush(&self) -> Result<()> {
        self.socket.flush()
    }

    /// Sends a request and waits for its reply; other frames are dropped.
    pub async fn request(&self, request: &Request<'_>) -> Result<Option<String>> {
        let Some(request_id) = self.queue(request) else {
            return Ok(None);
        };
        self.flush()?;
        let mut started = None;
        let replied = self.wait_for(|incoming| match incoming {
            Incoming::Reply { id, conversation } if *id == request_id => {
                started = conversation.take();
                true
            }
            _ => false,
        });
        tokio::time::timeout(TIMEOUT, replied)
            .await
            .context("the server does not answer")??;
        Ok(started)
    }

    async fn wait_for(&self, mut matches: impl FnMut(&mut Incoming<'_>) -> bool) -> Result<()> {
        let mut found = false;
        while !found {
            self.receive(|mut incoming| {
                found |= matches(&mut incoming);
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Waits for frames and handles each; queued frames are written meanwhile.
    pub async fn receive(&self, mut handle: impl FnMut(Incoming<'_>) -> Result<()>) -> Result<()> {
        let protocol = self.protocol;
        self.socket
            .receive(&mut |text| match protocol.decode(text)? {
                Incoming::Refused(why) => bail!("refused: {why}"),
                Incoming::Ping => {
                    self.queue(&Request::KeepAlive);
                    Ok(())
                }
                incoming => handle(incoming),
            })
            .await
    }

    /// Sends a keep-alive now and then, if the protocol expects that of the client.
    pub async fn keep_alive(connections: Vec<Rc<Self>>) {
        loop {
            tokio::time::sleep(KEEP_ALIVE_INTERVAL).await;
            for connection in connections
                .iter()
                .filter(|connection| !connection.protocol.server_pings())
            {
                connection.queue(&Request::KeepAlive);
                // The receiver reports the loss.
                let _ = connection.flush();
            }
        }
    }
}

/// The local addresses of connections, used in turn: each has only 28,000 ports.
fn next_source() -> Ipv4Addr {
    const SOURCES: u8 = 16;
    thread_local! {
        static LAST: Cell<u8> = const { Cell::new(0) };
    }
    let next = (LAST.get() + 1) % SOURCES;
    LAST.set(next);
    Ipv4Addr::new(127, 0, 0, 10 + next)
}
