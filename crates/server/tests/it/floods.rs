//! Rate limits: a client over a limit is refused, then disconnected; others are not affected.

use anyhow::{Context, Result};
use deskbell_protocol::api::conversations::poll::Polled;
use deskbell_protocol::{
    ClientFrame, CloseCode, Command, Conversation, ConversationId, ErrorBody, ErrorCode, Event,
};
use deskbell_testkit::people::{Person, visitor, visitor_token};
use deskbell_testkit::server::{Database, PASSWORD, TestServer, email};
use deskbell_testkit::socket::Socket;
use reqwest::header::RETRY_AFTER;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::{North, on_both};

on_both!(
    a_visitor_over_the_limit_gets_a_retry_time_and_the_agent_is_not_limited,
    a_flood_of_messages_ends_its_connection_and_other_chats_continue,
    a_million_subscriptions_end_their_connection,
    a_flood_of_pings_ends_its_connection,
    several_connections_share_one_limit,
    visitors_of_one_address_share_a_read_limit_and_agents_do_not,
    polls_of_one_address_and_of_one_workspace_leave_room_for_others,
    the_limit_of_one_workspace_does_not_affect_another,
    sign_ins_are_limited_by_account_and_by_address,
    new_visitors_and_conversations_are_limited,
    connections_are_limited_in_number_and_rate,
    only_a_trusted_proxy_names_the_client_address,
);

/// North with these limits, and no others.
async fn north(database: Database, limits: &str) -> Result<North> {
    North::with_limits(database, limits).await
}

/// Ada and Vera in a conversation that both follow.
async fn talking(north: &North) -> Result<(Person, Person, Conversation)> {
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let conversation = vera.start("Hello?").await?;
    let conversation_id = conversation.id;
    ada.change(Command::Claim { conversation_id }).await?;
    ada.follow(conversation_id, Some(2)).await?;
    vera.follow(conversation_id, Some(2)).await?;
    Ok((ada, vera, conversation))
}

/// Each sends a message that the other receives.
async fn talk_on(ada: &mut Person, vera: &mut Person, conversation: &Conversation) -> Result<()> {
    for _ in 0..5 {
        let seq = vera.send_message(conversation.id, "And now?").await?;
        assert_eq!(ada.next_message().await?.seq, seq);
        assert_eq!(vera.next_message().await?.seq, seq);
        let answered = ada.send_message(conversation.id, "Still here.").await?;
        assert_eq!(vera.next_message().await?.seq, answered);
        assert_eq!(ada.next_message().await?.seq, answered);
    }
    Ok(())
}

async fn refused(response: Response) -> Result<ErrorBody> {
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds: u32 = response
        .headers()
        .get(RETRY_AFTER)
        .context("when to try again")?
        .to_str()?
        .parse()?;
    let error: ErrorBody = response.json().await?;
    assert_eq!(error.code, ErrorCode::RateLimited);
    let ms = error.retry_after_ms.context("when to try again")?;
    assert_eq!(seconds, ms.div_ceil(1_000));
    Ok(error)
}

async fn a_visitor_over_the_limit_gets_a_retry_time_and_the_agent_is_not_limited(
    database: Database,
) -> Result<()> {
    let north = north(database, "messages_by_visitor=3/h").await?;
    let (mut ada, mut vera, conversation) = talking(&north).await?;
    let conversation_id = conversation.id;
    for _ in 0..3 {
        vera.send_message(conversation_id, "Please.").await?;
    }
    let client_id = vera.next_client_id();
    let text = "One too many.".to_owned();
    let send = Command::Send {
        conversation_id,
        client_id,
        text,
        assignee: None,
    };
    let error = vera.refused(send).await?;
    assert_eq!(error.code, ErrorCode::RateLimited);
    let wait = error.retry_after_ms.context("when to try again")?;
    assert!((1..=1_200_000).contains(&wait), "{wait} ms");
    for _ in 0..10 {
        ada.send_message(conversation_id, "I am here.").await?;
    }
    assert_eq!(vera.socket.request(Command::Ping).await?, Event::Pong);
    Ok(())
}

/// More than the capacity of all buckets in these tests. An endless flood would lose the close
/// code, because unread data resets a connection at its end.
const FLOOD: u32 = 400;

/// Sends without waiting for answers; returns the close code.
async fn flood(socket: &mut Socket, command: Command) -> Result<Option<u16>> {
    for id in 0..FLOOD {
        let frame = ClientFrame {
            id,
            command: command.clone(),
        };
        socket.send_text(&serde_json::to_string(&frame)?).await?;
    }
    socket.closed().await
}

async fn a_flood_of_messages_ends_its_connection_and_other_chats_continue(
    database: Database,
) -> Result<()> {
    let north = north(database, "messages_by_visitor=60/h").await?;
    let (mut ada, mut vera, conversation) = talking(&north).await?;
    let mut floods = Vec::new();
    for _ in 0..8 {
        let mut viktor = north.visitor().await?;
        let conversation_id = viktor.start("Buy now!").await?.id;
        floods.push(tokio::spawn(async move {
            let client_id = viktor.next_client_id();
            let text = "Buy now!".repeat(400);
            let send = Command::Send {
                conversation_id,
                client_id,
                text,
                assignee: None,
            };
            flood(&mut viktor.socket, send).await
        }));
    }
    talk_on(&mut ada, &mut vera, &conversation).await?;
    for flood in floods {
        let code = flood.await??.context("a code")?;
        assert_eq!(code, CloseCode::Flood.code());
        assert!(CloseCode::reconnects(code));
    }
    talk_on(&mut ada, &mut vera, &conversation).await
}

async fn a_million_subscriptions_end_their_connection(database: Database) -> Result<()> {
    let north = north(database, "frames_by_connection=50/h").await?;
    let (mut ada, mut vera, conversation) = talking(&north).await?;
    let mut viktor = north.visitor().await?;
    let conversation_id = viktor.start("Hello?").await?.id;
    let subscribe = Command::Subscribe {
        conversation_id,
        after_seq: None,
    };
    let code = flood(&mut viktor.socket, subscribe).await?;
    assert_eq!(code, Some(CloseCode::Flood.code()));
    talk_on(&mut ada, &mut vera, &conversation).await
}

async fn a_flood_of_pings_ends_its_connection(database: Database) -> Result<()> {
    let north = north(database, "frames_by_connection=50/h").await?;
    let mut viktor = north.visitor().await?;
    for _ in 0..FLOOD {
        viktor.socket.send_ping().await?;
    }
    assert_eq!(viktor.socket.closed().await?, Some(CloseCode::Flood.code()));
    Ok(())
}

/// Whether this many pages are answered, one after the other.
async fn loads(person: &mut Person, conversation_id: ConversationId, count: usize) -> Result<()> {
    for _ in 0..count {
        let answer = person.socket.request(load(conversation_id)).await?;
        assert!(matches!(answer, Event::Page { .. }), "{answer:?}");
    }
    Ok(())
}

fn load(conversation_id: ConversationId) -> Command {
    Command::Load {
        conversation_id,
        before_seq: 2,
    }
}

async fn several_connections_share_one_limit(database: Database) -> Result<()> {
    let north = north(database, "reads_by_visitor=10/h").await?;
    let (mut vera, mut viktor) = (north.visitor().await?, north.visitor().await?);
    let veras = vera.start("Hello?").await?.id;
    let viktors = viktor.start("Hello!").await?.id;
    let mut elsewhere = Person::connect(&north.server, &vera.token).await?;
    loads(&mut vera, veras, 5).await?;
    loads(&mut elsewhere, veras, 5).await?;
    for person in [&mut vera, &mut elsewhere] {
        let error = person.refused(load(veras)).await?;
        assert_eq!(error.code, ErrorCode::RateLimited);
        assert!(error.retry_after_ms.is_some());
        assert_eq!(person.socket.request(Command::Ping).await?, Event::Pong);
    }
    vera.send_message(veras, "What she says is another matter.")
        .await?;
    loads(&mut viktor, viktors, 5).await
}

async fn visitors_of_one_address_share_a_read_limit_and_agents_do_not(
    database: Database,
) -> Result<()> {
    let north = north(database, "reads_by_address=10/h").await?;
    let (mut vera, mut viktor) = (north.visitor().await?, north.visitor().await?);
    let veras = vera.start("Hello?").await?.id;
    let viktors = viktor.start("Hello!").await?.id;
    loads(&mut vera, veras, 5).await?;
    loads(&mut viktor, viktors, 5).await?;
    let error = vera.refused(load(veras)).await?;
    assert_eq!(error.code, ErrorCode::RateLimited);
    let mut ada = north.ada().await?;
    loads(&mut ada, veras, 20).await
}

async fn polls_of_one_address_and_of_one_workspace_leave_room_for_others(
    database: Database,
) -> Result<()> {
    let north = north(database, "polls_by_address=2, polls_by_workspace=3").await?;
    let token = visitor_token(&north.server, &north.site_key, None).await?;
    let poll = async |from: &str| {
        let frame = ClientFrame {
            id: 1,
            command: hello(&token.token),
        };
        let body = json!({ "frames": [frame], "wait": true });
        post_from(&north.server, "/api/v1/poll", body, from).await
    };
    for from in ["198.51.100.1", "198.51.100.1", "198.51.100.2"] {
        let polled: Polled = poll(from).await?.error_for_status()?.json().await?;
        assert!(matches!(polled.frames[0].event, Event::Welcome { .. }));
    }
    let third = poll("198.51.100.1").await?;
    assert_eq!(third.status(), StatusCode::SERVICE_UNAVAILABLE);
    let fourth: Polled = poll("198.51.100.3")
        .await?
        .error_for_status()?
        .json()
        .await?;
    let Event::Error { error } = &fourth.frames[0].event else {
        anyhow::bail!("no room for this workspace, but {fourth:?}");
    };
    assert_eq!(error.code, ErrorCode::Unavailable);

    let stella = north.server.register("Stella", "South").await?;
    let frame = ClientFrame {
        id: 1,
        command: hello(&stella),
    };
    let body = json!({ "frames": [frame], "wait": true });
    let response = post_from(&north.server, "/api/v1/poll", body, "198.51.100.3").await?;
    let polled: Polled = response.error_for_status()?.json().await?;
    assert!(matches!(polled.frames[0].event, Event::Welcome { .. }));
    Ok(())
}

async fn the_limit_of_one_workspace_does_not_affect_another(database: Database) -> Result<()> {
    let north = north(
        database,
        "messages_by_workspace=2/h, conversations_by_workspace=2/h, open_by_workspace=4",
    )
    .await?;
    let stella = north.server.register("Stella", "South").await?;
    let mut open = vec![north.visitor().await?, north.visitor().await?];
    for visitor in &mut open {
        let id = visitor.start("Hello?").await?.id;
        visitor.send_message(id, "Hello?").await?;
    }
    let mut viktor = north.visitor().await?;
    let client_id = viktor.next_client_id();
    let start = Command::Start {
        client_id,
        text: "Me, too.".to_owned(),
    };
    assert_eq!(viktor.refused(start).await?.code, ErrorCode::RateLimited);
    let _ada = north.ada().await?;

    let mut one_too_many = Socket::open(&north.server.host()).await?;
    let answer = one_too_many.request(hello(&viktor.token)).await?;
    let Event::Error { error } = answer else {
        anyhow::bail!("refused, not {answer:?}");
    };
    assert_eq!(error.code, ErrorCode::LimitReached);
    let code = one_too_many.closed().await?;
    assert_eq!(code, Some(CloseCode::Flood.code()));

    let mut stella = Person::connect(&north.server, &stella).await?;
    assert_eq!(stella.socket.request(Command::Ping).await?, Event::Pong);
    Ok(())
}

fn hello(token: &str) -> Command {
    Command::Hello {
        level: deskbell_protocol::LEVEL,
        token: Some(token.to_owned()),
    }
}

async fn sign_in(server: &TestServer, name: &str, password: &str, from: &str) -> Result<Response> {
    let body = json!({ "email": email(name), "password": password });
    post_from(server, "/api/v1/auth/sign-in", body, from).await
}

async fn post_from(server: &TestServer, path: &str, body: Value, from: &str) -> Result<Response> {
    let request = server.request(Method::POST, path);
    let request = request.header("x-deskbell", "1");
    Ok(request
        .header("x-forwarded-for", from)
        .json(&body)
        .send()
        .await?)
}

async fn sign_ins_are_limited_by_account_and_by_address(database: Database) -> Result<()> {
    let limits = "sign_ins_by_account=4/h, sign_ins_by_address=6/h";
    let north = north(database, limits).await?;
    let server = &north.server;
    server.register("Stella", "South").await?;
    for from in [
        "198.51.100.1",
        "198.51.100.2",
        "198.51.100.3",
        "2001:db8::1",
    ] {
        let wrong = sign_in(server, "Ada", "Guess-1", from).await?;
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    }
    let elsewhere = "198.51.100.9";
    refused(sign_in(server, "ADA", PASSWORD, elsewhere).await?).await?;
    let stella = sign_in(server, "Stella", PASSWORD, elsewhere).await?;
    assert_eq!(stella.status(), StatusCode::OK);

    for name in ["Eve", "Eva", "Evi", "Emma"] {
        let unknown = sign_in(server, name, "Guess-1", elsewhere).await?;
        assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
    }
    refused(sign_in(server, "Stella", PASSWORD, elsewhere).await?).await?;
    let neighbour = sign_in(server, "Stella", PASSWORD, "198.51.100.10").await?;
    assert_eq!(neighbour.status(), StatusCode::OK);
    Ok(())
}

async fn new_visitors_and_conversations_are_limited(database: Database) -> Result<()> {
    let limits = "visitors_by_address=3/h, conversations_by_visitor=2/h";
    let north = north(database, limits).await?;
    let (server, site_key) = (&north.server, &north.site_key);
    let first = visitor_token(server, site_key, None).await?;
    let mut vera = Person::connect(server, &first.token).await?;
    for _ in 0..2 {
        vera.start("Hello?").await?;
    }
    let client_id = vera.next_client_id();
    let start = Command::Start {
        client_id,
        text: "Hello!".to_owned(),
    };
    assert_eq!(vera.refused(start).await?.code, ErrorCode::RateLimited);

    visitor(server, site_key).await?;
    visitor(server, site_key).await?;
    let body = json!({ "site_key": site_key });
    refused(server.post("/api/v1/visitors", body.clone()).await?).await?;
    let elsewhere = post_from(server, "/api/v1/visitors", body, "198.51.100.1").await?;
    assert_eq!(elsewhere.status(), StatusCode::OK);
    Ok(())
}

async fn connections_are_limited_in_number_and_rate(database: Database) -> Result<()> {
    let limits = "open_by_address=2, connections_by_address=4/h";
    let north = north(database, limits).await?;
    let host = north.server.host();
    let from = |address: &str| [("x-forwarded-for", address.to_owned())];
    let first = Socket::open_with(&host, &from("198.51.100.1")).await?;
    let _second = Socket::open_with(&host, &from("198.51.100.1")).await?;
    let third = Socket::open_with(&host, &from("198.51.100.1")).await;
    assert!(third.is_err(), "two at a time");
    Socket::open_with(&host, &from("198.51.100.2")).await?;

    let mut first = first;
    first.send_text("not hello").await?;
    assert_eq!(first.closed().await?, Some(CloseCode::Protocol.code()));
    drop(first);
    // The permit is returned when the server has detected the end, which is soon.
    let upgrade = || async {
        let request = north.server.request(Method::GET, "/api/v1/socket");
        let request = request
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("x-forwarded-for", "198.51.100.1");
        anyhow::Ok(request.send().await?)
    };
    let fourth = upgrade().await?;
    let status = fourth.status();
    assert!(
        status == StatusCode::SWITCHING_PROTOCOLS || status == StatusCode::TOO_MANY_REQUESTS,
        "{status}"
    );
    refused(upgrade().await?).await?;
    Ok(())
}

async fn only_a_trusted_proxy_names_the_client_address(database: Database) -> Result<()> {
    let north = north(database, "visitors_by_address=1/h").await?;
    let body = json!({ "site_key": north.site_key });
    let request = async |from: &str| {
        let path = "/api/v1/visitors";
        post_from(&north.server, path, body.clone(), from).await
    };
    assert_eq!(request("198.51.100.1").await?.status(), StatusCode::OK);
    refused(request("198.51.100.1").await?).await?;
    // The client's own entry precedes that of the proxy.
    refused(request("203.0.113.77, 198.51.100.1").await?).await?;
    refused(request("203.0.113.78, 198.51.100.1, 127.0.0.2").await?).await?;
    assert_eq!(request("2001:db8:0:7::1").await?.status(), StatusCode::OK);
    refused(request("2001:db8:0:7:ffff::2").await?).await?;

    let strangers = TestServer::without_proxies(database, "visitors_by_address=1/h").await?;
    let (done, _) = strangers.set_up("Ada", "North").await?;
    let body = json!({ "site_key": done.site.key });
    let request = async |from: &str| {
        let path = "/api/v1/visitors";
        post_from(&strangers, path, body.clone(), from).await
    };
    assert_eq!(request("198.51.100.1").await?.status(), StatusCode::OK);
    refused(request("198.51.100.2").await?).await?;
    Ok(())
}
