//! Sites: keys, origins, widget settings; and the quotas of a workspace.

use anyhow::{Context, Result};
use deskbell_protocol::api::sites::{IdentitySecret, Site, Sites, WidgetPosition};
use deskbell_protocol::api::workspace::{Limit, LimitName, Workspace};
use deskbell_protocol::{Command, ErrorCode};
use deskbell_store::workspace::{limits, workspaces as store};
use deskbell_testkit::people::visitor_token;
use deskbell_testkit::server::{Database, PASSWORD, TestServer, email};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::{code, fetch, request_as};
use crate::{North, on_both};

on_both!(
    sites_are_created_changed_and_read_by_permission,
    invalid_widget_settings_are_refused,
    a_rotated_site_key_replaces_the_old_one,
    a_site_of_another_workspace_does_not_exist,
    a_refused_origin_is_listed_until_it_is_allowed,
    a_site_keeps_ten_refused_origins_of_web_pages,
    an_identity_secret_is_shown_once_and_rotated_each_time,
    sites_and_members_of_a_workspace_are_limited,
    concurrent_starts_respect_the_monthly_quota,
    connections_of_a_workspace_are_limited,
);

async fn create(north: &North, by: &str, body: Value) -> Result<Response> {
    request_as(&north.server, Method::POST, "/api/v1/sites", by, Some(body)).await
}

async fn blog(north: &North) -> Result<Site> {
    let body = json!({ "name": "Blog", "allowed_origins": ["https://blog.example"] });
    let made = create(north, &north.ada_token, body).await?;
    assert_eq!(made.status(), 201);
    Ok(made.json().await?)
}

async fn change(north: &North, by: &str, site: &Site, body: Value) -> Result<Response> {
    let path = format!("/api/v1/sites/{}", site.id);
    request_as(&north.server, Method::PATCH, &path, by, Some(body)).await
}

async fn frame_policy(server: &TestServer, key: &str) -> Result<String> {
    let response = server.get(&format!("/widget/frame?site={key}")).await?;
    let policy = &response.headers()["content-security-policy"];
    Ok(policy.to_str()?.to_owned())
}

/// Sets a limit of the first workspace, as an operator does.
pub(crate) async fn set_limit(north: &North, name: LimitName, most: Option<i64>) -> Result<()> {
    let workspace: Workspace = fetch(
        &north.server,
        Method::GET,
        "/api/v1/workspace",
        &north.ada_token,
    )
    .await?;
    let database = north.server.store().await?;
    let mut tx = database.begin(0).await?;
    store::get_workspace(&mut tx, workspace.id).await?;
    limits::set_override(&mut tx, workspace.id, name, most).await?;
    tx.commit().await?;
    database.close().await;
    Ok(())
}

pub(crate) async fn limit(north: &North, name: LimitName) -> Result<Limit> {
    let workspace: Workspace = fetch(
        &north.server,
        Method::GET,
        "/api/v1/workspace",
        &north.ada_token,
    )
    .await?;
    let limit = workspace
        .limits
        .into_iter()
        .find(|limit| limit.name == name);
    limit.context("it is listed")
}

async fn sites_are_created_changed_and_read_by_permission(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let refused = create(&north, &ben, json!({ "name": "Blog" })).await?;
    assert_eq!(refused.status(), 403);
    let site = blog(&north).await?;
    assert!(
        frame_policy(&north.server, &site.key)
            .await?
            .ends_with("frame-ancestors https://blog.example")
    );
    let body = json!({
        "allowed_origins": ["https://blog.example", "http://localhost:3000"],
        "widget": { "color": "#00AA55", "position": "left", "title": "Ask us", "greeting": "Hi!" },
    });
    assert_eq!(
        change(&north, &ben, &site, body.clone()).await?.status(),
        403
    );
    let changed: Site = change(&north, &north.ada_token, &site, body)
        .await?
        .json()
        .await?;
    assert_eq!(
        (changed.name.as_str(), changed.widget.position),
        ("Blog", Some(WidgetPosition::Left))
    );
    let looks = r##" data-color="#00aa55" data-position="left" async"##;
    assert!(changed.snippet.contains(looks), "{}", changed.snippet);
    let policy = frame_policy(&north.server, &site.key).await?;
    assert!(policy.ends_with("frame-ancestors https://blog.example http://localhost:3000"));
    let token = visitor_token(&north.server, &site.key, None).await?;
    assert_eq!(token.site_name, "Ask us");
    let path = format!("/api/v1/sites/{}", site.id);
    let seen: Site = fetch(&north.server, Method::GET, &path, &ben).await?;
    assert_eq!(seen, changed);
    let all: Sites = fetch(&north.server, Method::GET, "/api/v1/sites", &ben).await?;
    assert_eq!(all.sites.len(), 2);
    Ok(())
}

async fn invalid_widget_settings_are_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let site = blog(&north).await?;
    for (field, value) in [
        ("color", r##"#000" onload="alert(1)"##),
        ("color", "red;}"),
        ("color", "#12345"),
        ("title", "x"),
        ("title", "two\nlines"),
        ("greeting", &"x".repeat(201)),
    ] {
        let body = json!({ "widget": { field: value } });
        let refused = change(&north, &north.ada_token, &site, body).await?;
        assert_eq!(
            code(refused).await?,
            (422, ErrorCode::Invalid),
            "{field}: {value}"
        );
    }
    for origin in [
        "*",
        "http://shop.example",
        "https://shop.example/path",
        "javascript:alert(1)",
        "null",
    ] {
        let body = json!({ "allowed_origins": [origin] });
        let refused = change(&north, &north.ada_token, &site, body).await?;
        assert_eq!(refused.status(), 422, "{origin}");
    }
    let body = json!({ "widget": { "position": "top" } });
    assert_eq!(
        change(&north, &north.ada_token, &site, body)
            .await?
            .status(),
        400
    );
    Ok(())
}

async fn a_rotated_site_key_replaces_the_old_one(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let site = blog(&north).await?;
    let path = format!("/api/v1/sites/{}/rotate-key", site.id);
    let rotated = request_as(&north.server, Method::POST, &path, &north.ada_token, None).await?;
    let rotated: Site = rotated.json().await?;
    assert_ne!(rotated.key, site.key);
    assert!(visitor_token(&north.server, &site.key, None).await.is_err());
    assert!(
        frame_policy(&north.server, &site.key)
            .await?
            .ends_with("'none'")
    );
    visitor_token(&north.server, &rotated.key, None).await?;
    Ok(())
}

/// Requests the panel's frame as a browser does for a page at this address.
async fn load_frame_on(north: &North, key: &str, page: &str) -> Result<()> {
    let url = format!("http://{}/widget/frame?site={key}", north.server.host());
    let request = reqwest::Client::new().get(url).header("referer", page);
    let response = request.header("sec-fetch-dest", "iframe").send().await?;
    assert!(response.headers().contains_key("content-security-policy"));
    Ok(())
}

async fn refused_origins(north: &North, site: &Site) -> Result<Vec<String>> {
    let sites: Sites = fetch(
        &north.server,
        Method::GET,
        "/api/v1/sites",
        &north.ada_token,
    )
    .await?;
    let listed = sites.sites.into_iter().find(|listed| listed.id == site.id);
    let listed = listed.context("the site is listed")?;
    let path = format!("/api/v1/sites/{}", site.id);
    let single: Site = fetch(&north.server, Method::GET, &path, &north.ada_token).await?;
    assert_eq!(single.refused_origins, listed.refused_origins);
    let origins = listed.refused_origins.into_iter();
    Ok(origins.map(|refused| refused.origin).collect())
}

async fn a_refused_origin_is_listed_until_it_is_allowed(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let site = blog(&north).await?;
    load_frame_on(&north, &site.key, "https://blog.example/").await?;
    assert_eq!(refused_origins(&north, &site).await?, [] as [&str; 0]);

    load_frame_on(&north, &site.key, "https://www.blog.example/about").await?;
    load_frame_on(&north, &site.key, "https://www.blog.example/").await?;
    assert_eq!(
        refused_origins(&north, &site).await?,
        ["https://www.blog.example"]
    );
    let other: Sites = fetch(
        &north.server,
        Method::GET,
        "/api/v1/sites",
        &north.ada_token,
    )
    .await?;
    assert!(
        other
            .sites
            .iter()
            .filter(|other| other.id != site.id)
            .all(|other| other.refused_origins.is_empty())
    );

    let body = json!({ "allowed_origins": ["https://blog.example", "https://www.blog.example"] });
    change(&north, &north.ada_token, &site, body).await?;
    assert_eq!(refused_origins(&north, &site).await?, [] as [&str; 0]);
    Ok(())
}

async fn a_site_keeps_ten_refused_origins_of_web_pages(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let site = blog(&north).await?;
    for page in [
        "about:blank",
        "null",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ] {
        load_frame_on(&north, &site.key, page).await?;
    }
    assert_eq!(refused_origins(&north, &site).await?, [] as [&str; 0]);
    for number in 0..12 {
        load_frame_on(&north, &site.key, &format!("https://{number}.example/")).await?;
    }
    let refused = refused_origins(&north, &site).await?;
    assert_eq!(refused.len(), 10, "{refused:?}");
    Ok(())
}

async fn a_site_of_another_workspace_does_not_exist(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let site = blog(&north).await?;
    let stella = north.server.register("Stella", "South").await?;
    let path = format!("/api/v1/sites/{}", site.id);
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/rotate-key")),
        (Method::POST, format!("{path}/identity-secret")),
    ] {
        let refused = request_as(&north.server, method.clone(), &path, &stella, None).await?;
        assert_eq!(
            code(refused).await?,
            (404, ErrorCode::NotFound),
            "{method} {path}"
        );
    }
    assert_eq!(
        change(&north, &stella, &site, json!({ "name": "Mine" }))
            .await?
            .status(),
        404
    );
    let none: Sites = fetch(&north.server, Method::GET, "/api/v1/sites", &stella).await?;
    assert!(none.sites.is_empty());
    Ok(())
}

async fn an_identity_secret_is_shown_once_and_rotated_each_time(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let site = blog(&north).await?;
    assert!(!site.has_identity_secret);
    let path = format!("/api/v1/sites/{}", site.id);
    let mut made = Vec::new();
    for _ in 0..2 {
        let path = format!("{path}/identity-secret");
        let secret = request_as(&north.server, Method::POST, &path, &north.ada_token, None).await?;
        made.push(secret.json::<IdentitySecret>().await?.secret);
    }
    assert_ne!(made[0], made[1]);
    assert!(made[0].len() >= 43);
    let seen = request_as(&north.server, Method::GET, &path, &north.ada_token, None).await?;
    let seen = seen.text().await?;
    assert!(seen.contains("\"has_identity_secret\":true") && !seen.contains(&made[1]));
    let like = format!(
        "SELECT COUNT(*) FROM sites WHERE identity_salt = '{}'",
        made[1]
    );
    let database = north.server.store().await?;
    assert_eq!(database.count(&like).await?, 0, "it is not kept");
    database.close().await;
    Ok(())
}

async fn sites_and_members_of_a_workspace_are_limited(database: Database) -> Result<()> {
    let north =
        North::with_limits(database, "sites_by_workspace=2, members_by_workspace=3").await?;
    let posts = (0..5).map(|number| {
        let body = json!({ "name": format!("Site {number}") });
        create(&north, &north.ada_token, body)
    });
    let mut made = 0;
    for response in futures_util::future::join_all(posts).await {
        let response = response?;
        if response.status() == 201 {
            made += 1;
            continue;
        }
        let refused: Value = response.json().await?;
        assert_eq!(refused["code"], "limit_reached");
        assert_eq!(refused["fields"]["sites"], "The limit is 2.");
    }
    assert_eq!(made, 1, "there was one from the beginning");
    let sites = limit(&north, LimitName::Sites).await?;
    assert_eq!((sites.most, sites.used), (Some(2), 2));
    set_limit(&north, LimitName::Sites, None).await?;
    blog(&north).await?;

    let path = "/api/v1/invitations";
    let invite = || {
        request_as(
            &north.server,
            Method::POST,
            path,
            &north.ada_token,
            Some(json!({ "role": "agent" })),
        )
    };
    let mut links = Vec::new();
    for _ in 0..2 {
        let invitation: Value = invite().await?.json().await?;
        let link = invitation["link"].as_str().context("a link")?;
        links.push(link.rsplit('#').next().context("a token")?.to_owned());
    }
    assert_eq!(code(invite().await?).await?, (403, ErrorCode::LimitReached));
    set_limit(&north, LimitName::Members, Some(2)).await?;
    let join = |token: &str, name: &str| {
        let body =
            json!({ "token": token, "name": name, "email": email(name), "password": PASSWORD });
        north.server.post("/api/v1/auth/accept-invitation", body)
    };
    let (one, other) = tokio::join!(join(&links[0], "Nora"), join(&links[1], "Nils"));
    let mut done = [one?.status().as_u16(), other?.status().as_u16()];
    done.sort_unstable();
    assert_eq!(done, [200, 403]);
    Ok(())
}

async fn concurrent_starts_respect_the_monthly_quota(database: Database) -> Result<()> {
    let north = North::with_limits(database, "conversations_by_month=3").await?;
    let mut people = Vec::new();
    for _ in 0..10 {
        people.push(north.visitor().await?);
    }
    let starts = people.iter_mut().map(|person| async {
        let client_id = person.next_client_id();
        let text = "Hello?".to_owned();
        person
            .socket
            .request(Command::Start { client_id, text })
            .await
    });
    let answers = futures_util::future::join_all(starts).await;
    let answers: Vec<String> = answers
        .into_iter()
        .map(|answer| format!("{answer:?}"))
        .collect();
    let begun = answers.iter().filter(|answer| answer.contains("Started"));
    let refused = answers
        .iter()
        .filter(|answer| answer.contains("LimitReached"));
    assert_eq!((begun.count(), refused.count()), (3, 7), "{answers:?}");
    let month = limit(&north, LimitName::Conversations).await?;
    assert_eq!((month.most, month.used), (Some(3), 3));
    set_limit(&north, LimitName::Conversations, Some(4)).await?;
    north.visitor().await?.start("Hello?").await?;
    Ok(())
}

async fn connections_of_a_workspace_are_limited(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let vera = north.visitor().await?;
    set_limit(&north, LimitName::Sockets, Some(2)).await?;
    let _viktor = north.visitor().await?;
    let error = north.visitor().await.err().context("there are two")?;
    assert!(format!("{error:?}").contains("LimitReached"), "{error:?}");
    assert_eq!(limit(&north, LimitName::Sockets).await?.used, 2);
    drop(vera);
    // Her permit is returned as soon as the server has detected that she left.
    while north.visitor().await.is_err() {
        tokio::task::yield_now().await;
    }
    Ok(())
}
