//! Isolation: no client ever receives another workspace's or visitor's data.
//!
//! Each client sends every golden command of the protocol, with its own ids and with those of
//! others. Every received text is searched for foreign data. A new command or event fails here
//! until it is listed and received.

mod http;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use deskbell_protocol::{
    Assignment, ClientMessageId, Command, Conversation, ConversationId, ErrorCode, Event,
    ServerFrame,
};
use deskbell_testkit::people::{Person, visitor};
use deskbell_testkit::server::{Database, TestServer};
use deskbell_testkit::socket::Socket;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{North, on_both};

on_both!(
    a_visitor_receives_nothing_about_another,
    an_agent_of_south_receives_nothing_about_north,
);

/// The expected answer to a command with foreign ids.
#[derive(Debug, PartialEq)]
enum Answer {
    /// It is not found.
    NotFound,
    /// Their role does not allow it for any object.
    Forbidden,
    /// The command contains no id, or its answer reveals nothing.
    Harmless,
}

fn expected(command: &Command, is_agent: bool) -> Answer {
    match (command, is_agent) {
        (
            Command::Send { .. }
            | Command::Subscribe { .. }
            | Command::Load { .. }
            | Command::Typing { .. }
            | Command::Receipt { .. },
            _,
        ) => Answer::NotFound,
        (
            Command::Claim { .. }
            | Command::Assign { .. }
            | Command::Update { .. }
            | Command::Note { .. }
            | Command::SubscribeNotes { .. }
            | Command::Snooze { .. }
            | Command::Resolve { .. }
            | Command::Reopen { .. }
            | Command::Close { .. },
            true,
        ) => Answer::NotFound,
        (
            Command::SubscribeInbox { .. }
            | Command::Claim { .. }
            | Command::Assign { .. }
            | Command::Update { .. }
            | Command::Note { .. }
            | Command::SubscribeNotes { .. }
            | Command::Snooze { .. }
            | Command::Resolve { .. }
            | Command::Reopen { .. }
            | Command::Close { .. }
            | Command::Presence { .. },
            false,
        )
        | (Command::Start { .. }, true) => Answer::Forbidden,
        (Command::Start { .. }, false)
        | (Command::SubscribeInbox { .. } | Command::Presence { .. }, true) => Answer::Harmless,
        (Command::Hello { .. } | Command::Ping | Command::Unsubscribe { .. }, _) => {
            Answer::Harmless
        }
    }
}

fn kind(answer: &Event) -> Answer {
    match answer {
        Event::Error { error } if error.code == ErrorCode::NotFound => Answer::NotFound,
        Event::Error { error } if error.code == ErrorCode::Forbidden => Answer::Forbidden,
        _ => Answer::Harmless,
    }
}

/// The name of an event, and the list of all names; the compiler refuses a list from which one is
/// missing.
macro_rules! events {
    ($($pattern:pat => $name:literal),+ $(,)?) => {
        const EVENTS: &[&str] = &[$($name),+];

        fn name(event: &Event) -> &'static str {
            match event {
                $($pattern => $name,)+
                Event::Unknown => unreachable!("this server is as new as we are"),
            }
        }
    };
}

events!(
    Event::Welcome { .. } => "welcome",
    Event::Pong => "pong",
    Event::Started { .. } => "started",
    Event::Saved { .. } => "saved",
    Event::Subscribed { .. } => "subscribed",
    Event::Page { .. } => "page",
    Event::Inbox { .. } => "inbox",
    Event::InboxChanges { .. } => "inbox_changes",
    Event::Changed { .. } => "changed",
    Event::NoteSaved { .. } => "note_saved",
    Event::Notes { .. } => "notes",
    Event::NoteCreated { .. } => "note_created",
    Event::Notified { .. } => "notified",
    Event::NotificationsChanged => "notifications_changed",
    Event::Done => "done",
    Event::Error { .. } => "error",
    Event::MessageCreated { .. } => "message_created",
    Event::ConversationChanged { .. } => "conversation_changed",
    Event::InboxChanged { .. } => "inbox_changed",
    Event::Assignee { .. } => "assignee",
    Event::Typing { .. } => "typing",
    Event::Receipts { .. } => "receipts",
    Event::Seen { .. } => "seen",
    Event::Presence { .. } => "presence",
    Event::Team { .. } => "team",
    Event::YouChanged { .. } => "you_changed",
);

/// Every released command, about this conversation; commands that end it come last.
fn commands(id: ConversationId, mut next: impl FnMut() -> ClientMessageId) -> Result<Vec<Command>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/tests/wire/v1");
    let mut commands = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with("command.") {
            continue;
        }
        let mut command: Value = serde_json::from_slice(&fs::read(&path)?)?;
        for (key, value) in command.as_object_mut().context("an object")? {
            match key.as_str() {
                "conversation_id" => *value = json!(id),
                "client_id" => *value = json!(next()),
                // All changes of the inbox.
                "after" => *value = json!(0),
                "type" | "level" | "assignee" | "token" | "text" | "after_seq" | "before_seq"
                | "active" | "delivered" | "seen" | "away" | "idle" | "to" | "from"
                | "priority" | "subject" | "mentions" | "snooze" => {}
                other => anyhow::bail!("{name}: whose is {other}?"),
            }
        }
        let ends = ["command.close.json", "command.unsubscribe.json"].contains(&&*name);
        commands.push((ends, name.into_owned(), command));
    }
    commands.sort_by_key(|(is_last, name, _)| (*is_last, name.clone()));
    let commands = commands.into_iter();
    Ok(commands
        .map(|(_, _, command)| serde_json::from_value(command))
        .collect::<Result<_, _>>()?)
}

/// Sends every command with the client's own ids; the answers do not matter.
async fn do_everything(person: &mut Person, id: ConversationId) -> Result<()> {
    for round in 0..2 {
        for command in commands(id, || person.next_client_id())? {
            let ends = matches!(command, Command::Close { .. } | Command::Unsubscribe { .. });
            if !ends || round == 1 {
                person.socket.request(command).await?;
            }
        }
    }
    Ok(())
}

/// Sends every command with foreign ids; none of them is granted.
async fn try_everything(person: &mut Person, foreign: ConversationId, agent: bool) -> Result<()> {
    for command in commands(foreign, || person.next_client_id())? {
        let answer = person.socket.request(command.clone()).await?;
        let expected = expected(&command, agent);
        assert_eq!(kind(&answer), expected, "{command:?}: {answer:?}");
    }
    Ok(())
}

/// Ben assigns a conversation to Ada, who is notified and reads it.
async fn assign_to_ada(north: &North, conversation_id: ConversationId) -> Result<()> {
    let mut ben = north.ben().await?;
    for token in [&ben.token.clone(), &north.ada_token] {
        let user_id = text(&me(&north.server, token).await?["user_id"]).parse()?;
        let to = Assignment::Agent { user_id };
        let assign = Command::Assign {
            conversation_id,
            to,
            from: None,
        };
        ben.change(assign).await?;
    }
    let request = north
        .server
        .request(Method::POST, "/api/v1/notifications/read");
    let request = request.bearer_auth(&north.ada_token).json(&json!({}));
    request.send().await?.error_for_status()?;
    Ok(())
}

/// Reads what was sent before: every command was answered, so its events are in the mailbox, and
/// are sent with the answers.
async fn listen_to_the_end(socket: &mut Socket) -> Result<()> {
    for _ in 0..2 {
        socket.request(Command::Ping).await?;
    }
    Ok(())
}

/// Texts that identify a person: their ids, and words that only they use.
struct Traces(Vec<String>);

impl Traces {
    fn of(conversation: &Conversation, words: &str) -> Self {
        Self(vec![
            conversation.id.to_string(),
            conversation.visitor.id.to_string(),
            conversation.site.id.to_string(),
            words.to_owned(),
        ])
    }

    fn and(mut self, trace: &str) -> Self {
        self.0.push(trace.to_owned());
        self
    }

    /// Of a visitor on the same site.
    fn without_site(mut self, conversation: &Conversation) -> Self {
        let site = conversation.site.id.to_string();
        self.0.retain(|trace| *trace != site);
        self
    }

    fn are_absent(&self, received: &[String]) {
        assert!(!received.is_empty());
        for text in received {
            for trace in &self.0 {
                assert!(!text.contains(trace.as_str()), "{trace} in {text}");
            }
        }
    }

    fn are_present(&self, received: &[String]) {
        for trace in &self.0 {
            let is_there = received.iter().any(|text| text.contains(trace.as_str()));
            assert!(is_there, "{trace} is in nothing that was received");
        }
    }
}

/// Every kind of event must have been received by a client, or the absence of others would prove
/// nothing. Some are published a moment later.
async fn receive_all_kinds(sockets: &mut [&mut Socket]) -> Result<()> {
    loop {
        let mut missing = BTreeSet::from_iter(EVENTS);
        for text in sockets.iter().flat_map(|socket| &socket.received) {
            missing.remove(&name(&serde_json::from_str::<ServerFrame>(text)?.event));
        }
        if missing.is_empty() {
            return Ok(());
        }
        let next = sockets
            .iter_mut()
            .map(|socket| Box::pin(socket.next_frame()));
        let (frame, ..) = futures_util::future::select_all(next).await;
        frame
            .with_context(|| format!("nobody has received {missing:?}"))?
            .context("the connection is open")?;
    }
}

/// Presence is published a moment later, unless they have left by then.
async fn receive_team_event(visitor: &mut Person) -> Result<()> {
    let socket = &mut visitor.socket;
    while !matches!(socket.next_event().await?, Some(Event::Team { .. })) {}
    Ok(())
}

async fn a_visitor_receives_nothing_about_another(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut vera, mut viktor) = (north.visitor().await?, north.visitor().await?);
    let (mut ada, mut ada_elsewhere) = (north.ada().await?, north.ada().await?);
    receive_team_event(&mut viktor).await?;
    let veras = vera.start("Apricots.").await?;
    let viktors = viktor.start("Bilberries.").await?;
    vera.follow(veras.id, None).await?;
    viktor.follow(viktors.id, None).await?;
    ada_elsewhere
        .socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    ada_elsewhere.follow(viktors.id, None).await?;
    ada.send_message(viktors.id, "Bilberries?").await?;
    // Viktor receives whether his agent can be reached.
    viktor.follow(viktors.id, None).await?;

    assign_to_ada(&north, viktors.id).await?;
    try_everything(&mut vera, viktors.id, false).await?;
    do_everything(&mut viktor, viktors.id).await?;
    do_everything(&mut ada, viktors.id).await?;
    try_everything(&mut vera, viktors.id, false).await?;
    ada.change(Command::Claim {
        conversation_id: veras.id,
    })
    .await?;
    ada.send_message(veras.id, "Apricots are out.").await?;
    rename(&north.server, &north.ada_token, "Adele").await?;

    receive_all_kinds(&mut [
        &mut viktor.socket,
        &mut ada.socket,
        &mut ada_elsewhere.socket,
    ])
    .await?;
    for person in [&mut vera, &mut viktor, &mut ada, &mut ada_elsewhere] {
        listen_to_the_end(&mut person.socket).await?;
    }
    let of_vera = Traces::of(&veras, "Apricots").without_site(&veras);
    let of_viktor = Traces::of(&viktors, "Bilberries").without_site(&viktors);
    of_viktor.are_absent(&vera.socket.received);
    of_vera.are_absent(&viktor.socket.received);
    of_vera.are_present(&vera.socket.received);
    of_viktor.are_present(&ada_elsewhere.socket.received);
    Ok(())
}

/// North and South, each with an agent and a visitor who send all commands and follow everything.
struct Neighbours {
    north: North,
    ada: Person,
    /// Follows everything and sends no other command.
    ada_elsewhere: Person,
    vera: Person,
    veras: Conversation,
    stella: Person,
    sven: Person,
    svens: Conversation,
    /// Their ids.
    ada_id: String,
    stella_id: String,
}

impl Neighbours {
    async fn meet(database: Database) -> Result<Self> {
        let north = North::new(database).await?;
        let server = &north.server;
        let stellas_token = server.register("Stella", "South").await?;
        let of_ada = me(server, &north.ada_token).await?;
        let of_stella = me(server, &stellas_token).await?;
        let souths_key = add_site(server, &text(&of_stella["workspace"]["id"])).await?;
        let mut vera = north.visitor().await?;
        let mut sven = visitor(server, &souths_key).await?;
        let (mut ada, mut ada_elsewhere) = (north.ada().await?, north.ada().await?);
        let mut stella = Person::connect(server, &stellas_token).await?;
        receive_team_event(&mut vera).await?;
        for agent in [&mut ada, &mut ada_elsewhere, &mut stella] {
            agent
                .socket
                .request(Command::SubscribeInbox { after: None })
                .await?;
        }
        let veras = vera.start("Apricots.").await?;
        let svens = sven.start("Seaweed.").await?;
        for (agent, visitor, id, reply) in [
            (&mut ada, &mut vera, veras.id, "Apricots?"),
            (&mut stella, &mut sven, svens.id, "Seaweed?"),
        ] {
            agent.follow(id, None).await?;
            agent.send_message(id, reply).await?;
            visitor.follow(id, None).await?;
        }
        ada_elsewhere.follow(veras.id, None).await?;
        Ok(Self {
            north,
            ada,
            ada_elsewhere,
            vera,
            veras,
            stella,
            sven,
            svens,
            ada_id: text(&of_ada["user_id"]),
            stella_id: text(&of_stella["user_id"]),
        })
    }

    async fn do_everything(&mut self) -> Result<()> {
        assign_to_ada(&self.north, self.veras.id).await?;
        do_everything(&mut self.vera, self.veras.id).await?;
        do_everything(&mut self.sven, self.svens.id).await?;
        do_everything(&mut self.ada, self.veras.id).await?;
        do_everything(&mut self.stella, self.svens.id).await?;
        let server = &self.north.server;
        rename(server, &self.north.ada_token, "Ada of Apricots").await?;
        rename(server, &self.stella.token, "Stella of Seaweed").await
    }

    fn of_north(&self) -> Traces {
        Traces::of(&self.veras, "Apricots").and(&self.ada_id)
    }

    fn of_south(&self) -> Traces {
        Traces::of(&self.svens, "Seaweed").and(&self.stella_id)
    }
}

async fn me(server: &TestServer, token: &str) -> Result<Value> {
    let request = server.request(Method::GET, "/api/v1/me");
    Ok(request.bearer_auth(token).send().await?.json().await?)
}

/// Renames a user, which only they receive.
async fn rename(server: &TestServer, token: &str, name: &str) -> Result<()> {
    let request = server.request(Method::PATCH, "/api/v1/me");
    let request = request.bearer_auth(token).json(&json!({ "name": name }));
    anyhow::ensure!(request.send().await?.status().is_success());
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Creates a site of a workspace.
async fn add_site(server: &TestServer, workspace: &str) -> Result<String> {
    let key = "sites-key-of-the-south";
    let store = server.store().await?;
    let mut tx = store.begin(1).await?;
    deskbell_store::sites::create_site(&mut tx, workspace.parse()?, "South shop", key, &[]).await?;
    tx.commit().await?;
    Ok(key.to_owned())
}

async fn an_agent_of_south_receives_nothing_about_north(database: Database) -> Result<()> {
    let mut neighbours = Neighbours::meet(database).await?;
    let (veras, svens) = (neighbours.veras.id, neighbours.svens.id);
    try_everything(&mut neighbours.stella, veras, true).await?;
    try_everything(&mut neighbours.sven, veras, false).await?;
    try_everything(&mut neighbours.ada, svens, true).await?;
    neighbours.do_everything().await?;
    try_everything(&mut neighbours.stella, veras, true).await?;

    let (of_north, of_south) = (neighbours.of_north(), neighbours.of_south());
    let Neighbours {
        mut ada,
        mut ada_elsewhere,
        mut vera,
        mut stella,
        mut sven,
        ..
    } = neighbours;
    receive_all_kinds(&mut [&mut ada.socket, &mut ada_elsewhere.socket, &mut vera.socket]).await?;
    for person in [
        &mut ada,
        &mut ada_elsewhere,
        &mut vera,
        &mut stella,
        &mut sven,
    ] {
        listen_to_the_end(&mut person.socket).await?;
    }
    for person in [&stella, &sven] {
        of_north.are_absent(&person.socket.received);
    }
    for person in [&ada, &ada_elsewhere, &vera] {
        of_south.are_absent(&person.socket.received);
    }
    of_north.are_present(&ada.socket.received);
    of_south.are_present(&stella.socket.received);
    Ok(())
}
