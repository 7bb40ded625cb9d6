//! Canned responses: who sees and changes them, their fields, their use, and the CSV file.

mod files;

use anyhow::Result;
use deskbell_protocol::api::conversations::canned_responses::{
    CannedResponse, CannedResponses, FilledResponse,
};
use deskbell_protocol::api::platform::audit::AuditEntries;
use deskbell_protocol::{CannedResponseId, ErrorBody, ErrorCode, limits};
use deskbell_testkit::people::{Person, visitor_token};
use deskbell_testkit::server::Database;
use futures_util::future::try_join_all;
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::{code, execute, fetch, request_as};
use crate::{North, on_both};

on_both!(
    a_response_is_created_changed_and_deleted_and_the_audit_log_shows_it,
    own_responses_are_seen_by_their_owner_alone,
    only_admins_change_responses_of_the_workspace,
    responses_of_a_team_are_seen_by_its_members_and_changed_by_admins,
    another_workspace_sees_nothing,
    a_shortcut_is_unique_in_its_scope_whatever_the_case,
    invalid_fields_are_refused_by_name,
    lists_are_filtered_and_paged,
    a_use_fills_the_variables_of_its_conversation,
    twenty_concurrent_uses_are_all_counted,
    own_responses_end_with_the_membership,
    a_token_needs_the_scopes,
    the_limit_of_own_responses_is_exact,
);

/// A response of the workspace.
fn shared(shortcut: &str, content: &str) -> Value {
    json!({ "scope": "workspace", "shortcut": shortcut, "title": "A title", "content": content })
}

/// A response of the caller's own.
fn own(shortcut: &str, content: &str) -> Value {
    json!({ "shortcut": shortcut, "title": "A title", "content": content })
}

impl North {
    async fn canned(
        &self,
        method: Method,
        path: &str,
        by: &str,
        body: Option<Value>,
    ) -> Result<Response> {
        let path = format!("/api/v1/canned-responses{path}");
        request_as(&self.server, method, &path, by, body).await
    }

    async fn create_canned(&self, by: &str, body: Value) -> Result<CannedResponse> {
        let made = self.canned(Method::POST, "", by, Some(body)).await?;
        anyhow::ensure!(made.status() == 201, "{}", made.text().await?);
        Ok(made.json().await?)
    }

    async fn get_canned<T: DeserializeOwned>(&self, path: &str, by: &str) -> Result<T> {
        let path = format!("/api/v1/canned-responses{path}");
        fetch(&self.server, Method::GET, &path, by).await
    }

    /// The shortcuts that a member sees.
    async fn shortcuts(&self, query: &str, by: &str) -> Result<Vec<String>> {
        let listed: CannedResponses = self.get_canned(query, by).await?;
        let shortcuts = listed.responses.into_iter().map(|it| it.shortcut);
        Ok(shortcuts.collect())
    }

    /// The status of a change by this member.
    async fn change(&self, by: &str, id: CannedResponseId, body: Value) -> Result<u16> {
        let path = format!("/{id}");
        let done = self.canned(Method::PATCH, &path, by, Some(body)).await?;
        Ok(done.status().as_u16())
    }

    async fn delete_canned(&self, by: &str, id: CannedResponseId) -> Result<u16> {
        let path = format!("/{id}");
        let done = self.canned(Method::DELETE, &path, by, None).await?;
        Ok(done.status().as_u16())
    }
}

async fn a_response_is_created_changed_and_deleted_and_the_audit_log_shows_it(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let ada = &north.ada_token;
    let body = json!({
        "scope": "workspace", "shortcut": "/Hello", "title": " Greeting ", "category": "First",
        "content": "Hi {{visitor.name|there}}!\r\nHow can I help?",
    });
    let made = north.create_canned(ada, body).await?;
    assert_eq!(made.shortcut, "Hello");
    assert_eq!(made.title, "Greeting");
    assert_eq!(made.content, "Hi {{visitor.name|there}}!\nHow can I help?");
    assert_eq!((made.use_count, made.last_used_at), (0, None));
    assert_eq!(made.created_by.name, "Ada");
    let path = format!("/{}", made.id);
    let got: CannedResponse = north.get_canned(&path, ada).await?;
    assert_eq!(got, made);
    let body = json!({ "title": "A friendly greeting" });
    let changed = north
        .canned(Method::PATCH, &path, ada, Some(body.clone()))
        .await?;
    let changed: CannedResponse = changed.error_for_status()?.json().await?;
    assert_eq!(changed.title, "A friendly greeting");
    assert_eq!(changed.content, made.content);
    assert_eq!(north.change(ada, made.id, body).await?, 200, "nothing new");
    assert_eq!(north.delete_canned(ada, made.id).await?, 204);
    assert_eq!(north.delete_canned(ada, made.id).await?, 404);
    let path = format!("/api/v1/audit?target={}", made.id);
    let log: AuditEntries = fetch(&north.server, Method::GET, &path, ada).await?;
    let log: Vec<_> = log
        .entries
        .into_iter()
        .map(|entry| (entry.action, entry.target.name, entry.details))
        .collect();
    let entry = |action: &str, details: Value| {
        (
            format!("canned_response.{action}"),
            "Hello".to_owned(),
            details,
        )
    };
    assert_eq!(
        log,
        [
            entry("deleted", json!({ "scope": "workspace" })),
            entry(
                "changed",
                json!({ "scope": "workspace", "changed": ["title"] })
            ),
            entry("created", json!({ "scope": "workspace" })),
        ]
    );
    Ok(())
}

async fn own_responses_are_seen_by_their_owner_alone(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let made = north
        .create_canned(&ben, own("mine", "Only Ben's."))
        .await?;
    assert_eq!(north.shortcuts("", &ben).await?, ["mine"]);
    // Not even an owner of the workspace sees it.
    let ada = &north.ada_token;
    assert!(north.shortcuts("", ada).await?.is_empty());
    let path = format!("/{}", made.id);
    let refused = north.canned(Method::GET, &path, ada, None).await?;
    assert_eq!(code(refused).await?, (404, ErrorCode::NotFound));
    assert_eq!(
        north
            .change(ada, made.id, json!({ "title": "Hers" }))
            .await?,
        404
    );
    assert_eq!(north.delete_canned(ada, made.id).await?, 404);
    let share = json!({ "scope": "workspace" });
    assert_eq!(
        north.change(&ben, made.id, share).await?,
        403,
        "Ben is an agent"
    );
    assert_eq!(
        north
            .change(&ben, made.id, json!({ "title": "Ben's" }))
            .await?,
        200
    );
    Ok(())
}

async fn only_admins_change_responses_of_the_workspace(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let ada = &north.ada_token;
    let refused = north
        .canned(Method::POST, "", &ben, Some(shared("hi", "Hi.")))
        .await?;
    assert_eq!(code(refused).await?, (403, ErrorCode::Forbidden));
    let made = north.create_canned(ada, own("hi", "Hi.")).await?;
    assert_eq!(
        north
            .change(ada, made.id, json!({ "scope": "workspace" }))
            .await?,
        200
    );
    assert_eq!(north.shortcuts("", &ben).await?, ["hi"]);
    assert_eq!(
        north
            .change(&ben, made.id, json!({ "title": "Ben's" }))
            .await?,
        403
    );
    assert_eq!(
        north
            .change(&ben, made.id, json!({ "scope": "own" }))
            .await?,
        403
    );
    assert_eq!(north.delete_canned(&ben, made.id).await?, 403);
    assert_eq!(
        north
            .change(ada, made.id, json!({ "scope": "own" }))
            .await?,
        200
    );
    assert!(north.shortcuts("", &ben).await?.is_empty());
    Ok(())
}

async fn responses_of_a_team_are_seen_by_its_members_and_changed_by_admins(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (ada, path) = (&north.ada_token, "/api/v1/teams");
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let cleo = north.server.add_agent("Cleo", "Ada").await?;
    let ben_id: Value = fetch(&north.server, Method::GET, "/api/v1/me", &ben).await?;
    let team = json!({ "name": "Returns", "member_ids": [ben_id["user_id"]] });
    let team = request_as(&north.server, Method::POST, path, ada, Some(team)).await?;
    let team: Value = team.error_for_status()?.json().await?;
    let team = &team["id"];
    let body = |shortcut: &str| json!({ "scope": "team", "team_id": team, "shortcut": shortcut, "title": "A title", "content": "Hi." });
    let refused = north
        .canned(Method::POST, "", &ben, Some(body("hi")))
        .await?;
    assert_eq!(code(refused).await?, (403, ErrorCode::Forbidden));
    let made = north.create_canned(ada, body("hi")).await?;
    assert_eq!(json!(made.team_id), *team);
    assert_eq!(north.shortcuts("?scope=team", &ben).await?, ["hi"]);
    assert_eq!(north.shortcuts("", ada).await?, ["hi"], "Ada manages it");
    assert!(north.shortcuts("", &cleo).await?.is_empty());
    let one = format!("/{}", made.id);
    let refused = north.canned(Method::GET, &one, &cleo, None).await?;
    assert_eq!(refused.status(), 404);
    let title = || json!({ "title": "Another" });
    for (by, status) in [(&cleo, 404), (&ben, 403), (ada, 200)] {
        assert_eq!(north.change(by, made.id, title()).await?, status);
    }
    // The same shortcut in the workspace is another response, so that the team's cannot move there.
    north.create_canned(ada, shared("HI", "Hi.")).await?;
    assert_eq!(
        north
            .change(ada, made.id, json!({ "scope": "workspace" }))
            .await?,
        409
    );
    assert_eq!(
        north
            .change(ada, made.id, json!({ "scope": "own" }))
            .await?,
        200
    );
    let back = json!({ "scope": "team", "team_id": team });
    assert_eq!(north.change(ada, made.id, back).await?, 200);

    // Teams that are missing, superfluous, unknown or of another workspace.
    let stella = north.server.register("Stella", "South").await?;
    let foreign = request_as(
        &north.server,
        Method::POST,
        path,
        &stella,
        Some(json!({ "name": "South" })),
    );
    let foreign: Value = foreign.await?.error_for_status()?.json().await?;
    for (scope, team_id, status) in [
        ("team", Value::Null, 422),
        ("own", team.clone(), 422),
        ("workspace", team.clone(), 422),
        ("team", json!(made.id), 404),
        ("team", foreign["id"].clone(), 404),
    ] {
        let mut body = body("other");
        body["scope"] = json!(scope);
        body["team_id"] = team_id;
        let refused = north
            .canned(Method::POST, "", ada, Some(body.clone()))
            .await?;
        assert_eq!(refused.status(), status, "{body}");
        let error: ErrorBody = refused.json().await?;
        assert_eq!(
            error.fields.keys().collect::<Vec<_>>(),
            ["team_id"],
            "{body}"
        );
    }
    let team_path = format!("{path}/{}", team.as_str().unwrap_or_default());
    let deleted = request_as(&north.server, Method::DELETE, &team_path, ada, None).await?;
    assert_eq!(deleted.status(), 204);
    let gone = north.canned(Method::GET, &one, ada, None).await?;
    assert_eq!(gone.status(), 404);
    assert_eq!(north.shortcuts("", ada).await?, ["HI"]);
    Ok(())
}

async fn another_workspace_sees_nothing(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let made = north
        .create_canned(&north.ada_token, shared("hi", "Hi."))
        .await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    assert!(north.shortcuts("", &stella).await?.is_empty());
    for (method, path, body) in [
        (Method::GET, format!("/{}", made.id), None),
        (
            Method::PATCH,
            format!("/{}", made.id),
            Some(json!({ "title": "Hers" })),
        ),
        (Method::DELETE, format!("/{}", made.id), None),
        (
            Method::POST,
            format!("/{}/use", made.id),
            Some(json!({ "conversation_id": id })),
        ),
    ] {
        let refused = north.canned(method.clone(), &path, &stella, body).await?;
        assert_eq!(code(refused).await?, (404, ErrorCode::NotFound), "{method}");
    }
    // The same shortcut in South is another response, and fills nothing from North.
    let souths = north.create_canned(&stella, shared("hi", "Hi.")).await?;
    let body = json!({ "conversation_id": id });
    let path = format!("/{}/use", souths.id);
    let refused = north
        .canned(Method::POST, &path, &stella, Some(body))
        .await?;
    assert_eq!(refused.status(), 404);
    let unused: CannedResponse = north
        .get_canned(&format!("/{}", souths.id), &stella)
        .await?;
    assert_eq!(unused.use_count, 0);
    Ok(())
}

async fn a_shortcut_is_unique_in_its_scope_whatever_the_case(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ada = &north.ada_token;
    north.create_canned(ada, shared("Grüße", "Hi.")).await?;
    let taken = |answer: Response| async move {
        anyhow::ensure!(answer.status() == 409, "{}", answer.text().await?);
        let error: ErrorBody = answer.json().await?;
        assert_eq!(error.code, ErrorCode::Conflict);
        assert!(error.fields.contains_key("shortcut"), "{error:?}");
        anyhow::Ok(())
    };
    for again in ["grüße", "GRÜßE", "gru\u{308}ße"] {
        taken(
            north
                .canned(Method::POST, "", ada, Some(shared(again, "Hi.")))
                .await?,
        )
        .await?;
    }
    let mine = north.create_canned(ada, own("grüße", "Mine.")).await?;
    let path = format!("/{}", mine.id);
    let share = Some(json!({ "scope": "workspace" }));
    taken(north.canned(Method::PATCH, &path, ada, share).await?).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    north.create_canned(&ben, own("Grüße", "Ben's.")).await?;
    let other = north.create_canned(ada, shared("bye", "Bye.")).await?;
    let path = format!("/{}", other.id);
    let rename = Some(json!({ "shortcut": "GRÜßE" }));
    taken(north.canned(Method::PATCH, &path, ada, rename).await?).await?;
    Ok(())
}

async fn invalid_fields_are_refused_by_name(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ada = &north.ada_token;
    let made = north.create_canned(ada, own("good", "Good.")).await?;
    let long = "x".repeat(limits::TEXT_CHARS + 1);
    let bad = [
        ("shortcut", json!("")),
        ("shortcut", json!("/")),
        ("shortcut", json!("two words")),
        ("shortcut", json!("what?")),
        ("shortcut", json!("a\u{202e}b")),
        ("shortcut", json!("x".repeat(limits::SHORTCUT_CHARS + 1))),
        ("title", json!(" ")),
        ("title", json!("two\nlines")),
        ("title", json!("x".repeat(201))),
        ("category", json!("x".repeat(limits::CATEGORY_CHARS + 1))),
        ("category", json!("a\tb")),
        ("content", json!(" \n ")),
        ("content", json!(long)),
        ("content", json!("Hi {{visitor.nam}}")),
        ("content", json!("Hi {{}}")),
        ("scope", json!("team_of_mine")),
    ];
    let path = format!("/{}", made.id);
    for (field, value) in bad {
        let mut body = own("fine", "Fine.");
        body[field] = value.clone();
        let create = north.canned(Method::POST, "", ada, Some(body)).await?;
        let change = json!({ field: value });
        let change = north
            .canned(Method::PATCH, &path, ada, Some(change))
            .await?;
        for refused in [create, change] {
            assert_eq!(refused.status(), 422, "{field}: {value}");
            let error: ErrorBody = refused.json().await?;
            assert_eq!(error.code, ErrorCode::Invalid);
            assert_eq!(error.fields.keys().collect::<Vec<_>>(), [field], "{value}");
        }
    }
    let unknown = own("fine", "Hi {{visitor.nam|you}}");
    let refused = north.canned(Method::POST, "", ada, Some(unknown)).await?;
    let error: ErrorBody = refused.json().await?;
    assert!(
        error.message.contains("{{visitor.nam}}"),
        "{}",
        error.message
    );
    let all_bad = json!({ "shortcut": "", "title": "", "content": "", "scope": "x" });
    let refused = north.canned(Method::POST, "", ada, Some(all_bad)).await?;
    let error: ErrorBody = refused.json().await?;
    let fields: Vec<_> = error.fields.keys().collect();
    assert_eq!(fields, ["content", "scope", "shortcut", "title"]);
    for (query, field) in [
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?cursor=nonsense", "cursor"),
        ("?cursor=AAAA", "cursor"),
        ("?scope=everyone", "scope"),
        (&format!("?q={}", "x".repeat(101)), "q"),
    ] {
        let refused = north.canned(Method::GET, query, ada, None).await?;
        assert_eq!(refused.status(), 422, "{query}");
        let error: ErrorBody = refused.json().await?;
        assert!(error.fields.contains_key(field), "{query}: {error:?}");
    }
    assert_eq!(north.shortcuts("", ada).await?, ["good"]);
    Ok(())
}

async fn lists_are_filtered_and_paged(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ada = &north.ada_token;
    for (n, name) in ["Delta", "alpha", "Echo", "bravo", "charlie"]
        .iter()
        .enumerate()
    {
        let mut body = match n % 2 {
            0 => shared(name, "100% Crème brûlée_"),
            _ => own(name, "Something else"),
        };
        body["category"] = json!(if n < 3 { "Food" } else { "" });
        north.create_canned(ada, body).await?;
    }
    let all = ["alpha", "bravo", "charlie", "Delta", "Echo"];
    assert_eq!(north.shortcuts("", ada).await?, all);
    let (mut paged, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page: CannedResponses = north.get_canned(&query, ada).await?;
        assert_eq!(page.categories.is_empty(), !paged.is_empty(), "{query}");
        paged.extend(page.responses.into_iter().map(|it| it.shortcut));
        match page.next_cursor {
            Some(cursor) => query = format!("?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
    for (query, expected) in [
        ("?scope=own", vec!["alpha", "bravo"]),
        ("?scope=workspace", vec!["charlie", "Delta", "Echo"]),
        ("?category=Food", vec!["alpha", "Delta", "Echo"]),
        ("?q=CREME", vec!["charlie", "Delta", "Echo"]),
        ("?q=br%C3%BBl%C3%A9e", vec!["charlie", "Delta", "Echo"]),
        ("?q=food&scope=own", vec!["alpha"]),
        ("?q=char", vec!["charlie"]),
        ("?q=0%25", vec!["charlie", "Delta", "Echo"]),
        ("?q=h%25n", vec![]),
        ("?q=e_", vec!["charlie", "Delta", "Echo"]),
        ("?q=%20", all.to_vec()),
    ] {
        assert_eq!(north.shortcuts(query, ada).await?, expected, "{query}");
    }
    let first: CannedResponses = north.get_canned("", ada).await?;
    assert_eq!(first.categories, ["Food"]);
    Ok(())
}

async fn a_use_fills_the_variables_of_its_conversation(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let content =
        "{{visitor.name|You}} ({{visitor.email|no address}}): {{agent.name}}, {{site.name}}";
    let made = north
        .create_canned(&north.ada_token, shared("who", content))
        .await?;
    let vera = visitor_token(&north.server, &north.site_key, None).await?;
    let mut vera = Person::connect(&north.server, &vera.token).await?;
    let id = vera.start("Hello?").await?.id;
    let path = format!("/{}/use", made.id);
    let fill = async || -> Result<String> {
        let body = Some(json!({ "conversation_id": id }));
        let filled = north.canned(Method::POST, &path, &ben, body).await?;
        let filled: FilledResponse = filled.error_for_status()?.json().await?;
        Ok(filled.text)
    };
    let site = fetch::<Value>(&north.server, Method::GET, "/api/v1/sites", &ben).await?;
    let site = site["sites"][0]["name"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert_eq!(fill().await?, format!("You (no address): Ben, {site}"));
    let known = "UPDATE visitors SET name = 'Vera', email = 'vera@shop.example'";
    execute(&north.server, known).await?;
    assert_eq!(
        fill().await?,
        format!("Vera (vera@shop.example): Ben, {site}")
    );
    let used: CannedResponse = north.get_canned(&format!("/{}", made.id), &ben).await?;
    assert_eq!(used.use_count, 2);
    assert!(used.last_used_at >= Some(made.created_at));
    assert_eq!(used.updated_at, made.updated_at);
    let unknown = json!({ "conversation_id": made.id });
    let refused = north
        .canned(Method::POST, &path, &ben, Some(unknown))
        .await?;
    assert_eq!(code(refused).await?, (404, ErrorCode::NotFound));
    Ok(())
}

async fn twenty_concurrent_uses_are_all_counted(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let made = north
        .create_canned(&north.ada_token, shared("hi", "Hi."))
        .await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    let path = format!("/{}/use", made.id);
    let uses = (0..20).map(|_| {
        let body = Some(json!({ "conversation_id": id }));
        north.canned(Method::POST, &path, &north.ada_token, body)
    });
    for used in try_join_all(uses).await? {
        assert_eq!(used.status(), 200);
    }
    let path = format!("/{}", made.id);
    let used: CannedResponse = north.get_canned(&path, &north.ada_token).await?;
    assert_eq!(used.use_count, 20);
    Ok(())
}

async fn own_responses_end_with_the_membership(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let made = north
        .create_canned(&ben, own("mine", "Only Ben's."))
        .await?;
    let ada = &north.ada_token;
    north.create_canned(ada, own("hers", "Ada's.")).await?;
    let path = format!("/api/v1/members/{}", made.created_by.id);
    let removed = request_as(&north.server, Method::DELETE, &path, ada, None).await?;
    assert_eq!(removed.status(), 204);
    let store = north.server.store().await?;
    assert_eq!(
        store.count("SELECT COUNT(*) FROM canned_responses").await?,
        1
    );
    store.close().await;
    assert_eq!(north.shortcuts("", ada).await?, ["hers"]);
    Ok(())
}

async fn a_token_needs_the_scopes(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let made = north
        .create_canned(&north.ada_token, shared("hi", "Hi."))
        .await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    let uses = (
        Method::POST,
        format!("/{}/use", made.id),
        Some(json!({ "conversation_id": id })),
    );
    for (scopes, expected) in [
        (vec!["canned_responses:read"], [200, 403, 403]),
        (vec!["conversations:read"], [403, 403, 403]),
        (
            vec!["canned_responses:read", "conversations:read"],
            [200, 403, 200],
        ),
        (vec!["canned_responses:write"], [403, 201, 403]),
    ] {
        let body = json!({ "name": "A program", "scopes": scopes });
        let path = "/api/v1/tokens";
        let token = request_as(
            &north.server,
            Method::POST,
            path,
            &north.ada_token,
            Some(body),
        );
        let token: Value = token.await?.error_for_status()?.json().await?;
        let secret = token["secret"].as_str().unwrap_or_default();
        let requests = [
            (Method::GET, String::new(), None),
            (
                Method::POST,
                String::new(),
                Some(own("token", "Made by a program.")),
            ),
            uses.clone(),
        ];
        for ((method, path, body), expected) in requests.into_iter().zip(expected) {
            let answer = north.canned(method.clone(), &path, secret, body).await?;
            assert_eq!(answer.status(), expected, "{scopes:?} {method} {path}");
        }
    }
    Ok(())
}

async fn the_limit_of_own_responses_is_exact(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ada = &north.ada_token;
    let first = north.create_canned(ada, shared("hi", "Hi.")).await?;
    let rows = (1..limits::OWN_CANNED_RESPONSES).map(|n| format!("own{n},Hello\n"));
    let file = format!("shortcut,content\n{}", rows.collect::<String>());
    let imported = north.import(ada, "", &file).await?;
    assert_eq!(imported.status(), 200);
    let two = north
        .import(ada, "", "shortcut,content\na,A\nb,B\n")
        .await?;
    assert_eq!(code(two).await?, (403, ErrorCode::LimitReached));
    north.create_canned(ada, own("last", "Last.")).await?;
    let more = north
        .canned(Method::POST, "", ada, Some(own("more", "More.")))
        .await?;
    assert_eq!(code(more).await?, (403, ErrorCode::LimitReached));
    assert_eq!(
        north
            .change(ada, first.id, json!({ "scope": "own" }))
            .await?,
        403
    );
    north
        .create_canned(ada, shared("room", "There is room for shared ones."))
        .await?;
    Ok(())
}
