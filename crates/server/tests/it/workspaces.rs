//! Members, invitations and going from one workspace to another.

use anyhow::{Context, Result};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::workspace::invitations::{
    Invitation, InvitationState, InvitationView, Invitations,
};
use deskbell_protocol::api::workspace::members::{Member, Members};
use deskbell_protocol::api::workspace::{IpMode, Workspace};
use deskbell_protocol::{
    CloseCode, Command, ErrorCode, Event, Principal, Role, Status, UserId, WorkspaceId,
};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::{Database, PASSWORD, TestServer, cookie, email};
use deskbell_testkit::socket::Socket;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::{asked, code, told};
use crate::{North, on_both};

on_both!(
    admins_rename_the_workspace_and_agents_only_read_it,
    an_agent_becomes_an_admin_and_only_an_owner_makes_owners,
    a_changed_role_or_name_reaches_each_of_the_members_sockets,
    one_owner_remains_when_all_step_down_at_once,
    a_removed_member_loses_access_and_their_conversations_wait_again,
    conversations_of_a_removed_member_are_reassigned_and_announced,
    members_of_another_workspace_cannot_be_found_changed_or_removed,
    a_new_user_accepts_an_invitation_once,
    a_revoked_replaced_or_unknown_invitation_is_refused,
    a_user_joins_a_second_workspace_and_switches_between_both,
    an_invitation_to_an_address_is_for_that_address_only,
    accepting_an_invitation_validates_every_field_and_creates_no_second_account,
    one_of_two_concurrent_acceptances_of_a_link_succeeds,
    a_mailed_invitation_is_for_its_addressee_and_verifies_the_address,
    a_link_that_was_shown_does_not_verify_an_address,
);

pub(crate) async fn members(north: &North) -> Result<Vec<Member>> {
    let all: Members = told(
        &north.server,
        Method::GET,
        "/api/v1/members",
        &north.ada_token,
    )
    .await?;
    Ok(all.members)
}

pub(crate) async fn id_of(north: &North, name: &str) -> Result<UserId> {
    let members = members(north).await?;
    let member = members.iter().find(|member| member.name == name);
    Ok(member.context("a member")?.user_id)
}

pub(crate) async fn set_role(north: &North, by: &str, who: UserId, role: &str) -> Result<Response> {
    let path = format!("/api/v1/members/{who}");
    asked(
        &north.server,
        Method::PATCH,
        &path,
        by,
        Some(json!({ "role": role })),
    )
    .await
}

pub(crate) async fn remove(north: &North, by: &str, who: UserId, query: &str) -> Result<Response> {
    let path = format!("/api/v1/members/{who}{query}");
    asked(&north.server, Method::DELETE, &path, by, None).await
}

pub(crate) async fn invite(north: &North, by: &str, body: Value) -> Result<Response> {
    asked(
        &north.server,
        Method::POST,
        "/api/v1/invitations",
        by,
        Some(body),
    )
    .await
}

/// An invitation by Ada, and the token of its link.
pub(crate) async fn invited(north: &North, body: Value) -> Result<(Invitation, String)> {
    let response = invite(north, &north.ada_token, body).await?;
    assert_eq!(response.status(), 201, "{}", response.text().await?);
    let invitation: Invitation = response.json().await?;
    let token = token_of(&invitation)?;
    Ok((invitation, token))
}

pub(crate) fn token_of(invitation: &Invitation) -> Result<String> {
    let link = invitation.link.as_deref().context("a link")?;
    let (_, token) = link.split_once("/app/invitation#").context("behind #")?;
    Ok(token.to_owned())
}

pub(crate) async fn accept(north: &North, body: Value) -> Result<Response> {
    north
        .server
        .post("/api/v1/auth/accept-invitation", body)
        .await
}

pub(crate) async fn accept_as(north: &North, by: &str, token: &str) -> Result<Response> {
    let path = "/api/v1/auth/accept-invitation";
    asked(
        &north.server,
        Method::POST,
        path,
        by,
        Some(json!({ "token": token })),
    )
    .await
}

pub(crate) fn nora(token: &str) -> Value {
    json!({ "token": token, "name": "Nora", "email": email("Nora"), "password": PASSWORD })
}

pub(crate) async fn switch(north: &North, by: &str, to: WorkspaceId) -> Result<Response> {
    let body = json!({ "workspace_id": to });
    asked(
        &north.server,
        Method::POST,
        "/api/v1/auth/switch-workspace",
        by,
        Some(body),
    )
    .await
}

async fn admins_rename_the_workspace_and_agents_only_read_it(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let path = "/api/v1/workspace";
    let body = json!({ "name": "Far north", "ip_mode": "truncated" });
    let refused = asked(&north.server, Method::PATCH, path, &ben, Some(body.clone())).await?;
    assert_eq!(refused.status(), 403);
    let set = asked(
        &north.server,
        Method::PATCH,
        path,
        &north.ada_token,
        Some(body),
    )
    .await?;
    assert_eq!(set.status(), 200);
    let seen: Workspace = told(&north.server, Method::GET, path, &ben).await?;
    assert_eq!(
        (seen.name.as_str(), seen.ip_mode),
        ("Far north", IpMode::Truncated)
    );
    assert!(seen.limits.iter().all(|limit| limit.most.is_none()));
    let empty = asked(
        &north.server,
        Method::PATCH,
        path,
        &north.ada_token,
        Some(json!({ "name": " \n" })),
    )
    .await?;
    assert_eq!(empty.status(), 422);
    let body = Some(json!({ "ip_mode": "hashed" }));
    let unknown = asked(&north.server, Method::PATCH, path, &north.ada_token, body).await?;
    assert_eq!(unknown.status(), 422);
    Ok(())
}

async fn an_agent_becomes_an_admin_and_only_an_owner_makes_owners(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let (ada_id, ben_id) = (id_of(&north, "Ada").await?, id_of(&north, "Ben").await?);
    assert_eq!(
        set_role(&north, &ben, ben_id, "admin").await?.status(),
        403,
        "not oneself"
    );
    let made = set_role(&north, &north.ada_token, ben_id, "admin").await?;
    assert_eq!(made.json::<Member>().await?.role, Role::Admin);
    for (who, role) in [(ben_id, "owner"), (ada_id, "agent")] {
        let refused = set_role(&north, &ben, who, role).await?;
        assert_eq!(refused.status(), 403, "{role}");
    }
    assert_eq!(remove(&north, &ben, ada_id, "").await?.status(), 403);
    for role in ["visitor", "system", "operator", "king"] {
        let refused = set_role(&north, &north.ada_token, ben_id, role).await?;
        assert_eq!(refused.status(), 422, "{role}");
    }
    let refused = invite(&north, &ben, json!({ "role": "owner" })).await?;
    assert_eq!(refused.status(), 403);
    Ok(())
}

async fn a_changed_role_or_name_reaches_each_of_the_members_sockets(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let token = server.add_agent("Ben", "Ada").await?;
    let id = id_of(&north, "Ben").await?;
    let (mut ben, mut ben_elsewhere) = (
        Person::connect(server, &token).await?,
        Person::connect(server, &token).await?,
    );
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let rename = json!({ "name": "Benjamin" });
    for (role, name) in [
        (Role::Admin, "Ben"),
        (Role::Agent, "Ben"),
        (Role::Agent, "Benjamin"),
    ] {
        let done = match name {
            "Ben" => set_role(&north, &north.ada_token, id, role.as_str()).await?,
            _ => {
                let path = "/api/v1/me";
                asked(server, Method::PATCH, path, &token, Some(rename.clone())).await?
            }
        };
        assert_eq!(done.status(), 200);
        for socket in [&mut ben.socket, &mut ben_elsewhere.socket] {
            let told = hear_of_oneself(socket).await?;
            assert_eq!(told, (role, name.to_owned()));
        }
    }
    for person in [&mut ada, &mut vera] {
        person.socket.ask(Command::Ping).await?;
        let mut heard = person.socket.heard.iter();
        assert!(!heard.any(|text| text.contains("you_changed")));
    }
    Ok(())
}

/// What an agent is told to be, as soon as that is told.
async fn hear_of_oneself(socket: &mut Socket) -> Result<(Role, String)> {
    loop {
        let news = socket.next_news().await?.context("an open socket")?;
        if let Event::YouChanged {
            you: Principal::Agent { role, name, .. },
        } = news
        {
            return Ok((role, name));
        }
    }
}

async fn one_owner_remains_when_all_step_down_at_once(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let (ada_id, ben_id) = (id_of(&north, "Ada").await?, id_of(&north, "Ben").await?);
    let alone = set_role(&north, &north.ada_token, ada_id, "admin").await?;
    assert_eq!(code(alone).await?, (409, ErrorCode::Conflict));
    let alone = remove(&north, &north.ada_token, ada_id, "").await?;
    assert_eq!(code(alone).await?, (409, ErrorCode::Conflict));
    assert_eq!(
        set_role(&north, &north.ada_token, ben_id, "owner")
            .await?
            .status(),
        200
    );
    let (one, other) = tokio::join!(
        set_role(&north, &north.ada_token, ada_id, "agent"),
        set_role(&north, &ben, ben_id, "agent"),
    );
    let mut done = [one?.status().as_u16(), other?.status().as_u16()];
    done.sort_unstable();
    assert_eq!(done, [200, 409]);
    let owners = members(&north).await?;
    let owners = owners.iter().filter(|member| member.role == Role::Owner);
    assert_eq!(owners.count(), 1);
    Ok(())
}

async fn a_removed_member_loses_access_and_their_conversations_wait_again(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let token = north.server.add_agent("Ben", "Ada").await?;
    let mut ben = Person::connect(&north.server, &token).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    ada.socket.ask(SNAPSHOT).await?;
    let conversation_id = vera.start("Hello?").await?.id;
    vera.follow(conversation_id, None).await?;
    ben.change(Command::Claim { conversation_id }).await?;
    ben.say(conversation_id, "I am on it.").await?;
    let ben_id = id_of(&north, "Ben").await?;
    let refused = remove(&north, &token, ben_id, "").await?;
    assert_eq!(refused.status(), 403, "an agent removes nobody");
    assert_eq!(
        remove(&north, &north.ada_token, ben_id, "").await?.status(),
        204
    );
    assert_eq!(
        ben.socket.closed().await?,
        Some(CloseCode::Unauthenticated.code())
    );
    let me = asked(&north.server, Method::GET, "/api/v1/me", &token, None).await?;
    assert_eq!(me.status(), 401);
    for person in [&mut ada, &mut vera] {
        loop {
            let head = person.next_head().await?;
            if head.status == Status::Waiting && head.last_seq == 3 {
                assert_eq!(head.assignee, None);
                break;
            }
        }
    }
    let texts = ada.follow(conversation_id, None).await?;
    let named = texts
        .iter()
        .any(|message| format!("{:?}", message.sender).contains("Ben"));
    assert!(named, "what he wrote keeps his name");
    ada.change(Command::Claim { conversation_id }).await?;
    let again = remove(&north, &north.ada_token, ben_id, "").await?;
    assert_eq!(again.status(), 404);
    Ok(())
}

async fn conversations_of_a_removed_member_are_reassigned_and_announced(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut ben = north.ben().await?;
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("Hello?").await?.id;
    ben.change(Command::Claim { conversation_id }).await?;
    vera.follow(conversation_id, None).await?;
    let (ada_id, ben_id) = (id_of(&north, "Ada").await?, id_of(&north, "Ben").await?);
    for nobody in [
        ben_id.to_string(),
        "01932c5a-7b10-7000-8000-000000000001".to_owned(),
    ] {
        let query = format!("?hand_over_to={nobody}");
        let refused = remove(&north, &north.ada_token, ben_id, &query).await?;
        assert_eq!(code(refused).await?, (422, ErrorCode::Invalid), "{nobody}");
    }
    let query = format!("?hand_over_to={ada_id}");
    let removed = remove(&north, &north.ada_token, ben_id, &query).await?;
    assert_eq!(removed.status(), 204);
    let head = vera.next_head().await?;
    assert_eq!(
        (head.status, head.assignee.map(|agent| agent.id)),
        (Status::Active, Some(ada_id))
    );
    let said = vera.follow(conversation_id, None).await?;
    let last = said.last().context("a message")?;
    assert_eq!(
        serde_json::to_value(&last.body)?,
        json!({ "type": "joined", "name": "Ada" })
    );
    Ok(())
}

async fn members_of_another_workspace_cannot_be_found_changed_or_removed(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let ada_id = id_of(&north, "Ada").await?;
    assert_eq!(
        set_role(&north, &stella, ada_id, "agent").await?.status(),
        404
    );
    assert_eq!(remove(&north, &stella, ada_id, "").await?.status(), 404);
    let all: Members = told(&north.server, Method::GET, "/api/v1/members", &stella).await?;
    assert_eq!(all.members.len(), 1);
    let (invitation, _) = invited(&north, json!({ "role": "agent" })).await?;
    let path = format!("/api/v1/invitations/{}", invitation.id);
    let revoked = asked(&north.server, Method::DELETE, &path, &stella, None).await?;
    assert_eq!(revoked.status(), 404);
    let resent = asked(
        &north.server,
        Method::POST,
        &format!("{path}/resend"),
        &stella,
        None,
    )
    .await?;
    assert_eq!(resent.status(), 404);
    let theirs: Invitations =
        told(&north.server, Method::GET, "/api/v1/invitations", &stella).await?;
    assert!(theirs.invitations.is_empty());
    Ok(())
}

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
    nora_here.socket.ask(SNAPSHOT).await?;

    let mut again = nora(&token);
    again["email"] = "other@north.example".into();
    assert_eq!(
        code(accept(&north, again).await?).await?,
        (410, ErrorCode::LinkExpired)
    );
    let listed: Invitations = told(
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

async fn a_revoked_replaced_or_unknown_invitation_is_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (invitation, first) = invited(&north, json!({ "role": "agent" })).await?;
    let path = format!("/api/v1/invitations/{}", invitation.id);
    let resent = asked(
        &north.server,
        Method::POST,
        &format!("{path}/resend"),
        &north.ada_token,
        None,
    )
    .await?;
    let second = token_of(&resent.json().await?)?;
    assert_eq!(
        accept(&north, nora(&first)).await?.status(),
        410,
        "replaced"
    );
    let revoked = asked(&north.server, Method::DELETE, &path, &north.ada_token, None).await?;
    assert_eq!(revoked.status(), 204);
    assert_eq!(
        code(accept(&north, nora(&second)).await?).await?,
        (410, ErrorCode::LinkExpired)
    );
    let resent = asked(
        &north.server,
        Method::POST,
        &format!("{path}/resend"),
        &north.ada_token,
        None,
    )
    .await?;
    assert_eq!(resent.status(), 410);
    for unknown in ["", "no-token", "' OR 1=1 --"] {
        assert_eq!(accept(&north, nora(unknown)).await?.status(), 410);
        let view = north
            .server
            .post("/api/v1/auth/invitation", json!({ "token": unknown }))
            .await?;
        assert_eq!(view.status(), 410);
    }
    let (_, late) = invited(&north, json!({ "role": "agent" })).await?;
    crate::api::execute(
        &north.server,
        "UPDATE invitations SET expires_at = 1 WHERE revoked_at IS NULL",
    )
    .await?;
    assert_eq!(
        code(accept(&north, nora(&late)).await?).await?,
        (410, ErrorCode::LinkExpired)
    );
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
    let old = asked(&north.server, Method::GET, "/api/v1/me", &stella, None).await?;
    assert_eq!(old.status(), 401);

    let south = me.workspaces[0].id;
    let back = switch(&north, &in_north, south).await?;
    let in_south = cookie(&back, "deskbell_access").context("cookies")?;
    let me: Me = told(&north.server, Method::GET, "/api/v1/me", &in_south).await?;
    assert_eq!((me.workspace.id, me.workspace.role), (south, Role::Owner));
    let again = accept_as(&north, &in_south, &token).await?;
    assert_eq!(again.status(), 410, "accepted once");

    let ada: Me = told(&north.server, Method::GET, "/api/v1/me", &north.ada_token).await?;
    let token = json!({ "name": "Reports", "scopes": ["conversations:read"] });
    let path = "/api/v1/tokens";
    let token = asked(&north.server, Method::POST, path, &in_south, Some(token)).await?;
    let token: Value = token.json().await?;
    let secret = token["secret"].as_str().context("a secret")?;
    let program: Me = told(&north.server, Method::GET, "/api/v1/me", secret).await?;
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

async fn an_invitation_to_an_address_is_for_that_address_only(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let body = json!({ "role": "agent", "email": " Nora@North.example ", "show_link": true });
    let (invitation, token) = invited(&north, body).await?;
    assert_eq!(invitation.email.as_deref(), Some("nora@north.example"));
    assert_eq!(accept_as(&north, &stella, &token).await?.status(), 403);
    let mut body = nora(&token);
    body["email"] = "somebody.else@north.example".into();
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
    let path = format!("/api/v1/invitations/{}/resend", made.id);
    let again = asked(&north.server, Method::POST, &path, &north.ada_token, None).await?;
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
    let letter = inbox
        .next(&email("Nora"), "Confirm your e-mail address")
        .await?;
    let refused = sign_in(&north, PASSWORD).await?;
    assert_eq!(code(refused).await?.1, ErrorCode::EmailNotVerified);
    let mallory = json!({
        "name": "Mallory", "email": email("Nora"), "password": "Other-2-bells", "workspace": "Mine",
    });
    let registered = north.server.post("/api/v1/auth/register", mallory).await?;
    assert!(registered.status().is_success(), "they are told nothing");
    let seen: Workspace = told(
        &north.server,
        Method::GET,
        "/api/v1/workspace",
        &north.ada_token,
    )
    .await?;
    assert_eq!(seen.name, "North");
    let verified = json!({ "token": letter.token()? });
    let verified = north
        .server
        .post("/api/v1/auth/verify-email", verified)
        .await?;
    assert!(verified.status().is_success(), "{}", verified.text().await?);
    assert_eq!(sign_in(&north, "Other-2-bells").await?.status(), 401);
    assert_eq!(sign_in(&north, PASSWORD).await?.status(), 200);
    Ok(())
}
