//! Changes of access: maintenance, suspension, switching workspaces and joining.

use anyhow::{Context, Result};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::platform::audit::AuditEntries;
use deskbell_protocol::api::workspace::invitations::{Invitation, InvitationState, Invitations};
use deskbell_protocol::api::workspace::tokens::CreatedToken;
use deskbell_protocol::{ErrorCode, Role, WorkspaceId};
use deskbell_testkit::people::Person;
use deskbell_testkit::server::{Database, PASSWORD, TestServer, cookie, email};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::{code, fetch, request_as};
use crate::team::{
    accept, accept_as, id_of, invite, invited, nora, remove, resend, set_role, switch, token_of,
};
use crate::two_factor::enable_second_factor;
use crate::{North, on_both};

on_both!(
    a_refresh_token_refused_during_maintenance_works_later,
    a_session_that_moves_keeps_its_one_refresh_token,
    a_member_of_a_suspended_workspace_can_switch_to_another,
    a_user_without_workspaces_joins_one_with_their_password,
    joining_with_a_password_requires_the_second_factor,
    invitations_end_when_their_inviter_loses_the_role,
    invitation_mails_of_a_workspace_are_limited,
    the_owner_of_a_mailed_link_takes_over_an_account_registered_by_a_stranger,
);

/// The two cookies of a session.
struct SessionCookies {
    access: String,
    refresh: String,
}

impl SessionCookies {
    fn of(response: &Response) -> Result<Self> {
        Ok(Self {
            access: cookie(response, "deskbell_access").context("an access cookie")?,
            refresh: cookie(response, "deskbell_refresh").context("a refresh cookie")?,
        })
    }
}

async fn sign_in(north: &North, name: &str) -> Result<Response> {
    let body = json!({ "email": email(name), "password": PASSWORD });
    north.server.post("/api/v1/auth/sign-in", body).await
}

async fn refresh(north: &North, token: &str) -> Result<Response> {
    let request = north
        .server
        .request(Method::POST, "/api/v1/auth/refresh")
        .header("x-deskbell", "1");
    let request = request.header("cookie", format!("deskbell_refresh={token}"));
    Ok(request.send().await?)
}

/// A request of Ada, who is the operator.
async fn operate(north: &North, method: Method, path: &str, body: Value) -> Result<()> {
    let path = format!("/api/v1/operator/{path}");
    let done = request_as(&north.server, method, &path, &north.ada_token, Some(body)).await?;
    anyhow::ensure!(done.status().is_success(), "{}", done.text().await?);
    Ok(())
}

/// A new user with this link.
fn new(token: &str, name: &str) -> Value {
    json!({ "token": token, "name": name, "email": email(name), "password": PASSWORD })
}

async fn suspend(north: &North, workspace: WorkspaceId) -> Result<()> {
    let path = format!("workspaces/{workspace}/suspend");
    operate(north, Method::POST, &path, json!({ "reason": "Unpaid" })).await
}

async fn a_refresh_token_refused_during_maintenance_works_later(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    north.server.register("Stella", "South").await?;
    let stella = SessionCookies::of(&sign_in(&north, "Stella").await?)?;
    let closed = json!({ "on": true, "message": "Back at noon" });
    operate(&north, Method::PUT, "maintenance", closed).await?;
    let refused = refresh(&north, &stella.refresh).await?;
    assert_eq!(code(refused).await?, (503, ErrorCode::Maintenance));
    operate(&north, Method::PUT, "maintenance", json!({ "on": false })).await?;
    let next = SessionCookies::of(&refresh(&north, &stella.refresh).await?)?;
    assert_eq!(refresh(&north, &next.refresh).await?.status(), 200);
    assert_eq!(
        refresh(&north, &stella.refresh).await?.status(),
        401,
        "once"
    );
    Ok(())
}

async fn a_session_that_moves_keeps_its_one_refresh_token(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let me: Me = fetch(&north.server, Method::GET, "/api/v1/me", &stella).await?;
    let first = SessionCookies::of(&sign_in(&north, "Stella").await?)?;
    let (_, token) = invited(&north, json!({ "role": "agent" })).await?;
    let joined = accept_as(&north, &first.access, &token).await?;
    let access = cookie(&joined, "deskbell_access").context("her token in North")?;
    assert_eq!(cookie(&joined, "deskbell_refresh"), None, "no second one");

    let renewed = refresh(&north, &first.refresh).await?;
    let next = SessionCookies::of(&renewed)?;
    let here: Me = renewed.json().await?;
    assert_eq!(here.workspace.name, "North", "where the session is now");
    let back = switch(&north, &access, me.workspace.id).await?;
    assert_eq!(cookie(&back, "deskbell_refresh"), None);
    let renewed: Me = refresh(&north, &next.refresh).await?.json().await?;
    assert_eq!(renewed.workspace.name, "South");
    assert_eq!(
        refresh(&north, &first.refresh).await?.status(),
        401,
        "an old one indicates a theft"
    );
    Ok(())
}

async fn a_member_of_a_suspended_workspace_can_switch_to_another(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let me: Me = fetch(&north.server, Method::GET, "/api/v1/me", &stella).await?;
    let south = me.workspace.id;
    let (_, token) = invited(&north, json!({ "role": "agent" })).await?;
    let signed_in = SessionCookies::of(&sign_in(&north, "Stella").await?)?;
    let joined = accept_as(&north, &signed_in.access, &token).await?;
    let joined = cookie(&joined, "deskbell_access").context("joined")?;
    let in_south = switch(&north, &joined, south).await?;
    let in_south = cookie(&in_south, "deskbell_access").context("back home")?;
    suspend(&north, south).await?;

    let me: Me = fetch(&north.server, Method::GET, "/api/v1/me", &in_south).await?;
    assert!(me.workspace.suspended);
    assert_eq!(me.workspace.suspended_for, "Unpaid", "she sees why");
    let places = me.workspaces.iter();
    let reasons: Vec<_> = places.map(|it| it.suspended_for.as_str()).collect();
    assert_eq!(reasons, ["Unpaid", ""], "and in the list of her workspaces");
    let open: Vec<_> = me.workspaces.iter().filter(|it| !it.suspended).collect();
    assert_eq!(open.len(), 1);
    let path = "/api/v1/sites";
    let refused = request_as(&north.server, Method::GET, path, &in_south, None).await?;
    assert_eq!(
        code(refused).await?,
        (403, ErrorCode::WorkspaceSuspended),
        "but does nothing in it"
    );
    let renewed = SessionCookies::of(&refresh(&north, &signed_in.refresh).await?)?;
    let in_north = switch(&north, &renewed.access, open[0].id).await?;
    let in_north = cookie(&in_north, "deskbell_access").context("switched")?;
    let back = switch(&north, &in_north, south).await?;
    assert_eq!(
        code(back).await?,
        (403, ErrorCode::WorkspaceSuspended),
        "and nobody goes there"
    );
    let me: Me = sign_in(&north, "Stella").await?.json().await?;
    assert_eq!(
        me.workspace.name, "North",
        "not her oldest, which is closed"
    );

    let path = format!("workspaces/{south}/resume");
    operate(&north, Method::POST, &path, Value::Null).await?;
    let me: Me = sign_in(&north, "Stella").await?.json().await?;
    assert_eq!(me.workspace.name, "North", "where she was last");
    assert_eq!(switch(&north, &in_north, south).await?.status(), 200);
    let me: Me = sign_in(&north, "Stella").await?.json().await?;
    assert_eq!(me.workspace.name, "South");
    Ok(())
}

async fn a_user_without_workspaces_joins_one_with_their_password(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    north.server.add_agent("Ben", "Ada").await?;
    let ben = id_of(&north, "Ben").await?;
    let removed = remove(&north, &north.ada_token, ben, "").await?;
    assert_eq!(removed.status(), 204);
    let refused = sign_in(&north, "Ben").await?;
    assert_eq!(code(refused).await?, (403, ErrorCode::Forbidden));

    let (_, token) = invited(&north, json!({ "role": "agent" })).await?;
    let with = |password: &str, name: &str| json!({ "token": token, "email": email(name), "password": password });
    for (password, name) in [("Other-2-bells", "Ben"), (PASSWORD, "Nobody")] {
        let refused = accept(&north, with(password, name)).await?;
        assert_eq!(
            code(refused).await?,
            (401, ErrorCode::BadCredentials),
            "{name}"
        );
    }
    let joined = accept(&north, with(PASSWORD, "Ben")).await?;
    assert_eq!(joined.status(), 200);
    let me: Me = joined.json().await?;
    assert_eq!((me.user_id, me.workspace.role), (ben, Role::Agent));
    assert_eq!(sign_in(&north, "Ben").await?.status(), 200);
    Ok(())
}

async fn joining_with_a_password_requires_the_second_factor(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let (phone, _) = enable_second_factor(&north.server, &stella).await?;
    let (_, token) = invited(&north, json!({ "role": "agent" })).await?;
    let with = |code: Option<String>| json!({ "token": token, "email": email("Stella"), "password": PASSWORD, "code": code });
    let refused = accept(&north, with(None)).await?;
    assert_eq!(code(refused).await?, (401, ErrorCode::SecondFactorRequired));
    let wrong = accept(&north, with(Some("000000".to_owned()))).await?;
    assert_eq!(wrong.status(), 401);
    let joined = accept(&north, with(Some(phone.code(1)))).await?;
    assert_eq!(joined.status(), 200, "{}", joined.text().await?);
    Ok(())
}

async fn invitations_end_when_their_inviter_loses_the_role(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let token = north.server.add_agent("Nora", "Ada").await?;
    let nora_id = id_of(&north, "Nora").await?;
    let ada = &north.ada_token;
    let link = async |by: &str, role: &str| -> Result<String> {
        let made = invite(&north, by, json!({ "role": role })).await?;
        token_of(&made.json::<Invitation>().await?)
    };
    set_role(&north, ada, nora_id, "owner").await?;
    let (as_owner, as_admin) = (link(&token, "owner").await?, link(&token, "admin").await?);
    let by_ada = link(ada, "owner").await?;
    set_role(&north, ada, nora_id, "admin").await?;
    let refused = accept(&north, nora(&as_owner)).await?;
    assert_eq!(code(refused).await?, (410, ErrorCode::LinkExpired));
    let fine = accept(&north, new(&as_admin, "Nils")).await?;
    assert_eq!(fine.status(), 200, "admins invite admins");

    let back_door = link(&token, "admin").await?;
    let removed = remove(&north, ada, nora_id, "").await?;
    assert_eq!(removed.status(), 204);
    let with_account = json!({ "token": back_door, "email": email("Nora"), "password": PASSWORD });
    let refused = accept(&north, with_account).await?;
    assert_eq!(code(refused).await?, (410, ErrorCode::LinkExpired));
    let path = "/api/v1/invitations";
    let all: Invitations = fetch(&north.server, Method::GET, path, ada).await?;
    let states: Vec<_> = all.invitations.iter().map(|it| it.state).collect();
    assert_eq!(
        states,
        [
            InvitationState::Revoked,
            InvitationState::Open,
            InvitationState::Accepted,
            InvitationState::Revoked,
        ]
    );

    let nils = SessionCookies::of(&sign_in(&north, "Nils").await?);
    assert!(nils.is_err(), "his address is not confirmed");
    let of_nils = id_of(&north, "Nils").await?;
    crate::api::execute(
        &north.server,
        "UPDATE users SET email_verified_at = 1 WHERE name = 'Nils'",
    )
    .await?;
    let nils = SessionCookies::of(&sign_in(&north, "Nils").await?)?.access;
    let by_nils = link(&nils, "agent").await?;
    let path = format!("users/{of_nils}/suspend");
    operate(&north, Method::POST, &path, Value::Null).await?;
    let refused = accept(&north, new(&by_nils, "Nick")).await?;
    assert_eq!(code(refused).await?, (410, ErrorCode::LinkExpired));
    assert_eq!(accept(&north, new(&by_ada, "Nick")).await?.status(), 200);
    Ok(())
}

async fn invitation_mails_of_a_workspace_are_limited(database: Database) -> Result<()> {
    let limits = "mails_by_recipient=2/h, mails_by_workspace=3/h";
    let (server, inbox) = TestServer::with_mail_and_limits(database, limits).await?;
    let north = North::on(server).await?;
    let to = |name: &str| json!({ "role": "agent", "email": email(name) });
    let made = invite(&north, &north.ada_token, to("Nora")).await?;
    let made: Invitation = made.json().await?;
    let again = resend(&north, &north.ada_token, made.id).await?;
    assert_eq!(again.status(), 200);
    let refused = resend(&north, &north.ada_token, made.id).await?;
    assert_eq!(code(refused).await?, (429, ErrorCode::RateLimited));
    let refused = invite(&north, &north.ada_token, to("Nils")).await?;
    assert_eq!(
        code(refused).await?,
        (429, ErrorCode::RateLimited),
        "three were requested"
    );
    for _ in 0..2 {
        inbox.next(&email("Nora"), "Join North").await?;
    }
    let shown = json!({ "role": "agent" });
    let shown = invite(&north, &north.ada_token, shown).await?;
    assert_eq!(shown.status(), 201, "what is not sent is not counted");
    Ok(())
}

async fn the_owner_of_a_mailed_link_takes_over_an_account_registered_by_a_stranger(
    database: Database,
) -> Result<()> {
    let (server, inbox) = TestServer::with_mail(database).await?;
    let north = North::on(server).await?;
    let post = async |path: &str, body: Value| {
        let path = format!("/api/v1/auth/{path}");
        north.server.post(&path, body).await
    };
    let stella = json!({ "name": "Stella", "email": email("Stella"), "password": PASSWORD, "workspace": "South" });
    assert_eq!(post("register", stella).await?.status(), 202);
    let subject = "Confirm your e-mail address";
    let mail = inbox.next(&email("Stella"), subject).await?;
    let link = json!({ "token": mail.token()? });
    assert_eq!(post("verify-email", link).await?.status(), 204);
    let stella = SessionCookies::of(&sign_in(&north, "Stella").await?)?.access;

    let shown = invite(&north, &stella, json!({ "role": "admin" })).await?;
    let shown = token_of(&shown.json::<Invitation>().await?)?;
    let mallory = json!({ "token": shown, "name": "Mallory", "email": email("Nora"), "password": "Other-2-bells" });
    let mallory = SessionCookies::of(&accept(&north, mallory).await?)?.access;
    let path = "/api/v1/tokens";
    let made = json!({ "name": "Reports", "scopes": ["conversations:read"] });
    let made = request_as(&north.server, Method::POST, path, &mallory, Some(made)).await?;
    let made: CreatedToken = made.json().await?;
    let mut listens = Person::connect(&north.server, &mallory).await?;
    let by_mallory = invite(&north, &mallory, json!({ "role": "admin" })).await?;
    let by_mallory = token_of(&by_mallory.json::<Invitation>().await?)?;

    let to = |name: &str| json!({ "role": "agent", "email": email(name) });
    invite(&north, &north.ada_token, to("Nora")).await?;
    let token = inbox.next(&email("Nora"), "Join North").await?.token()?;
    let joined = accept(&north, nora(&token)).await?;
    assert_eq!(joined.status(), 200, "{}", joined.text().await?);
    let access = SessionCookies::of(&joined)?.access;
    let me: Me = joined.json().await?;
    assert_eq!(
        (me.name.as_str(), me.workspace.name.as_str()),
        ("Nora", "North")
    );

    listens.socket.closed().await?;
    for gone in [&mallory, &made.secret] {
        let path = "/api/v1/conversations";
        let refused = request_as(&north.server, Method::GET, path, gone, None).await?;
        assert_eq!(refused.status(), 401);
    }
    let old = json!({ "email": email("Nora"), "password": "Other-2-bells" });
    assert_eq!(post("sign-in", old).await?.status(), 401);
    assert_eq!(
        accept(&north, new(&by_mallory, "Mallory")).await?.status(),
        410
    );
    let log: AuditEntries = fetch(&north.server, Method::GET, "/api/v1/audit", &stella).await?;
    assert!(
        log.entries
            .iter()
            .any(|entry| entry.action == "account.password_reset")
    );
    let me: Me = fetch(&north.server, Method::GET, "/api/v1/me", &access).await?;
    assert_eq!(me.email, email("Nora"));
    assert_eq!(sign_in(&north, "Nora").await?.status(), 200);

    invite(&north, &north.ada_token, to("Stella")).await?;
    let token = inbox.next(&email("Stella"), "Join North").await?.token()?;
    let mut mistaken = new(&token, "Stella");
    mistaken["password"] = "Other-2-bells".into();
    let refused = accept(&north, mistaken).await?;
    assert_eq!(
        code(refused).await?,
        (401, ErrorCode::BadCredentials),
        "hers is confirmed"
    );
    Ok(())
}
