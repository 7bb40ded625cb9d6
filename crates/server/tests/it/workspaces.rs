//! The settings of a workspace, and switching from one workspace to another.

use anyhow::{Context, Result};
use deskbell_protocol::Role;
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::workspace::{IpMode, Workspace};
use deskbell_testkit::people::Person;
use deskbell_testkit::server::{Database, cookie};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{fetch, request_as};
use crate::team::{accept, accept_as, invited, switch};
use crate::{North, on_both};

on_both!(
    admins_rename_the_workspace_and_agents_only_read_it,
    a_user_joins_a_second_workspace_and_switches_between_both,
);

async fn admins_rename_the_workspace_and_agents_only_read_it(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let path = "/api/v1/workspace";
    let body = json!({ "name": "Far north", "ip_mode": "truncated" });
    let refused = request_as(&north.server, Method::PATCH, path, &ben, Some(body.clone())).await?;
    assert_eq!(refused.status(), 403);
    let set = request_as(
        &north.server,
        Method::PATCH,
        path,
        &north.ada_token,
        Some(body),
    )
    .await?;
    assert_eq!(set.status(), 200);
    let seen: Workspace = fetch(&north.server, Method::GET, path, &ben).await?;
    assert_eq!(
        (seen.name.as_str(), seen.ip_mode),
        ("Far north", IpMode::Truncated)
    );
    assert!(seen.limits.iter().all(|limit| limit.most.is_none()));
    let empty = request_as(
        &north.server,
        Method::PATCH,
        path,
        &north.ada_token,
        Some(json!({ "name": " \n" })),
    )
    .await?;
    assert_eq!(empty.status(), 422);
    let body = Some(json!({ "ip_mode": "hashed" }));
    let unknown = request_as(&north.server, Method::PATCH, path, &north.ada_token, body).await?;
    assert_eq!(unknown.status(), 422);
    Ok(())
}

async fn a_user_joins_a_second_workspace_and_switches_between_both(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let mut in_south = Person::connect(&north.server, &stella).await?;
    let (_, token) = invited(&north, json!({ "role": "agent" })).await?;
    assert_eq!(
        accept(&north, json!({ "token": token })).await?.status(),
        401,
        "nobody is signed in"
    );
    let joined = accept_as(&north, &stella, &token).await?;
    assert_eq!(joined.status(), 200);
    let in_north = cookie(&joined, "deskbell_access").context("cookies")?;
    let me: Me = joined.json().await?;
    assert_eq!(
        (me.workspace.name.as_str(), me.workspace.role),
        ("North", Role::Agent)
    );
    let names: Vec<_> = me
        .workspaces
        .iter()
        .map(|place| place.name.as_str())
        .collect();
    assert_eq!(names, ["South", "North"]);
    in_south
        .socket
        .closed()
        .await?
        .context("her session is elsewhere")?;
    let old = request_as(&north.server, Method::GET, "/api/v1/me", &stella, None).await?;
    assert_eq!(old.status(), 401);

    let south = me.workspaces[0].id;
    let back = switch(&north, &in_north, south).await?;
    let in_south = cookie(&back, "deskbell_access").context("cookies")?;
    let me: Me = fetch(&north.server, Method::GET, "/api/v1/me", &in_south).await?;
    assert_eq!((me.workspace.id, me.workspace.role), (south, Role::Owner));
    let again = accept_as(&north, &in_south, &token).await?;
    assert_eq!(again.status(), 410, "accepted once");

    let ada: Me = fetch(&north.server, Method::GET, "/api/v1/me", &north.ada_token).await?;
    let token = json!({ "name": "Reports", "scopes": ["conversations:read"] });
    let path = "/api/v1/tokens";
    let token = request_as(&north.server, Method::POST, path, &in_south, Some(token)).await?;
    let token: Value = token.json().await?;
    let secret = token["secret"].as_str().context("a secret")?;
    let program: Me = fetch(&north.server, Method::GET, "/api/v1/me", secret).await?;
    assert_eq!(program.workspace.id, south);
    assert!(program.workspaces.is_empty(), "a token is one workspace's");
    assert_eq!(switch(&north, &north.ada_token, south).await?.status(), 404);
    assert_eq!(
        switch(&north, &north.ada_token, ada.workspace.id)
            .await?
            .status(),
        200
    );
    Ok(())
}
