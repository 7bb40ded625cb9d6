//! A program renews a visitor's token before it expires.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use deskbell_client::native::{Client, Config, Renew};
use deskbell_client::{Action, Connection, Engine, RenewError, Side, Token};
use deskbell_protocol::Principal;
use deskbell_testkit::people::visitor_token;
use deskbell_testkit::server::Database;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::{North, on_both};

on_both!(a_program_renews_a_visitors_token_while_it_stays_connected);

const TIMEOUT: Duration = Duration::from_secs(20);

fn is_live(engine: &Engine) -> bool {
    *engine.connection() == Connection::Live
}

/// A TCP proxy that counts the connections it accepts.
struct CountingProxy {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
}

impl CountingProxy {
    /// Starts a proxy to this host. It runs until the test's runtime ends.
    async fn start(host: String) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let host = host.clone();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(host).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        Ok(Self { address, accepted })
    }

    fn connections(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

async fn a_program_renews_a_visitors_token_while_it_stays_connected(
    database: Database,
) -> Result<()> {
    let north = Arc::new(North::new(database).await?);
    let vera = visitor_token(&north.server, &north.site_key, None).await?;
    assert!(vera.renew_at < vera.expires_at);
    let (report, mut renewed) = mpsc::unbounded_channel();
    let (server, old) = (Arc::clone(&north), vera.token.clone());
    let renew = Renew::new(move || {
        let (server, old, report) = (Arc::clone(&server), old.clone(), report.clone());
        async move {
            let token = visitor_token(&server.server, &server.site_key, Some(&old)).await;
            let token = token.map_err(|_| RenewError::Unreachable)?;
            let _ = report.send(token.visitor_id);
            Ok(Token {
                text: token.token,
                renew_at: Some(token.renew_at),
            })
        }
    });
    let proxy = CountingProxy::start(north.server.host().to_string()).await?;
    let client = Client::connect(Config {
        url: format!("ws://{}/api/v1/socket", proxy.address),
        side: Side::Visitor,
        // It is due since 1970.
        token: Some(Token {
            text: vera.token.clone(),
            renew_at: Some(1),
        }),
        renew: Some(renew),
        headers: Vec::new(),
    });
    client
        .wait_until(is_live, TIMEOUT)
        .await
        .context("it is connected")?;
    let renewed = timeout(TIMEOUT, renewed.recv()).await?;
    assert_eq!(renewed, Some(vera.visitor_id), "it is the same visitor");
    // The program sends this after it has stored the new token. A reconnect that the renewal caused
    // would come first.
    client.act(Action::Send {
        conversation_id: None,
        text: "Still here.".to_owned(),
    });
    client
        .wait_until(|engine| engine.own_conversation().is_some(), TIMEOUT)
        .await
        .context("the server has the message")?;
    assert_eq!(proxy.connections(), 1, "the connection stays");
    let you = client.with(|engine| engine.principal().cloned());
    assert!(
        matches!(you, Some(Principal::Visitor { visitor_id, .. }) if visitor_id == vera.visitor_id),
        "{you:?}"
    );
    Ok(())
}
