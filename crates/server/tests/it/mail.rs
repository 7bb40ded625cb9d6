//! Mail: its delivery, and failures of the mail server.

use std::time::Duration;

use anyhow::Result;
use deskbell::config::{Pace, Settings};
use deskbell_protocol::api::platform::mail::WaitingMail;
use deskbell_testkit::mail::{MailServer, SmtpAnswer};
use deskbell_testkit::postgres::new_database;
use deskbell_testkit::server::{Database, TestServer, email};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::on_both;

on_both!(
    a_mail_arrives_as_text_and_html,
    a_name_breaks_no_mail_header_and_becomes_no_markup,
    a_temporary_smtp_error_is_retried,
    a_permanent_smtp_error_is_not_retried_and_shown_to_the_operator,
    a_hanging_smtp_server_delays_no_other_mail_and_is_retried,
    a_restart_loses_no_mail,
    operators_see_links_only_without_a_mail_server,
);

const RESET: &str = "Reset your password";

const SHORT: Pace = Pace {
    retry: Duration::from_millis(20),
    timeout: Duration::from_millis(700),
};

/// A user has forgotten their password.
async fn forget(server: &TestServer, email: &str) -> Result<()> {
    let body = json!({ "email": email });
    let response = server.post("/api/v1/auth/forgot-password", body).await?;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    Ok(())
}

async fn waiting(server: &TestServer, token: &str) -> Result<Vec<WaitingMail>> {
    let request = server.request(Method::GET, "/api/v1/operator/mail");
    let response = request.bearer_auth(token).send().await?;
    Ok(response.error_for_status()?.json().await?)
}

async fn a_mail_arrives_as_text_and_html(database: Database) -> Result<()> {
    let (server, inbox) = TestServer::with_mail(database).await?;
    server.set_up("Ada", "North").await?;
    forget(&server, "ADA@north.example").await?;
    let mail = inbox.next(&email("Ada"), RESET).await?;
    assert!(mail.text.starts_with("Hello Ada,"), "{}", mail.text);
    let link = format!("http://{}/app/reset#{}", server.host(), mail.token()?);
    assert!(mail.text.contains(&link) && mail.html.contains(&link));
    for header in [
        "From: Deskbell <bell@north.example>\r\n",
        "To: ada@north.example\r\n",
        "Message-ID: <",
        "Date: ",
        "Auto-Submitted: auto-generated\r\n",
        "multipart/alternative",
    ] {
        assert!(mail.raw.contains(header), "{header} in {}", mail.raw);
    }
    Ok(())
}

async fn a_name_breaks_no_mail_header_and_becomes_no_markup(database: Database) -> Result<()> {
    let (server, inbox) = TestServer::with_mail(database).await?;
    server.set_up("Ada", "North").await?;
    let body = |email: &str, name: &str, workspace: &str| json!({ "email": email, "name": name, "workspace": workspace, "password": "Rings-2-bells" });
    let register = async |body| server.post("/api/v1/auth/register", body).await;
    for (address, name, workspace) in [
        (
            "eve@north.example\r\nBcc: all@north.example",
            "Eve",
            "South",
        ),
        ("eve@north.example,all@north.example", "Eve", "South"),
        (
            "eve@north.example> RCPT TO:<all@north.example",
            "Eve",
            "South",
        ),
        (
            "eve@north.example",
            "Eve\r\nBcc: all@north.example",
            "South",
        ),
        (
            "eve@north.example",
            "Eve",
            "South\r\nBcc: all@north.example",
        ),
    ] {
        let refused = register(body(address, name, workspace)).await?;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{address} {name}"
        );
    }
    let odd = "<b onclick=\"x\">Söuth & Co.</b>";
    let taken = register(body("eve@north.example", "Ève O'Hara", odd)).await?;
    assert_eq!(taken.status(), StatusCode::ACCEPTED);
    let mail = inbox
        .next("eve@north.example", "Confirm your e-mail address")
        .await?;
    assert!(mail.text.starts_with("Hello Ève O'Hara,") && mail.text.contains(odd));
    assert!(!mail.html.contains("<b ") && mail.html.contains("&lt;b onclick="));
    assert!(inbox.inbox().is_empty(), "nobody else got anything");
    Ok(())
}

async fn a_temporary_smtp_error_is_retried(database: Database) -> Result<()> {
    let (server, inbox) = TestServer::with_mail(database).await?;
    server.set_up("Ada", "North").await?;
    inbox.expect([SmtpAnswer::TemporaryError, SmtpAnswer::TemporaryError]);
    forget(&server, &email("Ada")).await?;
    inbox.next(&email("Ada"), RESET).await?;
    inbox.wait_for_attempts(3).await
}

async fn a_permanent_smtp_error_is_not_retried_and_shown_to_the_operator(
    database: Database,
) -> Result<()> {
    let (server, inbox) = TestServer::with_mail(database).await?;
    let (_, ada) = server.set_up("Ada", "North").await?;
    inbox.expect([SmtpAnswer::PermanentError]);
    forget(&server, &email("Ada")).await?;
    inbox.wait_for_attempts(1).await?;
    forget(&server, &email("Ada")).await?;
    inbox.next(&email("Ada"), RESET).await?;
    let failed = loop {
        match waiting(&server, &ada).await?.as_slice() {
            [one] if one.last_error.is_some() => break one.clone(),
            _ => tokio::task::yield_now().await,
        }
    };
    assert_eq!((failed.next_at, failed.attempts), (None, 1));
    assert_eq!(failed.link, None, "it is Ada's alone");
    let why = failed.last_error.unwrap_or_default();
    assert!(
        why.contains("550") && why.contains("no such mailbox"),
        "{why}"
    );
    inbox.wait_for_attempts(2).await
}

async fn a_hanging_smtp_server_delays_no_other_mail_and_is_retried(
    database: Database,
) -> Result<()> {
    let (mut server, inbox) = TestServer::with_mail(database).await?;
    server.set_up("Ada", "North").await?;
    server.set_mail_pace(SHORT).await?;
    inbox.expect([SmtpAnswer::Hang]);
    forget(&server, &email("Ada")).await?;
    inbox.wait_for_attempts(1).await?;
    assert_eq!(server.get("/readyz").await?.status(), StatusCode::OK);
    inbox.next(&email("Ada"), RESET).await.map(drop)
}

async fn a_restart_loses_no_mail(database: Database) -> Result<()> {
    let (mut server, inbox) = TestServer::with_mail(database).await?;
    server.set_up("Ada", "North").await?;
    // A mail that was being sent when the server stopped is retried after twice the timeout.
    server.set_mail_pace(SHORT).await?;
    inbox.expect([SmtpAnswer::TemporaryError, SmtpAnswer::TemporaryError]);
    forget(&server, &email("Ada")).await?;
    inbox.wait_for_attempts(1).await?;
    server.restart().await?;
    inbox.next(&email("Ada"), RESET).await.map(drop)
}

async fn operators_see_links_only_without_a_mail_server(database: Database) -> Result<()> {
    let server = TestServer::empty(database).await?;
    let (_, ada) = server.set_up("Ada", "North").await?;
    let stella = server.register("Stella", "South").await?;
    forget(&server, &email("Stella")).await?;
    let seen = waiting(&server, &ada).await?;
    assert_eq!(seen[0].recipient, email("Stella"));
    let link = seen[0].link.clone().unwrap_or_default();
    let begin = format!("http://{}/app/reset#", server.host());
    assert!(link.starts_with(&begin), "{link}");
    let request = server.request(Method::GET, "/api/v1/operator/mail");
    let refused = request.bearer_auth(stella).send().await?;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_mail_is_sent_by_one_of_two_nodes() -> Result<()> {
    let inbox = MailServer::start().await?;
    let url = tokio::task::spawn_blocking(new_database).await?;
    let settings = Settings {
        database_url: Some(url),
        smtp_url: Some(inbox.url()),
        mail_from: Some("bell@north.example".to_owned()),
        ..Settings::default()
    };
    let one = TestServer::node(settings.clone(), &[7; 64]).await?;
    let other = TestServer::node(settings, &[7; 64]).await?;
    one.set_up("Ada", "North").await?;
    for _ in 0..10 {
        forget(&one, &email("Ada")).await?;
        forget(&other, &email("Ada")).await?;
    }
    let mut links = Vec::new();
    for _ in 0..20 {
        links.push(inbox.next(&email("Ada"), RESET).await?.token()?);
    }
    links.sort();
    links.dedup();
    assert_eq!(links.len(), 20, "each once");
    assert!(inbox.inbox().is_empty());
    Ok(())
}
