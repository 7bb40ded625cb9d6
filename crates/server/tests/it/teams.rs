//! Teams: their members, sites and languages.

use anyhow::{Context, Result};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::platform::audit::AuditEntries;
use deskbell_protocol::api::sites::Site;
use deskbell_protocol::api::workspace::Workspace;
use deskbell_protocol::api::workspace::teams::{Team, Teams};
use deskbell_protocol::{ErrorBody, ErrorCode, Role, SiteId, TeamId, UserId, limits as sizes};
use deskbell_store::identity::users::{self, NewUser};
use deskbell_store::workspace::workspaces;
use deskbell_testkit::server::{Database, email};
use futures_util::future::join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::{code, execute, fetch, request_as};
use crate::team::{id_of, members, remove};
use crate::{North, on_both};

on_both!(
    a_team_is_created_changed_and_deleted,
    a_name_is_used_once_in_a_workspace,
    invalid_teams_are_refused_with_the_name_of_the_field,
    members_are_added_and_removed_one_by_one,
    a_member_who_leaves_the_workspace_leaves_its_teams,
    a_deleted_user_leaves_all_teams,
    a_deleted_site_leaves_its_teams,
    agents_read_teams_and_admins_change_them,
    teams_of_another_workspace_do_not_exist,
    a_workspace_has_a_limited_number_of_teams_and_a_team_of_members,
    members_who_are_removed_while_they_are_added_are_in_no_team,
    changes_of_teams_are_in_the_audit_log,
);

async fn send(
    north: &North,
    by: &str,
    method: Method,
    path: &str,
    body: Value,
) -> Result<Response> {
    let path = format!("/api/v1/teams{path}");
    let body = (!body.is_null()).then_some(body);
    request_as(&north.server, method, &path, by, body).await
}

async fn create(north: &North, body: Value) -> Result<Team> {
    let made = send(north, &north.ada_token, Method::POST, "", body).await?;
    anyhow::ensure!(made.status() == 201, "{}", made.text().await?);
    Ok(made.json().await?)
}

async fn change(north: &North, id: TeamId, body: Value) -> Result<Response> {
    send(
        north,
        &north.ada_token,
        Method::PATCH,
        &format!("/{id}"),
        body,
    )
    .await
}

async fn change_member(
    north: &North,
    method: Method,
    team: TeamId,
    user: UserId,
) -> Result<Response> {
    let path = format!("/{team}/members/{user}");
    send(north, &north.ada_token, method, &path, Value::Null).await
}

async fn get(north: &North, id: TeamId) -> Result<Team> {
    let path = format!("/api/v1/teams/{id}");
    fetch(&north.server, Method::GET, &path, &north.ada_token).await
}

async fn list(north: &North, by: &str) -> Result<Vec<Team>> {
    let all: Teams = fetch(&north.server, Method::GET, "/api/v1/teams", by).await?;
    Ok(all.teams)
}

async fn site(north: &North, by: &str, name: &str) -> Result<SiteId> {
    let body = Some(json!({ "name": name }));
    let made = request_as(&north.server, Method::POST, "/api/v1/sites", by, body).await?;
    Ok(made.error_for_status()?.json::<Site>().await?.id)
}

/// Ben, as an agent of North.
async fn ben(north: &North) -> Result<UserId> {
    north.server.add_agent("Ben", "Ada").await?;
    id_of(north, "Ben").await
}

/// Users who cannot sign in.
async fn add_users(north: &North, count: usize) -> Result<Vec<UserId>> {
    let store = north.server.store().await?;
    let mut tx = store.begin(0).await?;
    let mut ids = Vec::new();
    for number in 0..count {
        let new = NewUser {
            email: format!("crowd{number}@north.example"),
            name: "Nora".to_owned(),
            password_hash: String::new(),
        };
        ids.push(users::create_user(&mut tx, new).await?.id);
    }
    tx.commit().await?;
    store.close().await;
    Ok(ids)
}

async fn add_memberships(north: &North, users: &[UserId]) -> Result<()> {
    let path = "/api/v1/workspace";
    let workspace: Workspace = fetch(&north.server, Method::GET, path, &north.ada_token).await?;
    let store = north.server.store().await?;
    let mut tx = store.begin(0).await?;
    for user in users {
        workspaces::create_membership(&mut tx, workspace.id, *user, Role::Agent).await?;
    }
    tx.commit().await?;
    store.close().await;
    Ok(())
}

async fn a_team_is_created_changed_and_deleted(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (ada, ben) = (id_of(&north, "Ada").await?, ben(&north).await?);
    let (shop, blog) = (
        site(&north, &north.ada_token, "Shop").await?,
        site(&north, &north.ada_token, "Blog").await?,
    );
    let body = json!({
        "name": "  Returns ", "color": "#00AA55", "member_ids": [ben, ben],
        "site_ids": [blog, shop, shop], "languages": ["PT-br", "en", "pt-BR"],
    });
    let made = create(&north, body).await?;
    assert_eq!(made.name, "Returns");
    assert_eq!(made.color.as_deref(), Some("#00aa55"));
    assert_eq!(
        (made.member_ids.as_slice(), made.site_ids.len()),
        (&[ben][..], 2)
    );
    assert_eq!(made.languages, ["pt-BR", "en"]);
    assert_eq!(get(&north, made.id).await?, made);

    let plain = create(&north, json!({ "name": "accounts" })).await?;
    assert_eq!((plain.color.as_deref(), plain.languages.len()), (None, 0));
    assert_eq!(
        list(&north, &north.ada_token).await?,
        [plain.clone(), made.clone()],
        "by name, whatever the case"
    );

    let body = json!({
        "name": "Refunds", "color": "", "member_ids": [ada], "site_ids": [], "languages": ["de"],
    });
    let changed: Team = change(&north, made.id, body).await?.json().await?;
    let expected = Team {
        name: "Refunds".to_owned(),
        color: None,
        member_ids: vec![ada],
        site_ids: Vec::new(),
        languages: vec!["de".to_owned()],
        ..made.clone()
    };
    assert_eq!(changed, expected);
    let unchanged: Team = change(&north, made.id, json!({})).await?.json().await?;
    assert_eq!(unchanged, expected, "fields that are left out stay");

    let path = format!("/{}", made.id);
    for status in [204, 404] {
        let deleted = send(&north, &north.ada_token, Method::DELETE, &path, Value::Null).await?;
        assert_eq!(deleted.status(), status);
    }
    assert_eq!(list(&north, &north.ada_token).await?, [plain]);
    Ok(())
}

async fn a_name_is_used_once_in_a_workspace(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    create(&north, json!({ "name": "Küche" })).await?;
    let other = create(&north, json!({ "name": "Sales" })).await?;
    // The last one has its accent as a separate character.
    for name in ["Küche", "KÜCHE", " küche ", "Ku\u{308}che"] {
        let body = json!({ "name": name });
        let refused = send(&north, &north.ada_token, Method::POST, "", body.clone()).await?;
        assert_eq!(refused.status(), 409, "{name}");
        let error: ErrorBody = refused.json().await?;
        assert_eq!(error.code, ErrorCode::Conflict);
        assert!(error.fields.contains_key("name"), "{error:?}");
        assert_eq!(change(&north, other.id, body).await?.status(), 409);
    }
    let own = change(&north, other.id, json!({ "name": "SALES" })).await?;
    assert_eq!(own.json::<Team>().await?.name, "SALES", "its own name");
    let stella = north.server.register("Stella", "South").await?;
    let made = send(
        &north,
        &stella,
        Method::POST,
        "",
        json!({ "name": "Küche" }),
    )
    .await?;
    assert_eq!(made.status(), 201, "in another workspace");
    Ok(())
}

async fn invalid_teams_are_refused_with_the_name_of_the_field(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let team = create(&north, json!({ "name": "Returns" })).await?;
    let stella = north.server.register("Stella", "South").await?;
    let foreign_site = site(&north, &stella, "South shop").await?;
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    let many: Vec<String> = ('a'..='u').map(|letter| format!("e{letter}")).collect();
    let crowd: Vec<_> = (0..501)
        .map(|n| format!("01890a5d-ac96-774b-bcce-{n:012}"))
        .collect();
    for (field, value) in [
        ("name", json!("x")),
        ("name", json!("\u{202e}\u{202e}")),
        ("name", json!("x".repeat(51))),
        ("color", json!("red")),
        ("color", json!("#12345g")),
        ("languages", json!(["english language"])),
        ("languages", json!([""])),
        ("languages", json!(["und"])),
        ("languages", json!(["e1"])),
        ("languages", json!(many)),
        ("member_ids", json!([nobody])),
        ("member_ids", json!(crowd)),
        ("site_ids", json!([foreign_site])),
        ("site_ids", json!(crowd)),
    ] {
        let mut new = json!({ "name": "Sales" });
        new[field] = value.clone();
        let mut body = json!({});
        body[field] = value.clone();
        let refused = [
            send(&north, &north.ada_token, Method::POST, "", new).await?,
            change(&north, team.id, body).await?,
        ];
        for refused in refused {
            assert_eq!(refused.status(), 422, "{field} {value}");
            let error: ErrorBody = refused.json().await?;
            let fields: Vec<_> = error.fields.keys().map(String::as_str).collect();
            assert_eq!(fields, [field], "{value}");
        }
    }
    let both = json!({ "name": "", "color": "red", "languages": ["?"] });
    let refused = send(&north, &north.ada_token, Method::POST, "", both).await?;
    assert_eq!(refused.json::<ErrorBody>().await?.fields.len(), 3);
    assert_eq!(list(&north, &north.ada_token).await?, [team]);
    Ok(())
}

async fn members_are_added_and_removed_one_by_one(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (ada, ben) = (id_of(&north, "Ada").await?, ben(&north).await?);
    let team = create(&north, json!({ "name": "Returns" })).await?;
    for _ in 0..2 {
        let added = change_member(&north, Method::PUT, team.id, ben).await?;
        assert_eq!(added.status(), 200);
        assert_eq!(added.json::<Team>().await?.member_ids, [ben]);
    }
    let added = change_member(&north, Method::PUT, team.id, ada).await?;
    assert_eq!(added.json::<Team>().await?.member_ids.len(), 2);
    for _ in 0..2 {
        let removed = change_member(&north, Method::DELETE, team.id, ben).await?;
        assert_eq!(removed.status(), 204);
    }
    assert_eq!(get(&north, team.id).await?.member_ids, [ada]);
    let stella = north.server.register("Stella", "South").await?;
    let stella: Me = fetch(&north.server, Method::GET, "/api/v1/me", &stella).await?;
    for method in [Method::PUT, Method::DELETE] {
        let refused = change_member(&north, method, team.id, stella.user_id).await?;
        assert_eq!(code(refused).await?, (404, ErrorCode::NotFound));
    }
    Ok(())
}

async fn a_member_who_leaves_the_workspace_leaves_its_teams(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (ada, ben) = (id_of(&north, "Ada").await?, ben(&north).await?);
    let team = create(
        &north,
        json!({ "name": "Returns", "member_ids": [ada, ben] }),
    )
    .await?;
    let removed = remove(&north, &north.ada_token, ben, "").await?;
    assert_eq!(removed.status(), 204);
    assert_eq!(get(&north, team.id).await?.member_ids, [ada]);
    let body = json!({ "member_ids": [ada, ben] });
    assert_eq!(change(&north, team.id, body).await?.status(), 422);
    add_memberships(&north, &[ben]).await?;
    assert_eq!(members(&north).await?.len(), 2, "Ben has returned");
    assert_eq!(get(&north, team.id).await?.member_ids, [ada]);
    Ok(())
}

async fn a_deleted_user_leaves_all_teams(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    execute(&north.server, "UPDATE users SET is_operator = TRUE").await?;
    let ben = ben(&north).await?;
    let team = create(&north, json!({ "name": "Returns", "member_ids": [ben] })).await?;
    let path = format!("/api/v1/operator/users/{ben}/delete");
    let body = Some(json!({ "email": email("Ben") }));
    let deleted = request_as(&north.server, Method::POST, &path, &north.ada_token, body).await?;
    assert_eq!(deleted.status(), 204);
    assert_eq!(get(&north, team.id).await?.member_ids, []);
    Ok(())
}

async fn a_deleted_site_leaves_its_teams(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (shop, blog) = (
        site(&north, &north.ada_token, "Shop").await?,
        site(&north, &north.ada_token, "Blog").await?,
    );
    let team = create(
        &north,
        json!({ "name": "Returns", "site_ids": [shop, blog] }),
    )
    .await?;
    // An older version marks a site as deleted and does not know teams.
    let older = "UPDATE sites SET deleted_at = 1 WHERE name = 'Shop'";
    execute(&north.server, older).await?;
    assert_eq!(get(&north, team.id).await?.site_ids, [blog]);
    let path = format!("/api/v1/sites/{blog}");
    let deleted = request_as(&north.server, Method::DELETE, &path, &north.ada_token, None);
    assert_eq!(deleted.await?.status(), 204);
    assert_eq!(get(&north, team.id).await?.site_ids, []);
    let store = north.server.store().await?;
    let left =
        "SELECT COUNT(*) FROM team_sites t JOIN sites s ON s.id = t.site_id WHERE s.name = 'Blog'";
    assert_eq!(store.count(left).await?, 0);
    store.close().await;
    Ok(())
}

async fn agents_read_teams_and_admins_change_them(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let token = north.server.add_agent("Ben", "Ada").await?;
    let ben = id_of(&north, "Ben").await?;
    let team = create(&north, json!({ "name": "Returns" })).await?;
    assert_eq!(list(&north, &token).await?, std::slice::from_ref(&team));
    let (one, member) = (
        format!("/{}", team.id),
        format!("/{}/members/{ben}", team.id),
    );
    for (method, path, body) in [
        (Method::POST, "", json!({ "name": "Sales" })),
        (Method::PATCH, one.as_str(), json!({ "name": "Sales" })),
        (Method::DELETE, one.as_str(), Value::Null),
        (Method::PUT, member.as_str(), Value::Null),
        (Method::DELETE, member.as_str(), Value::Null),
    ] {
        let refused = send(&north, &token, method, path, body).await?;
        assert_eq!(code(refused).await?, (403, ErrorCode::Forbidden));
    }
    let vera = north.visitor().await?;
    let refused = send(&north, &vera.token, Method::GET, "", Value::Null).await?;
    assert_eq!(refused.status(), 401);
    let program = async |scope: &str| {
        let body = Some(json!({ "name": scope, "scopes": [scope] }));
        let path = "/api/v1/tokens";
        let made = request_as(&north.server, Method::POST, path, &north.ada_token, body).await?;
        let made: Value = made.json().await?;
        anyhow::Ok(made["secret"].as_str().context("a secret")?.to_owned())
    };
    let reader = program("members:read").await?;
    assert_eq!(list(&north, &reader).await?.len(), 1);
    let body = json!({ "name": "Sales" });
    let refused = send(&north, &reader, Method::POST, "", body.clone()).await?;
    assert_eq!(refused.status(), 403);
    let writer = program("members:write").await?;
    let made = send(&north, &writer, Method::POST, "", body).await?;
    assert_eq!(made.status(), 201);
    Ok(())
}

async fn teams_of_another_workspace_do_not_exist(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = ben(&north).await?;
    let team = create(&north, json!({ "name": "Returns", "member_ids": [ben] })).await?;
    let stella = north.server.register("Stella", "South").await?;
    assert_eq!(list(&north, &stella).await?, []);
    let (one, member) = (
        format!("/{}", team.id),
        format!("/{}/members/{ben}", team.id),
    );
    for (method, path, body) in [
        (Method::GET, one.as_str(), Value::Null),
        (Method::PATCH, one.as_str(), json!({ "name": "Sales" })),
        (Method::DELETE, one.as_str(), Value::Null),
        (Method::PUT, member.as_str(), Value::Null),
        (Method::DELETE, member.as_str(), Value::Null),
    ] {
        let refused = send(&north, &stella, method, path, body).await?;
        assert_eq!(code(refused).await?, (404, ErrorCode::NotFound));
    }
    let made = send(&north, &stella, Method::POST, "", json!({ "name": "Own" })).await?;
    let own: Team = made.json().await?;
    for (method, path) in [
        (Method::PUT, format!("/{}/members/{ben}", own.id)),
        (Method::DELETE, format!("/{}/members/{ben}", own.id)),
        (Method::GET, "/not-an-id".to_owned()),
    ] {
        let refused = send(&north, &stella, method, &path, Value::Null).await?;
        assert_eq!(refused.status(), 404, "{path}");
    }
    assert_eq!(get(&north, team.id).await?, team);
    Ok(())
}

async fn a_workspace_has_a_limited_number_of_teams_and_a_team_of_members(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let ben = ben(&north).await?;
    let names = (0..100).map(|n| json!({ "name": format!("Team {n}") }));
    let made = join_all(names.map(|body| create(&north, body))).await;
    let made: Vec<Team> = made.into_iter().collect::<Result<_>>()?;
    let body = json!({ "name": "One more" });
    let refused = send(&north, &north.ada_token, Method::POST, "", body.clone()).await?;
    assert_eq!(code(refused).await?, (403, ErrorCode::LimitReached));
    let path = format!("/{}", made[7].id);
    send(&north, &north.ada_token, Method::DELETE, &path, Value::Null).await?;
    create(&north, body).await?;

    let team = made[8].id;
    let crowd = add_users(&north, sizes::TEAM_MEMBERS).await?;
    add_memberships(&north, &crowd).await?;
    let full = change(&north, team, json!({ "member_ids": crowd })).await?;
    assert_eq!(full.json::<Team>().await?.member_ids.len(), crowd.len());
    let refused = change_member(&north, Method::PUT, team, ben).await?;
    assert_eq!(code(refused).await?, (403, ErrorCode::LimitReached));
    let known = change_member(&north, Method::PUT, team, crowd[0]).await?;
    assert_eq!(known.status(), 200, "they are in the team");
    Ok(())
}

async fn members_who_are_removed_while_they_are_added_are_in_no_team(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let team = create(&north, json!({ "name": "Returns" })).await?;
    for name in ["Ben", "Nora", "Nick", "Nils"] {
        north.server.add_agent(name, "Ada").await?;
        let user = id_of(&north, name).await?;
        let whole = json!({ "member_ids": [user] });
        let (one, two, three, removed) = tokio::join!(
            change_member(&north, Method::PUT, team.id, user),
            change(&north, team.id, whole),
            change_member(&north, Method::PUT, team.id, user),
            remove(&north, &north.ada_token, user, ""),
        );
        assert_eq!(removed?.status(), 204);
        for (answer, refusal) in [(one?, 404), (two?, 422), (three?, 404)] {
            let status = answer.status().as_u16();
            assert!([200, refusal].contains(&status), "{}", answer.text().await?);
        }
        assert_eq!(get(&north, team.id).await?.member_ids, []);
    }
    Ok(())
}

async fn changes_of_teams_are_in_the_audit_log(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = ben(&north).await?;
    let team = create(&north, json!({ "name": "Returns" })).await?;
    for name in ["Refunds", "Refunds"] {
        change(&north, team.id, json!({ "name": name })).await?;
    }
    for method in [Method::PUT, Method::DELETE] {
        for _ in 0..2 {
            change_member(&north, method.clone(), team.id, ben).await?;
        }
    }
    let path = format!("/{}", team.id);
    send(&north, &north.ada_token, Method::DELETE, &path, Value::Null).await?;
    let path = format!("/api/v1/audit?target={}", team.id);
    let log: AuditEntries = fetch(&north.server, Method::GET, &path, &north.ada_token).await?;
    let actions: Vec<_> = log.entries.iter().rev().map(|it| &*it.action).collect();
    assert_eq!(
        actions,
        [
            "team.created",
            "team.changed",
            "team.member_added",
            "team.member_removed",
            "team.deleted",
        ]
    );
    let entry = |action: &str| log.entries.iter().find(|it| it.action == action);
    let changed = entry("team.changed").context("an entry")?;
    assert_eq!(changed.details["before"]["name"], "Returns");
    assert_eq!(changed.details["after"]["name"], "Refunds");
    let added = entry("team.member_added").context("an entry")?;
    assert_eq!(added.details["user_id"], json!(ben));
    assert_eq!(added.target.name, "Refunds");
    Ok(())
}
