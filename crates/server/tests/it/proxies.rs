//! Reverse proxies: the header that names the client's address.

use anyhow::Result;
use deskbell::config::{LimitSettings, Settings};
use deskbell_testkit::server::{Database, TestServer};
use reqwest::{Method, StatusCode};

use crate::on_both;

on_both!(
    only_the_header_that_the_proxy_writes_names_the_client,
    a_clients_own_header_does_not_evade_a_network_block,
);

/// A server behind a proxy on this machine that writes `header`.
async fn behind(database: Database, header: Option<&str>) -> Result<TestServer> {
    let settings = Settings {
        proxy_header: header.map(str::to_owned),
        blocked_networks: Some("203.0.113.0/24".to_owned()),
        limits: Some(LimitSettings::Text("off".to_owned())),
        ..Settings::default()
    };
    TestServer::with_settings(database, settings).await
}

async fn status(server: &TestServer, headers: &[(&str, &str)]) -> Result<StatusCode> {
    let mut request = server.request(Method::GET, "/api/v1/setup");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Ok(request.send().await?.status())
}

async fn only_the_header_that_the_proxy_writes_names_the_client(database: Database) -> Result<()> {
    for (header, name, value) in [
        (None, "x-forwarded-for", "203.0.113.9"),
        (Some("Forwarded"), "forwarded", "for=203.0.113.9"),
        (Some("X-Real-IP"), "x-real-ip", "203.0.113.9"),
    ] {
        let server = behind(database, header).await?;
        let blocked = status(&server, &[(name, value)]).await?;
        assert_eq!(blocked, StatusCode::FORBIDDEN, "{name}");
        for (other, value) in [
            ("x-forwarded-for", "203.0.113.9"),
            ("forwarded", "for=203.0.113.9"),
            ("x-real-ip", "203.0.113.9"),
        ] {
            if other != name {
                let ignored = status(&server, &[(other, value)]).await?;
                assert_eq!(ignored, StatusCode::OK, "{other} beside {name}");
            }
        }
    }
    Ok(())
}

async fn a_clients_own_header_does_not_evade_a_network_block(database: Database) -> Result<()> {
    let server = behind(database, None).await?;
    let from_proxy = ("x-forwarded-for", "203.0.113.9");
    for forged in [
        ("forwarded", "for=198.51.100.1"),
        ("forwarded", "for=unknown"),
        ("x-real-ip", "198.51.100.1"),
    ] {
        let blocked = status(&server, &[forged, from_proxy]).await?;
        assert_eq!(blocked, StatusCode::FORBIDDEN, "{forged:?}");
    }
    Ok(())
}
