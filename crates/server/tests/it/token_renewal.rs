//! A program renews a visitor's token before it expires.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use deskbell_client::native::{Client, Config, Renew};
use deskbell_client::{Change, Connection, Effect, Engine, RenewError, Side, Token};
use deskbell_protocol::Principal;
use deskbell_testkit::people::visitor_token;
use deskbell_testkit::server::Database;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::{North, on_both};

on_both!(a_program_renews_a_visitors_token_while_it_stays_connected);

const TIMEOUT: Duration = Duration::from_secs(20);

fn is_live(engine: &Engine) -> bool {
    *engine.connection() == Connection::Live
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
    let client = Client::connect(Config {
        url: format!("ws://{}/api/v1/socket", north.server.host()),
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
    let mut changes = client.changes();
    let renewed = timeout(TIMEOUT, renewed.recv()).await?;
    assert_eq!(renewed, Some(vera.visitor_id), "it is the same visitor");
    assert!(client.with(is_live), "the connection stays");
    while let Ok(change) = changes.try_recv() {
        anyhow::ensure!(
            !matches!(change, Effect::Changed(Change::Connection)),
            "the connection was lost"
        );
    }
    let you = client.with(|engine| engine.principal().cloned());
    assert!(
        matches!(you, Some(Principal::Visitor { visitor_id, .. }) if visitor_id == vera.visitor_id),
        "{you:?}"
    );
    Ok(())
}
