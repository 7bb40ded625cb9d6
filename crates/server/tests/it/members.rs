//! Members: their roles, and their removal.

use anyhow::{Context, Result};
use deskbell_protocol::api::workspace::invitations::Invitations;
use deskbell_protocol::api::workspace::members::{Member, Members};
use deskbell_protocol::{CloseCode, Command, ErrorCode, Event, Principal, Role, Status};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::Database;
use deskbell_testkit::socket::Socket;
use reqwest::Method;
use serde_json::json;

use crate::api::{code, fetch, request_as};
use crate::team::{id_of, invite, invited, members, remove, resend, revoke, set_role};
use crate::{North, on_both};

on_both!(
    an_agent_becomes_an_admin_and_only_an_owner_makes_owners,
    a_changed_role_or_name_reaches_each_of_the_members_sockets,
    one_owner_remains_when_all_step_down_at_once,
    a_removed_member_loses_access_and_their_conversations_wait_again,
    conversations_of_a_removed_member_are_reassigned_and_announced,
    members_of_another_workspace_cannot_be_found_changed_or_removed,
);

async fn an_agent_becomes_an_admin_and_only_an_owner_makes_owners(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let (ada_id, ben_id) = (id_of(&north, "Ada").await?, id_of(&north, "Ben").await?);
    assert_eq!(
        set_role(&north, &ben, ben_id, "admin").await?.status(),
        403,
        "not their own"
    );
    let made = set_role(&north, &north.ada_token, ben_id, "admin").await?;
    assert_eq!(made.json::<Member>().await?.role, Role::Admin);
    for (user, role) in [(ben_id, "owner"), (ada_id, "agent")] {
        let refused = set_role(&north, &ben, user, role).await?;
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
                request_as(server, Method::PATCH, path, &token, Some(rename.clone())).await?
            }
        };
        assert_eq!(done.status(), 200);
        for socket in [&mut ben.socket, &mut ben_elsewhere.socket] {
            let change = next_own_change(socket).await?;
            assert_eq!(change, (role, name.to_owned()));
        }
    }
    for person in [&mut ada, &mut vera] {
        person.socket.request(Command::Ping).await?;
        let mut received = person.socket.received.iter();
        assert!(!received.any(|text| text.contains("you_changed")));
    }
    Ok(())
}

/// The next principal that an agent's socket receives.
async fn next_own_change(socket: &mut Socket) -> Result<(Role, String)> {
    loop {
        let news = socket.next_event().await?.context("an open socket")?;
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
    ada.socket.request(SNAPSHOT).await?;
    let conversation_id = vera.start("Hello?").await?.id;
    vera.follow(conversation_id, None).await?;
    ben.change(Command::Claim { conversation_id }).await?;
    ben.send_message(conversation_id, "I am on it.").await?;
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
    let me = request_as(&north.server, Method::GET, "/api/v1/me", &token, None).await?;
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
    let messages = vera.follow(conversation_id, None).await?;
    let last = messages.last().context("a message")?;
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
    let all: Members = fetch(&north.server, Method::GET, "/api/v1/members", &stella).await?;
    assert_eq!(all.members.len(), 1);
    let (invitation, _) = invited(&north, json!({ "role": "agent" })).await?;
    let revoked = revoke(&north, &stella, invitation.id).await?;
    assert_eq!(revoked.status(), 404);
    let resent = resend(&north, &stella, invitation.id).await?;
    assert_eq!(resent.status(), 404);
    let theirs: Invitations =
        fetch(&north.server, Method::GET, "/api/v1/invitations", &stella).await?;
    assert!(theirs.invitations.is_empty());
    Ok(())
}
