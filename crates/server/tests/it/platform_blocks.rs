//! Operators block networks for the whole installation.

use anyhow::Result;
use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::platform::audit::AuditEntries;
use deskbell_protocol::api::workspace::blocks::{Block, Blocks};
use deskbell_testkit::cluster::Cluster;
use deskbell_testkit::server::{Database, TestServer};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::api::{code, fetch, request_as};
use crate::{North, on_both};

on_both!(
    an_operator_blocks_a_network_and_the_audit_log_has_it,
    only_operators_block_networks_and_never_their_own,
);

const PATH: &str = "/api/v1/operator/blocks";

async fn status_from(server: &TestServer, address: &str) -> Result<StatusCode> {
    let request = server.request(Method::GET, "/api/v1/setup");
    let response = request.header("x-forwarded-for", address).send().await?;
    Ok(response.status())
}

async fn an_operator_blocks_a_network_and_the_audit_log_has_it(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (server, ada) = (&north.server, &north.ada_token);
    let body = json!({ "network": "198.51.100.7/24", "note": "Floods." });
    let made = request_as(server, Method::POST, PATH, ada, Some(body.clone())).await?;
    assert_eq!(made.status(), StatusCode::CREATED);
    let block: Block = made.json().await?;
    assert_eq!(block.network.as_deref(), Some("198.51.100.0/24"));
    assert_eq!(
        status_from(server, "198.51.100.9").await?,
        StatusCode::FORBIDDEN
    );
    assert_eq!(status_from(server, "198.51.101.9").await?, StatusCode::OK);
    let again = request_as(server, Method::POST, PATH, ada, Some(body)).await?;
    assert_eq!(code(again).await?, (409, ErrorCode::Conflict));
    let listed: Blocks = fetch(server, Method::GET, PATH, ada).await?;
    assert_eq!(listed.blocks, std::slice::from_ref(&block));

    let path = format!("{PATH}/{}", block.id);
    let deleted = request_as(server, Method::DELETE, &path, ada, None).await?;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(status_from(server, "198.51.100.9").await?, StatusCode::OK);
    let gone = request_as(server, Method::DELETE, &path, ada, None).await?;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    let log: AuditEntries = fetch(server, Method::GET, "/api/v1/operator/audit", ada).await?;
    let entries = log.entries.iter().filter(|it| it.target.kind == "block");
    let entries: Vec<_> = entries
        .map(|it| {
            (
                it.action.as_str(),
                it.target.name.as_str(),
                it.actor.name.as_str(),
            )
        })
        .collect();
    let network = "198.51.100.0/24";
    assert_eq!(
        entries,
        [
            ("block.deleted", network, "Ada"),
            ("block.created", network, "Ada")
        ]
    );
    Ok(())
}

async fn only_operators_block_networks_and_never_their_own(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let body = json!({ "network": "198.51.100.0/24" });
    let refused = request_as(&north.server, Method::POST, PATH, &stella, Some(body)).await?;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    for body in [
        json!({ "network": "127.0.0.0/16" }),
        json!({ "network": "everything" }),
        json!({ "network": "0.0.0.0/0" }),
        json!({ "note": "Whom?" }),
    ] {
        let refused = request_as(
            &north.server,
            Method::POST,
            PATH,
            &north.ada_token,
            Some(body),
        )
        .await?;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_is_blocked_on_every_node() -> Result<()> {
    let cluster = Cluster::new(2).await?;
    let (_, ada) = cluster.nodes[0].set_up("Ada", "North").await?;
    let body = json!({ "network": "198.51.100.0/24" });
    let made = request_as(&cluster.nodes[0], Method::POST, PATH, &ada, Some(body)).await?;
    assert_eq!(made.status(), StatusCode::CREATED);
    // The other node reads the list every five seconds.
    let begun = std::time::Instant::now();
    while status_from(&cluster.nodes[1], "198.51.100.9").await? != StatusCode::FORBIDDEN {
        assert!(begun.elapsed() < std::time::Duration::from_secs(10));
    }
    Ok(())
}
