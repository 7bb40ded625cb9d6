//! Account deletion: users whom an operator deletes, and expired registrations.

use std::time::Duration;

use anyhow::{Context, Result};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::platform::audit::{AuditEntries, Via};
use deskbell_protocol::api::platform::operator::OperatedUsers;
use deskbell_protocol::api::workspace::members::Members;
use deskbell_protocol::api::workspace::tokens::CreatedToken;
use deskbell_protocol::{Command, ErrorBody, ErrorCode, Sender, Status, UserId, WorkspaceId};
use deskbell_store::platform::audit;
use deskbell_store::workspace::limits;
use deskbell_store::{Store, Tx};
use deskbell_testkit::people::Person;
use deskbell_testkit::server::{Database, PASSWORD, email};
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use crate::team::{accept_as, invited};
use crate::{North, on_both};

on_both!(
    a_deleted_user_is_erased_and_their_messages_stay,
    the_only_owner_of_a_workspace_is_not_deleted,
    only_operators_delete_users_and_not_themselves,
    an_unconfirmed_registration_is_deleted,
    a_user_who_is_being_deleted_cannot_join_a_workspace,
    concurrent_deletion_and_suspension_do_not_deadlock,
);

/// The number of requests that wait for a row lock.
const WAITING: &str = "SELECT COUNT(*) FROM pg_stat_activity \
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Waits until this many requests wait on Postgres. SQLite has a single writer anyway.
async fn until_waiting(store: &Store, database: Database, requests: i64) -> Result<()> {
    let wait = async {
        while database == Database::Postgres && store.count(WAITING).await? < requests {
            tokio::task::yield_now().await;
        }
        anyhow::Ok(())
    };
    timeout(Duration::from_secs(20), wait).await?
}

impl North {
    async fn request(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Value,
    ) -> Result<Response> {
        let request = self.server.request(method, &format!("/api/v1/{path}"));
        Ok(request.bearer_auth(token).json(&body).send().await?)
    }

    /// A request of Ada.
    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let answer = self.request(Method::GET, path, &self.ada_token, Value::Null);
        Ok(answer.await?.error_for_status()?.json().await?)
    }

    async fn users(&self, name: &str) -> Result<Vec<UserId>> {
        let path = format!("operator/users?search={name}");
        let found: OperatedUsers = self.get(&path).await?;
        Ok(found.users.iter().map(|user| user.id).collect())
    }

    /// Ada deletes a user whose address she knows.
    async fn delete(&self, user: UserId, name: &str) -> Result<Response> {
        let path = format!("operator/users/{user}/delete");
        let body = json!({ "email": email(name) });
        self.request(Method::POST, &path, &self.ada_token, body)
            .await
    }

    async fn sign_in(&self, name: &str) -> Result<Response> {
        let body = json!({ "email": email(name), "password": PASSWORD });
        self.server.post("/api/v1/auth/sign-in", body).await
    }
}

async fn let_go(held: Option<Tx>) -> Result<()> {
    if let Some(tx) = held {
        tx.commit().await?;
    }
    Ok(())
}

async fn a_deleted_user_is_erased_and_their_messages_stay(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let token = north.server.add_agent("Ben", "Ada").await?;
    let store = north.server.store().await?;
    let admin = "UPDATE memberships SET role = 'admin' WHERE role = 'agent'";
    store.execute(admin).await?;
    let made = json!({ "name": "Reports", "scopes": ["conversations:read"] });
    let made = north.request(Method::POST, "tokens", &token, made).await?;
    let made: CreatedToken = made.error_for_status()?.json().await?;
    let mut ben = Person::connect(&north.server, &token).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Where is my parcel?").await?.id;
    ben.change(Command::Claim {
        conversation_id: id,
    })
    .await?;
    ben.send_message(id, "On its way.").await?;

    let user = north.users("ben").await?[0];
    let mistaken = north.delete(user, "Ada").await?;
    assert_eq!(mistaken.status(), 422);
    assert_eq!(north.delete(user, "Ben").await?.status(), 204);

    assert_eq!(ben.socket.closed().await?, Some(4501));
    for token in [&token, &made.secret] {
        let refused = north.request(Method::GET, "conversations", token, Value::Null);
        assert_eq!(refused.await?.status(), 401);
    }
    assert_eq!(north.sign_in("Ben").await?.status(), 401);
    assert_eq!(north.users("ben").await?, []);
    assert_eq!(north.users("deleted").await?, []);
    let members: Members = north.get("members").await?;
    assert_eq!(members.members.len(), 1);
    for (path, body) in [
        ("delete", json!({ "email": "deleted:" })),
        ("suspend", Value::Null),
        ("resume", Value::Null),
    ] {
        let path = format!("operator/users/{user}/{path}");
        let gone = north.request(Method::POST, &path, &north.ada_token, body);
        assert_eq!(gone.await?.status(), 404, "{path}");
    }

    let mut ada = north.ada().await?;
    let messages = ada.follow(id, None).await?;
    let last = messages.last().context("it stays")?;
    assert!(matches!(&last.sender, Sender::Agent { name, .. } if name == "Ben"));
    assert_eq!(ada.head(id).await?.status, Status::Waiting);

    let inside: AuditEntries = north.get("audit?limit=1").await?;
    let removed = &inside.entries[0];
    assert_eq!(removed.action, "member.removed");
    assert_eq!(removed.actor.via, Via::Operator);
    assert_eq!(
        removed.details,
        json!({ "conversations": 1, "account_deleted": true })
    );
    let outside: AuditEntries = north.get("operator/audit?limit=1").await?;
    assert_eq!(outside.entries[0].action, "user.deleted");
    assert_eq!(outside.entries[0].target.name, "Ben");

    for (table, of) in [
        ("users", "email LIKE '%ben%' OR name = 'Ben'"),
        ("auth_sessions", "TRUE"),
        ("refresh_tokens", "TRUE"),
        ("api_tokens", "TRUE"),
        ("links", "TRUE"),
        ("mails", "recipient LIKE 'ben%'"),
        ("seen_markers", "TRUE"),
    ] {
        let user_id = match table {
            "auth_sessions" | "api_tokens" | "links" | "seen_markers" => {
                "user_id IN (SELECT id FROM users WHERE deleted_at IS NOT NULL)"
            }
            "refresh_tokens" => "session_id NOT IN (SELECT id FROM auth_sessions)",
            _ => "TRUE",
        };
        let rows = format!("SELECT COUNT(*) FROM {table} WHERE ({of}) AND {user_id}");
        assert_eq!(store.count(&rows).await?, 0, "{table}");
    }
    store.close().await;
    north.server.register("Ben", "Another place").await?;
    Ok(())
}

async fn the_only_owner_of_a_workspace_is_not_deleted(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let user = north.users("stella").await?[0];
    let refused = north.delete(user, "Stella").await?;
    assert_eq!(refused.status(), 409);
    let error: ErrorBody = refused.json().await?;
    assert_eq!(error.code, ErrorCode::Conflict);
    assert!(error.message.contains("South"), "{}", error.message);
    let me = north
        .request(Method::GET, "me", &stella, Value::Null)
        .await?;
    assert_eq!(me.status(), 200, "nothing has happened to her");

    north.server.add_agent("Sven", "Stella").await?;
    let store = north.server.store().await?;
    store
        .execute("UPDATE memberships SET role = 'owner' WHERE role = 'agent'")
        .await?;
    store.close().await;
    assert_eq!(north.delete(user, "Stella").await?.status(), 204);
    assert_eq!(north.sign_in("Sven").await?.status(), 200);
    Ok(())
}

async fn only_operators_delete_users_and_not_themselves(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let own = north.users("ada").await?[0];
    assert_eq!(north.delete(own, "Ada").await?.status(), 409);
    let path = format!("operator/users/{own}/delete");
    let body = json!({ "email": email("Ada") });
    let refused = north.request(Method::POST, &path, &stella, body).await?;
    assert_eq!(refused.status(), 403);
    Ok(())
}

async fn an_unconfirmed_registration_is_deleted(database: Database) -> Result<()> {
    let mut north = North::new(database).await?;
    let register = async |north: &North, name: &str| {
        let body = json!({ "name": name, "email": email(name), "password": PASSWORD,
            "workspace": format!("{name}'s") });
        let response = north.server.post("/api/v1/auth/register", body).await?;
        anyhow::ensure!(response.status() == 202, "{name} registers");
        anyhow::Ok(())
    };
    for name in ["Pia", "Quinn", "Rita"] {
        register(&north, name).await?;
    }
    north.server.register("Stella", "South").await?;
    let store = north.server.store().await?;
    for sql in [
        "UPDATE users SET created_at = 0",
        "UPDATE links SET expires_at = 0 WHERE email <> 'quinn@north.example'",
        // Rita is also a member of North.
        "INSERT INTO memberships (workspace_id, user_id, role, created_at) \
         SELECT w.id, u.id, 'agent', 0 FROM workspaces w, users u WHERE w.name = 'North' AND u.name = 'Rita'",
    ] {
        store.execute(sql).await?;
    }
    register(&north, "Sam").await?;
    // The background worker starts again.
    north.server.restart().await?;
    let purged = timeout(Duration::from_secs(20), async {
        loop {
            let log: AuditEntries = north.get("operator/audit?limit=2").await?;
            if log.entries[0].action == "workspace.purged" {
                return anyhow::Ok(log);
            }
        }
    });
    let log = purged.await??;
    assert_eq!(log.entries[1].action, "registration.forgotten");
    assert_eq!(north.users("pia").await?, []);
    for name in ["quinn", "rita", "stella", "sam"] {
        assert_eq!(north.users(name).await?.len(), 1, "{name} stays");
    }
    let left = "SELECT COUNT(*) FROM workspaces WHERE name = 'Pia''s'";
    assert_eq!(store.count(left).await?, 0);
    store.close().await;
    Ok(())
}

async fn a_user_who_is_being_deleted_cannot_join_a_workspace(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    north.server.register("Stella", "South").await?;
    let sven = north.server.add_agent("Sven", "Stella").await?;
    let user = north.users("sven").await?[0];
    let me: Me = north.get("me").await?;
    let (_, token) = invited(&north, json!({ "role": "agent" })).await?;
    let store = north.server.store().await?;
    let mut held = None;
    if database == Database::Postgres {
        let mut tx = store.begin(0).await?;
        limits::lock_workspace(&mut tx, me.workspace.id).await?;
        held = Some(tx);
    }
    let delete = async {
        until_waiting(&store, database, 1).await?;
        let deleted = north.delete(user, "Sven").await?;
        let_go(held).await?;
        anyhow::Ok(deleted)
    };
    let (joined, deleted) = tokio::join!(accept_as(&north, &sven, &token), delete);
    assert_eq!(deleted?.status(), 204);
    if database == Database::Postgres {
        assert_eq!(joined?.status(), 401);
    }
    let members: Members = north.get("members").await?;
    assert_eq!(members.members.len(), 1, "nobody without a name");
    store.close().await;
    Ok(())
}

async fn concurrent_deletion_and_suspension_do_not_deadlock(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    north.server.add_agent("Ben", "Ada").await?;
    let user = north.users("ben").await?[0];
    let store = north.server.store().await?;
    let mut held = None;
    if database == Database::Postgres {
        let mut tx = store.begin(0).await?;
        audit::lock_logs(&mut tx, &[WorkspaceId::from(Uuid::nil())]).await?;
        held = Some(tx);
    }
    let path = format!("operator/users/{user}/suspend");
    let suspend = north.request(Method::POST, &path, &north.ada_token, Value::Null);
    let delete = async {
        until_waiting(&store, database, 1).await?;
        north.delete(user, "Ben").await
    };
    let go_on = async {
        until_waiting(&store, database, 2).await?;
        let_go(held).await
    };
    let (suspended, deleted, gone_on) = tokio::join!(suspend, delete, go_on);
    gone_on?;
    assert_eq!(deleted?.status(), 204);
    let suspended = suspended?.status();
    // On SQLite the order is not determined.
    assert!([204, 404].contains(&suspended.as_u16()), "{suspended}");
    store.close().await;
    Ok(())
}
