//! Operators: their access and their actions.

mod access;

use std::fmt::Display;
use std::time::Duration;

use anyhow::{Context, Result};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::platform::audit::{AuditEntries, Via};
use deskbell_protocol::api::platform::operator::{
    Maintenance, OperatedUsers, OperatedWorkspaceDetails, OperatedWorkspaces, Usage,
};
use deskbell_protocol::{Command, ErrorBody, ErrorCode, Event, Role};
use deskbell_testkit::people::Person;
use deskbell_testkit::server::{Database, PASSWORD, cookie, email};
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{North, on_both};

on_both!(
    workspaces_and_users_are_listed_searched_and_paged,
    a_suspended_workspace_refuses_its_members_until_the_suspension_ends,
    the_reason_of_a_suspension_is_one_line_of_at_most_200_characters,
    visitors_of_a_suspended_workspace_are_informed_and_reconnect_later,
    a_workspace_has_limits_of_its_own_until_they_are_taken_back,
    a_suspended_user_is_signed_out_at_once_and_cannot_sign_in,
    a_deleted_workspace_leaves_no_rows,
    maintenance_mode_refuses_everyone_but_operators,
);

/// North, whose Ada is an operator, and South, whose Stella is not.
struct Platform {
    north: North,
    stella: String,
}

impl Platform {
    async fn new(database: Database) -> Result<Self> {
        let north = North::new(database).await?;
        let stella = north.server.register("Stella", "South").await?;
        Ok(Self { north, stella })
    }

    async fn request(
        &self,
        method: Method,
        path: impl Display,
        token: &str,
        body: Value,
    ) -> Result<Response> {
        let path = format!("/api/v1/{path}");
        let request = self.north.server.request(method, &path).bearer_auth(token);
        Ok(request.json(&body).send().await?)
    }

    /// A request of Ada that reads.
    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let answer = self.request(Method::GET, path, &self.north.ada_token, Value::Null);
        Ok(answer.await?.error_for_status()?.json().await?)
    }

    /// A request of Ada that changes something.
    async fn post(&self, path: impl Display, body: Value) -> Result<Response> {
        self.request(Method::POST, path, &self.north.ada_token, body)
            .await
    }

    async fn south(&self) -> Result<String> {
        let found: OperatedWorkspaces = self.get("operator/workspaces?search=SOUTH").await?;
        Ok(found.workspaces.first().context("South")?.id.to_string())
    }

    async fn sign_in(&self, name: &str) -> Result<String> {
        let body = json!({ "email": email(name), "password": PASSWORD });
        let signed_in = self.north.server.post("/api/v1/auth/sign-in", body).await?;
        cookie(&signed_in, "deskbell_access").context("signed in")
    }

    async fn me(&self, token: &str) -> Result<Response> {
        self.request(Method::GET, "me", token, Value::Null).await
    }
}

async fn workspaces_and_users_are_listed_searched_and_paged(database: Database) -> Result<()> {
    let platform = Platform::new(database).await?;
    let names = |found: &OperatedWorkspaces| -> Vec<String> {
        found.workspaces.iter().map(|it| it.name.clone()).collect()
    };
    let first: OperatedWorkspaces = platform.get("operator/workspaces?limit=1").await?;
    assert_eq!(names(&first), ["South"], "the newest first");
    let next = first.next_cursor.context("there is more")?;
    let path = format!("operator/workspaces?limit=1&cursor={next}");
    let second: OperatedWorkspaces = platform.get(&path).await?;
    assert_eq!(names(&second), ["North"]);
    assert_eq!(second.next_cursor, None);
    assert_eq!(
        (second.workspaces[0].members, second.workspaces[0].sites),
        (1, 1)
    );
    for (search, found) in [("ort", vec!["North"]), ("%25", vec![]), ("_", vec![])] {
        let path = format!("operator/workspaces?search={search}");
        let page: OperatedWorkspaces = platform.get(&path).await?;
        assert_eq!(names(&page), found, "{search}");
    }
    let users: OperatedUsers = platform.get("operator/users?search=stella@").await?;
    assert_eq!(users.users.len(), 1);
    assert!(!users.users[0].is_operator);
    let south = platform.south().await?;
    let path = format!("operator/workspaces/{south}");
    let details: OperatedWorkspaceDetails = platform.get(&path).await?;
    assert_eq!(details.members[0].role, Role::Owner);
    let usage: Usage = platform.get("operator/usage").await?;
    assert_eq!((usage.workspaces, usage.users), (2, 2));
    Ok(())
}

async fn a_suspended_workspace_refuses_its_members_until_the_suspension_ends(
    database: Database,
) -> Result<()> {
    let platform = Platform::new(database).await?;
    let south = platform.south().await?;
    let mut socket = Person::connect(&platform.north.server, &platform.stella).await?;
    let path = format!("operator/workspaces/{south}");
    let reason = json!({ "reason": "The bill is not paid" });
    let done = platform.post(format!("{path}/suspend"), reason).await?;
    assert_eq!(done.status(), 204);
    assert_eq!(socket.socket.closed().await?, Some(4503));
    let stella = &platform.stella;
    let me: Me = platform.me(stella).await?.json().await?;
    assert!(me.workspace.suspended, "the state is still shown to her");
    let refused = platform.request(Method::GET, "audit", stella, Value::Null);
    let refused = refused.await?;
    assert_eq!(refused.status(), 403);
    let error: ErrorBody = refused.json().await?;
    assert_eq!(error.code, ErrorCode::WorkspaceSuspended);
    assert_eq!(platform.me(&platform.north.ada_token).await?.status(), 200);
    platform.post(format!("{path}/resume"), Value::Null).await?;
    let me: Me = platform.me(stella).await?.json().await?;
    assert!(!me.workspace.suspended);
    let log = platform.request(Method::GET, "audit", &platform.stella, Value::Null);
    let log: AuditEntries = log.await?.json().await?;
    let actions: Vec<_> = log.entries.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(actions[..2], ["workspace.resumed", "workspace.suspended"]);
    assert_eq!(log.entries[0].actor.via, Via::Operator);
    Ok(())
}

async fn the_reason_of_a_suspension_is_one_line_of_at_most_200_characters(
    database: Database,
) -> Result<()> {
    let platform = Platform::new(database).await?;
    let path = format!("operator/workspaces/{}/suspend", platform.south().await?);
    let one_line = "Enter one line of at most 200 characters.";
    for (reason, message) in [
        (String::new(), "Enter a reason."),
        (" \t ".to_owned(), "Enter a reason."),
        ("\u{200d}".to_owned(), "Enter a reason."),
        ("é".repeat(201), one_line),
        ("The bill\nis not paid".to_owned(), one_line),
        ("The bill is \u{202e}paid".to_owned(), one_line),
    ] {
        let refused = platform.post(&path, json!({ "reason": reason })).await?;
        assert_eq!(refused.status(), 422, "{reason:?}");
        let error: ErrorBody = refused.json().await?;
        let of_field = error.fields.get("reason").map(String::as_str);
        assert_eq!(of_field, Some(message), "{reason:?}");
    }
    let me: Me = platform.me(&platform.stella).await?.json().await?;
    assert!(!me.workspace.suspended);
    let longest = "é".repeat(200);
    let reason = json!({ "reason": format!(" {longest} ") });
    assert_eq!(platform.post(&path, reason).await?.status(), 204);
    let me: Me = platform.me(&platform.stella).await?.json().await?;
    assert_eq!(me.workspace.suspended_for, longest);
    Ok(())
}

async fn visitors_of_a_suspended_workspace_are_informed_and_reconnect_later(
    database: Database,
) -> Result<()> {
    let platform = Platform::new(database).await?;
    let users: OperatedUsers = platform.get("operator/users?search=stella").await?;
    let path = format!("operator/users/{}/operator", users.users[0].id);
    let operator = json!({ "is_operator": true });
    let ada = &platform.north.ada_token;
    platform.request(Method::PUT, path, ada, operator).await?;
    let north = platform.get::<Me>("me").await?.workspace.id;
    let path = format!("operator/workspaces/{north}");
    let mut vera = platform.north.visitor().await?;
    vera.start("Hello?").await?;
    let reason = json!({ "reason": "Spam" });
    let suspend = format!("{path}/suspend");
    let done = platform
        .request(Method::POST, &suspend, &platform.stella, reason)
        .await?;
    assert_eq!(done.status(), 204);
    assert_eq!(vera.socket.closed().await?, Some(4503));
    let again = json!({ "site_key": platform.north.site_key, "token": vera.token });
    let server = &platform.north.server;
    let refused = server.post("/api/v1/visitors", again.clone()).await?;
    assert_eq!(refused.status(), 403);
    let error: ErrorBody = refused.json().await?;
    assert_eq!(error.code, ErrorCode::WorkspaceSuspended);
    let resume = format!("{path}/resume");
    platform
        .request(Method::POST, &resume, &platform.stella, Value::Null)
        .await?;
    assert_eq!(server.post("/api/v1/visitors", again).await?.status(), 200);
    Ok(())
}

async fn a_workspace_has_limits_of_its_own_until_they_are_taken_back(
    database: Database,
) -> Result<()> {
    let platform = Platform::new(database).await?;
    let north = platform.get::<Me>("me").await?.workspace.id;
    let path = format!("operator/workspaces/{north}/limits/sites");
    let ada = &platform.north.ada_token;
    let set = |body| platform.request(Method::PUT, &path, ada, body);
    assert_eq!(set(json!({ "most": -1 })).await?.status(), 422);
    assert_eq!(set(json!({ "most": 1 })).await?.status(), 204);
    let site = json!({ "name": "Second", "allowed_origins": [] });
    let refused = platform.post("sites", site.clone()).await?;
    assert_eq!(
        refused.json::<ErrorBody>().await?.code,
        ErrorCode::LimitReached
    );
    assert_eq!(set(json!({})).await?.status(), 204, "as many as they like");
    assert_eq!(platform.post("sites", site).await?.status(), 201);
    let back = platform
        .request(Method::DELETE, &path, ada, Value::Null)
        .await?;
    assert_eq!(back.status(), 204);
    Ok(())
}

async fn a_suspended_user_is_signed_out_at_once_and_cannot_sign_in(
    database: Database,
) -> Result<()> {
    let platform = Platform::new(database).await?;
    let mut socket = Person::connect(&platform.north.server, &platform.stella).await?;
    let users: OperatedUsers = platform.get("operator/users?search=stella").await?;
    let path = format!("operator/users/{}", users.users[0].id);
    platform
        .post(format!("{path}/suspend"), Value::Null)
        .await?;
    assert_eq!(socket.socket.closed().await?, Some(4501));
    assert_eq!(platform.me(&platform.stella).await?.status(), 401);
    let sign_in = json!({ "email": "stella@north.example", "password": PASSWORD });
    let server = &platform.north.server;
    let refused = server.post("/api/v1/auth/sign-in", sign_in.clone()).await?;
    assert_eq!(refused.status(), 401);
    platform.post(format!("{path}/resume"), Value::Null).await?;
    let again = server.post("/api/v1/auth/sign-in", sign_in).await?;
    assert_eq!(again.status(), 200);
    let own = platform.get::<Me>("me").await?.user_id;
    let own_profile = platform.post(format!("operator/users/{own}/suspend"), Value::Null);
    assert_eq!(own_profile.await?.status(), 409);
    Ok(())
}

async fn a_deleted_workspace_leaves_no_rows(database: Database) -> Result<()> {
    let platform = Platform::new(database).await?;
    let south = platform.south().await?;
    let path = format!("operator/workspaces/{south}/delete");
    let mistaken = platform.post(&path, json!({ "name": "North" })).await?;
    assert_eq!(mistaken.status(), 422);
    let own = platform.get::<Me>("me").await?.workspace.id;
    let own = platform.post(
        format!("operator/workspaces/{own}/delete"),
        json!({ "name": "North" }),
    );
    assert_eq!(own.await?.status(), 409);
    let mut socket = Person::connect(&platform.north.server, &platform.stella).await?;
    let done = platform.post(&path, json!({ "name": "South" })).await?;
    assert_eq!(done.status(), 202);
    assert_eq!(socket.socket.closed().await?, Some(4501));
    assert_eq!(platform.me(&platform.stella).await?.status(), 401);
    timeout(Duration::from_secs(20), async {
        loop {
            let log: AuditEntries = platform.get("operator/audit?limit=1").await?;
            if log.entries[0].action == "workspace.purged" {
                return anyhow::Ok(());
            }
        }
    })
    .await??;
    let store = platform.north.server.store().await?;
    let platform = match database {
        Database::Sqlite => "zeroblob(16)",
        Database::Postgres => "CAST('00000000-0000-0000-0000-000000000000' AS UUID)",
    };
    for table in store.tables_of_workspaces().await? {
        let column = if table == "workspaces" {
            "id"
        } else {
            "workspace_id"
        };
        let rows = format!(
            "SELECT COUNT(*) FROM {table} WHERE CAST({column} AS TEXT) NOT IN \
            (SELECT CAST(id AS TEXT) FROM workspaces WHERE name = 'North') AND {column} <> {platform}"
        );
        assert_eq!(store.count(&rows).await?, 0, "rows are left in {table}");
    }
    let users = store.count("SELECT COUNT(*) FROM users").await?;
    assert_eq!(users, 2, "people may be members elsewhere");
    store.close().await;
    Ok(())
}

async fn maintenance_mode_refuses_everyone_but_operators(database: Database) -> Result<()> {
    let platform = Platform::new(database).await?;
    let server = &platform.north.server;
    let mut vera = platform.north.visitor().await?;
    let mut ada = platform.north.ada().await?;
    let on = json!({ "on": true, "message": "Back at noon" });
    let ada_token = &platform.north.ada_token;
    let put = |body| platform.request(Method::PUT, "operator/maintenance", ada_token, body);
    for (message, status) in [
        (String::new(), 422),
        ("Back at noon\nor later".to_owned(), 422),
        ("é".repeat(201), 422),
        ("é".repeat(200), 200),
    ] {
        let answer = put(json!({ "on": true, "message": message })).await?;
        assert_eq!(answer.status(), status, "{message:?}");
    }
    assert_eq!(put(on).await?.status(), 200);
    assert_eq!(
        vera.socket.closed().await?,
        Some(4000),
        "she comes back by herself"
    );
    let refused = platform.me(&platform.stella).await?;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let error: ErrorBody = refused.json().await?;
    assert_eq!(error.message, "Back at noon");
    let visitor = json!({ "site_key": platform.north.site_key });
    let visitor = server.post("/api/v1/visitors", visitor).await?;
    assert_eq!(visitor.status(), 503);
    assert_eq!(ada.socket.request(Command::Ping).await?, Event::Pong);
    assert_eq!(server.get("/healthz").await?.status(), 200);
    assert_eq!(put(json!({ "on": false })).await?.status(), 200);
    let state: Maintenance = platform.get("operator/maintenance").await?;
    assert!(!state.on);
    assert_eq!(platform.me(&platform.stella).await?.status(), 200);
    Ok(())
}

impl Platform {
    /// Makes Stella an operator.
    async fn two_operators(&self) -> Result<()> {
        let path = format!("operator/users/{}/operator", self.id("stella").await?);
        let body = json!({ "is_operator": true });
        let ada = &self.north.ada_token;
        assert_eq!(
            self.request(Method::PUT, path, ada, body).await?.status(),
            204
        );
        Ok(())
    }

    async fn id(&self, name: &str) -> Result<String> {
        let users: OperatedUsers = self.get(&format!("operator/users?search={name}@")).await?;
        Ok(users.users.first().context("a user")?.id.to_string())
    }

    /// The profile that belongs to a token.
    async fn own_profile(&self, token: &str) -> Result<Me> {
        let me = self.request(Method::GET, "me", token, Value::Null).await?;
        Ok(me.error_for_status()?.json().await?)
    }

    async fn enter(&self, id: &str, token: &str) -> Result<String> {
        let path = format!("operator/workspaces/{id}/enter");
        let entered = self.request(Method::POST, path, token, Value::Null).await?;
        assert_eq!(entered.status(), 200);
        cookie(&entered, "deskbell_access").context("entered")
    }

    /// The workspace's audit log, the newest entry first.
    async fn fetch(&self, token: &str) -> Result<Vec<String>> {
        let log = self
            .request(Method::GET, "audit", token, Value::Null)
            .await?;
        let log: AuditEntries = log.json().await?;
        Ok(log.entries.into_iter().map(|it| it.action).collect())
    }
}
