//! One connection, in any of the protocols.

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::dialect::{Ask, Dialect, Heard};
use crate::wire::Wire;

/// The timeout of all waiting.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Shorter than the idle timeout of every server.
const BEAT: Duration = Duration::from_secs(20);

/// The address of a server, and its protocol.
#[derive(Clone, Copy)]
pub struct Target {
    pub address: SocketAddr,
    pub dialect: &'static dyn Dialect,
}

pub struct Link {
    wire: Wire,
    dialect: &'static dyn Dialect,
    asked: Cell<u32>,
}

impl Link {
    /// Connects and authenticates.
    pub async fn open(target: Target, token: &str) -> Result<Rc<Self>> {
        let opened = async {
            let Target { address, dialect } = target;
            let link = Self {
                wire: Wire::open(address, next_source(), dialect.path()).await?,
                dialect,
                asked: Cell::new(0),
            };
            if dialect.server_leads() {
                link.wait_for(|heard| matches!(heard, Heard::Open)).await?;
            }
            link.queue(&Ask::Hello { token });
            link.flush()?;
            link.wait_for(|heard| matches!(heard, Heard::Welcome))
                .await?;
            Ok(Rc::new(link))
        };
        tokio::time::timeout(TIMEOUT, opened)
            .await
            .context("the server lets nobody in")?
    }

    /// Queues a request; returns its number, if the protocol has it.
    pub fn queue(&self, ask: &Ask<'_>) -> Option<u32> {
        let id = self.asked.get() + 1;
        let text = self.dialect.encode(id, ask)?;
        self.asked.set(id);
        self.wire.queue(&text);
        Some(id)
    }

    pub fn flush(&self) -> Result<()> {
        self.wire.flush()
    }

    /// Sends a request and waits for its answer; other frames are dropped.
    pub async fn ask(&self, ask: &Ask<'_>) -> Result<Option<String>> {
        let Some(asked) = self.queue(ask) else {
            return Ok(None);
        };
        self.flush()?;
        let mut answer = None;
        let answered = self.wait_for(|heard| match heard {
            Heard::Reply { id, conversation } if *id == asked => {
                answer = conversation.take();
                true
            }
            _ => false,
        });
        tokio::time::timeout(TIMEOUT, answered)
            .await
            .context("the server does not answer")??;
        Ok(answer)
    }

    async fn wait_for(&self, mut is_it: impl FnMut(&mut Heard<'_>) -> bool) -> Result<()> {
        let mut found = false;
        while !found {
            self.listen(|mut heard| {
                found |= is_it(&mut heard);
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Waits for a frame and returns it; queued frames are written meanwhile.
    pub async fn listen(&self, mut each: impl FnMut(Heard<'_>) -> Result<()>) -> Result<()> {
        let dialect = self.dialect;
        self.wire
            .receive(&mut |text| match dialect.decode(text)? {
                Heard::Refused(why) => bail!("refused: {why}"),
                Heard::Ping => {
                    self.queue(&Ask::Beat);
                    Ok(())
                }
                heard => each(heard),
            })
            .await
    }

    /// Sends a keep-alive now and then, if the protocol expects that of the client.
    pub async fn keep_alive(links: Vec<Rc<Self>>) {
        loop {
            tokio::time::sleep(BEAT).await;
            for link in links.iter().filter(|link| !link.dialect.server_leads()) {
                link.queue(&Ask::Beat);
                // The receiver reports the loss.
                let _ = link.flush();
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
