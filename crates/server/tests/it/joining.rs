//! Joining a workspace by accepting an invitation.

use anyhow::{Context, Result};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::platform::audit::{AuditEntries, AuditEntry};
use deskbell_protocol::api::workspace::Workspace;
use deskbell_protocol::api::workspace::invitations::{
    Invitation, InvitationState, InvitationView, Invitations,
};
use deskbell_protocol::{ErrorCode, Role};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::{Database, PASSWORD, TestServer, cookie, email};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::{code, execute, fetch, request_as};
use crate::team::{accept, accept_as, invite, invited, members, nora, resend, token_of};
use crate::{North, on_both};

on_both!(
    a_new_user_accepts_an_invitation_once,
    an_invitation_to_an_address_is_for_that_address_only,
    accepting_an_invitation_validates_every_field_and_creates_no_second_account,
    one_of_two_concurrent_acceptances_of_a_link_succeeds,
    a_mailed_invitation_is_for_its_addressee_and_verifies_the_address,
    a_link_that_was_shown_does_not_verify_an_address,
    a_user_who_joins_by_link_is_reminded_to_confirm_the_address_until_it_is_confirmed,
    a_failure_while_a_signed_in_user_joins_leaves_nothing_half_done,
    an_operator_who_has_entered_a_workspace_joins_another_and_both_logs_say_so,
    a_person_who_joins_by_another_link_leaves_no_open_invitation,
    an_invitation_stays_open_until_its_address_is_confirmed,
    a_member_who_changes_to_an_invited_address_leaves_no_open_invitation,
);

async fn a_new_user_accepts_an_invitation_once(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (invitation, token) = invited(&north, json!({ "role": "admin" })).await?;
    assert_eq!(invitation.state, InvitationState::Open);
    let view = north
        .server
        .post("/api/v1/auth/invitation", json!({ "token": token }))
        .await?;
    let view: InvitationView = view.json().await?;
    assert_eq!(
        (view.workspace.as_str(), view.invited_by.as_str()),
        ("North", "Ada")
    );
    assert_eq!(
        (view.role, view.state),
        (Role::Admin, InvitationState::Open)
    );

    let joined = accept(&north, nora(&token)).await?;
    assert_eq!(joined.status(), 200);
    let access = cookie(&joined, "deskbell_access").context("she is signed in")?;
    let me: Me = joined.json().await?;
    assert_eq!(
        (me.workspace.name.as_str(), me.workspace.role),
        ("North", Role::Admin)
    );
    assert_eq!(me.workspaces.len(), 1);
    let mut nora_here = Person::connect(&north.server, &access).await?;
    nora_here.socket.request(SNAPSHOT).await?;

    let mut again = nora(&token);
    again["email"] = "other@north.example".into();
    assert_eq!(
        code(accept(&north, again).await?).await?,
        (410, ErrorCode::LinkExpired)
    );
    let listed: Invitations = fetch(
        &north.server,
        Method::GET,
        "/api/v1/invitations",
        &north.ada_token,
    )
    .await?;
    assert_eq!(listed.invitations[0].state, InvitationState::Accepted);
    assert_eq!(listed.invitations[0].link, None, "a link is shown once");
    Ok(())
}

async fn an_invitation_to_an_address_is_for_that_address_only(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let body = json!({ "role": "agent", "email": " Nora@North.example ", "show_link": true });
    let (invitation, token) = invited(&north, body).await?;
    assert_eq!(invitation.email.as_deref(), Some("nora@north.example"));
    assert_eq!(accept_as(&north, &stella, &token).await?.status(), 403);
    let mut body = nora(&token);
    body["email"] = "other.person@north.example".into();
    let joined: Me = accept(&north, body).await?.json().await?;
    assert_eq!(joined.email, "nora@north.example", "not what she says");
    Ok(())
}

async fn accepting_an_invitation_validates_every_field_and_creates_no_second_account(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    north.server.register("Nora", "South").await?;
    let (_, token) = invited(&north, json!({ "role": "agent" })).await?;
    let mut guessed = nora(&token);
    guessed["password"] = "Other-2-bells".into();
    assert_eq!(
        code(accept(&north, guessed).await?).await?,
        (401, ErrorCode::BadCredentials),
        "what sign-in says, too"
    );
    let weak = json!({ "token": token, "name": "N", "email": "nora", "password": "short" });
    let refused = accept(&north, weak).await?;
    assert_eq!(refused.status(), 422);
    let fields = refused.json::<Value>().await?["fields"].clone();
    for field in ["name", "email", "password"] {
        assert!(fields[field].is_string(), "{field}");
    }
    let joined: Me = accept(&north, nora(&token)).await?.json().await?;
    let names: Vec<_> = joined
        .workspaces
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["South", "North"], "it is the account she had");
    for body in [
        json!({ "role": "visitor" }),
        json!({ "role": "agent", "email": "no" }),
    ] {
        assert_eq!(invite(&north, &north.ada_token, body).await?.status(), 422);
    }
    let ben = north.server.add_agent("Ben", "Ada").await?;
    assert_eq!(
        invite(&north, &ben, json!({ "role": "agent" }))
            .await?
            .status(),
        403
    );
    Ok(())
}

async fn one_of_two_concurrent_acceptances_of_a_link_succeeds(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (_, token) = invited(&north, json!({ "role": "agent" })).await?;
    let person = |name: &str| json!({ "token": token, "name": name, "email": email(name), "password": PASSWORD });
    let (one, other) = tokio::join!(
        accept(&north, person("Nora")),
        accept(&north, person("Nils")),
    );
    let mut done = [one?.status().as_u16(), other?.status().as_u16()];
    done.sort_unstable();
    assert_eq!(done, [200, 410]);
    assert_eq!(members(&north).await?.len(), 2);
    Ok(())
}

async fn sign_in(north: &North, password: &str) -> Result<Response> {
    let body = json!({ "email": email("Nora"), "password": password });
    north.server.post("/api/v1/auth/sign-in", body).await
}

async fn a_mailed_invitation_is_for_its_addressee_and_verifies_the_address(
    database: Database,
) -> Result<()> {
    let (server, inbox) = TestServer::with_mail(database).await?;
    let north = North::on(server).await?;
    let body = json!({ "role": "agent", "email": email("Nora") });
    let made = invite(&north, &north.ada_token, body).await?;
    let made: Invitation = made.json().await?;
    assert_eq!(made.link, None, "it is shown to nobody");
    let first = inbox.next(&email("Nora"), "Join North").await?.token()?;
    let again = resend(&north, &north.ada_token, made.id).await?;
    assert_eq!(again.json::<Invitation>().await?.link, None);
    let second = inbox.next(&email("Nora"), "Join North").await?.token()?;
    assert_eq!(accept(&north, nora(&first)).await?.status(), 410);
    assert_eq!(accept(&north, nora(&second)).await?.status(), 200);
    assert_eq!(sign_in(&north, PASSWORD).await?.status(), 200);
    Ok(())
}

async fn a_link_that_was_shown_does_not_verify_an_address(database: Database) -> Result<()> {
    let (server, inbox) = TestServer::with_mail(database).await?;
    let north = North::on(server).await?;
    let (_, token) = invited(&north, json!({ "role": "owner" })).await?;
    assert_eq!(accept(&north, nora(&token)).await?.status(), 200);
    let mail = inbox
        .next(&email("Nora"), "Confirm your e-mail address")
        .await?;
    let refused = sign_in(&north, PASSWORD).await?;
    assert_eq!(code(refused).await?.1, ErrorCode::EmailNotVerified);
    let mallory = json!({
        "name": "Mallory", "email": email("Nora"), "password": "Other-2-bells", "workspace": "Mine",
    });
    let registered = north.server.post("/api/v1/auth/register", mallory).await?;
    assert!(registered.status().is_success(), "the answer is the same");
    let seen: Workspace = fetch(
        &north.server,
        Method::GET,
        "/api/v1/workspace",
        &north.ada_token,
    )
    .await?;
    assert_eq!(seen.name, "North");
    let verified = json!({ "token": mail.token()? });
    let verified = north
        .server
        .post("/api/v1/auth/verify-email", verified)
        .await?;
    assert!(verified.status().is_success(), "{}", verified.text().await?);
    assert_eq!(sign_in(&north, "Other-2-bells").await?.status(), 401);
    assert_eq!(sign_in(&north, PASSWORD).await?.status(), 200);
    Ok(())
}

async fn a_user_who_joins_by_link_is_reminded_to_confirm_the_address_until_it_is_confirmed(
    database: Database,
) -> Result<()> {
    let (server, inbox) = TestServer::with_mail(database).await?;
    let north = North::on(server).await?;
    let (_, token) = invited(&north, json!({ "role": "agent" })).await?;
    let joined = accept(&north, nora(&token)).await?;
    let access = cookie(&joined, "deskbell_access").context("she is signed in")?;
    assert!(joined.json::<Me>().await?.email_unconfirmed);
    let me =
        async || -> Result<Me> { fetch(&north.server, Method::GET, "/api/v1/me", &access).await };
    assert!(me().await?.email_unconfirmed);
    let mail = inbox
        .next(&email("Nora"), "Confirm your e-mail address")
        .await?;
    let verified = json!({ "token": mail.token()? });
    let verified = north
        .server
        .post("/api/v1/auth/verify-email", verified)
        .await?;
    assert!(verified.status().is_success(), "{}", verified.text().await?);
    assert!(!me().await?.email_unconfirmed);
    Ok(())
}

/// Adds or removes triggers that make the database refuse to move a session to another workspace.
async fn refuse_to_move_sessions(north: &North, database: Database, refuse: bool) -> Result<()> {
    let statements: &[&str] = match (database, refuse) {
        (Database::Sqlite, true) => &["CREATE TRIGGER refused BEFORE UPDATE OF workspace_id \
            ON auth_sessions BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"],
        (Database::Postgres, true) => &[
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
                $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$",
            "CREATE TRIGGER refused BEFORE UPDATE OF workspace_id ON auth_sessions \
                FOR EACH ROW EXECUTE FUNCTION refuse()",
        ],
        (Database::Sqlite, false) => &["DROP TRIGGER refused"],
        (Database::Postgres, false) => &["DROP TRIGGER refused ON auth_sessions"],
    };
    for sql in statements {
        execute(&north.server, sql).await?;
    }
    Ok(())
}

async fn a_failure_while_a_signed_in_user_joins_leaves_nothing_half_done(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let (_, token) = invited(&north, json!({ "role": "agent" })).await?;
    refuse_to_move_sessions(&north, database, true).await?;
    let failed = accept_as(&north, &stella, &token).await?;
    assert_eq!(code(failed).await?, (500, ErrorCode::Internal));
    assert_eq!(members(&north).await?.len(), 1, "she has not joined");
    let me: Me = fetch(&north.server, Method::GET, "/api/v1/me", &stella).await?;
    assert_eq!(me.workspace.name, "South");
    assert_eq!(me.workspaces.len(), 1);
    let path = "/api/v1/audit";
    let log: AuditEntries = fetch(&north.server, Method::GET, path, &north.ada_token).await?;
    let joined = |entry: &&AuditEntry| entry.action == "member.joined";
    assert_eq!(log.entries.iter().filter(joined).count(), 0);

    refuse_to_move_sessions(&north, database, false).await?;
    let joined = accept_as(&north, &stella, &token).await?;
    assert_eq!(joined.status(), 200, "the link still works");
    let me: Me = joined.json().await?;
    assert_eq!(me.workspace.name, "North");
    assert_eq!(me.workspaces.len(), 2);
    Ok(())
}

async fn an_operator_who_has_entered_a_workspace_joins_another_and_both_logs_say_so(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let carla = north.server.register("Carla", "West").await?;
    let south: Me = fetch(&north.server, Method::GET, "/api/v1/me", &stella).await?;
    let enter = format!("/api/v1/operator/workspaces/{}/enter", south.workspace.id);
    let entered = request_as(&north.server, Method::POST, &enter, &north.ada_token, None).await?;
    let ada = cookie(&entered, "deskbell_access").context("a session in South")?;
    let invited = invite(&north, &carla, json!({ "role": "agent" })).await?;
    let token = token_of(&invited.json().await?)?;
    let joined = accept_as(&north, &ada, &token).await?;
    assert_eq!(joined.status(), 200, "{}", joined.text().await?);
    let me: Me = joined.json().await?;
    assert_eq!((me.workspace.name.as_str(), me.entered), ("West", false));
    for (token, action) in [(&stella, "operator.left"), (&carla, "member.joined")] {
        let log: AuditEntries = fetch(&north.server, Method::GET, "/api/v1/audit", token).await?;
        assert!(
            log.entries.iter().any(|entry| entry.action == action),
            "{action}"
        );
    }
    Ok(())
}

/// The state of the invitation to an address, as Ada sees it.
async fn state_of(north: &North, address: &str) -> Result<InvitationState> {
    let path = "/api/v1/invitations";
    let listed: Invitations = fetch(&north.server, Method::GET, path, &north.ada_token).await?;
    let mut invitations = listed.invitations.into_iter();
    let found = invitations.find(|it| it.email.as_deref() == Some(address));
    Ok(found.context("the invitation is listed")?.state)
}

fn by_link(address: &str) -> Value {
    json!({ "role": "agent", "email": address, "show_link": true })
}

async fn a_person_who_joins_by_another_link_leaves_no_open_invitation(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let (_, hers) = invited(&north, by_link(&email("Stella"))).await?;
    invited(&north, by_link(&email("Nils"))).await?;
    let (_, other) = invited(&north, json!({ "role": "agent" })).await?;
    assert_eq!(accept_as(&north, &stella, &other).await?.status(), 200);
    assert_eq!(
        state_of(&north, &email("Stella")).await?,
        InvitationState::Accepted
    );
    assert_eq!(
        state_of(&north, &email("Nils")).await?,
        InvitationState::Open
    );
    let late = accept(&north, nora(&hers)).await?;
    assert_eq!(code(late).await?, (410, ErrorCode::LinkExpired));
    Ok(())
}

async fn an_invitation_stays_open_until_its_address_is_confirmed(database: Database) -> Result<()> {
    let (server, inbox) = TestServer::with_mail(database).await?;
    let north = North::on(server).await?;
    let body = json!({ "role": "agent", "email": email("Nora") });
    assert_eq!(invite(&north, &north.ada_token, body).await?.status(), 201);
    let (_, token) = invited(&north, json!({ "role": "agent" })).await?;
    // A stranger could do this, too.
    assert_eq!(accept(&north, nora(&token)).await?.status(), 200);
    assert_eq!(
        state_of(&north, &email("Nora")).await?,
        InvitationState::Open
    );
    let mail = inbox
        .next(&email("Nora"), "Confirm your e-mail address")
        .await?;
    let path = "/api/v1/auth/verify-email";
    let verified = north.server.post(path, json!({ "token": mail.token()? }));
    assert!(verified.await?.status().is_success());
    assert_eq!(
        state_of(&north, &email("Nora")).await?,
        InvitationState::Accepted
    );
    Ok(())
}

async fn a_member_who_changes_to_an_invited_address_leaves_no_open_invitation(
    database: Database,
) -> Result<()> {
    let (server, inbox) = TestServer::with_mail(database).await?;
    let north = North::on(server).await?;
    let body = json!({ "role": "agent", "email": email("Nora") });
    assert_eq!(invite(&north, &north.ada_token, body).await?.status(), 201);
    let change = json!({ "email": email("Nora"), "password": PASSWORD });
    let path = "/api/v1/me/email";
    let changed = request_as(
        &north.server,
        Method::POST,
        path,
        &north.ada_token,
        Some(change),
    );
    assert!(changed.await?.status().is_success());
    let mail = inbox
        .next(&email("Nora"), "Confirm your new e-mail address")
        .await?;
    let path = "/api/v1/auth/confirm-email";
    let confirmed = north.server.post(path, json!({ "token": mail.token()? }));
    assert!(confirmed.await?.status().is_success());
    assert_eq!(
        state_of(&north, &email("Nora")).await?,
        InvitationState::Accepted
    );
    Ok(())
}
