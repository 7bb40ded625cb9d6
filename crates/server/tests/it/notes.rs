//! Notes: what agents write to each other beside a conversation.

use anyhow::{Context, Result};
use deskbell_protocol::api::conversations::Notes;
use deskbell_protocol::{
    ClientMessageId, Command, ConversationId, ErrorBody, ErrorCode, Event, Mention, Note, Seq,
    TeamId, UserId, limits,
};
use deskbell_testkit::cluster::Cluster;
use deskbell_testkit::people::{Person, visitor};
use deskbell_testkit::server::Database;
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{code, execute, fetch, request_as};
use crate::{North, on_both};

on_both!(
    colleagues_who_follow_a_conversation_get_its_notes,
    a_visitor_never_gets_a_note,
    a_note_sent_twice_is_saved_once,
    notes_of_twenty_agents_at_once_are_dense,
    a_client_resumes_after_its_last_note_page_by_page,
    a_note_stands_after_the_message_before_it,
    mentions_name_members_and_teams,
    invalid_notes_are_refused_with_the_name_of_the_field,
    a_closed_conversation_takes_no_note_and_shows_those_that_it_has,
    the_limit_of_notes_is_exact,
    a_program_writes_and_reads_notes_over_http,
);

fn note(id: ConversationId, client_id: ClientMessageId, text: &str) -> Command {
    Command::Note {
        conversation_id: id,
        client_id,
        text: text.to_owned(),
        mentions: Vec::new(),
    }
}

fn mentioning(id: ConversationId, by: &Person, text: &str, mentions: Vec<Mention>) -> Command {
    Command::Note {
        conversation_id: id,
        client_id: by.next_client_id(),
        text: text.to_owned(),
        mentions,
    }
}

trait Writes {
    /// Writes a note.
    async fn write_note(&mut self, id: ConversationId, text: &str) -> Result<Note>;
    /// Follows a conversation and its notes; returns those after `after`, and whether there are more.
    async fn follow_notes(
        &mut self,
        id: ConversationId,
        after: Option<Seq>,
    ) -> Result<(Vec<Note>, bool)>;
    /// The next note that is reported.
    async fn next_note(&mut self) -> Result<Note>;
}

impl Writes for Person {
    async fn write_note(&mut self, id: ConversationId, text: &str) -> Result<Note> {
        let command = note(id, self.next_client_id(), text);
        saved(self.socket.request(command).await?)
    }

    async fn follow_notes(
        &mut self,
        id: ConversationId,
        after: Option<Seq>,
    ) -> Result<(Vec<Note>, bool)> {
        self.follow(id, None).await?;
        let command = Command::SubscribeNotes {
            conversation_id: id,
            after,
        };
        match self.socket.request(command).await? {
            Event::Notes { notes, more, .. } => Ok((notes, more)),
            other => anyhow::bail!("notes, not {other:?}"),
        }
    }

    async fn next_note(&mut self) -> Result<Note> {
        loop {
            match self.socket.next_event().await?.context("a note")? {
                Event::NoteCreated { note } => return Ok(note),
                _ => continue,
            }
        }
    }
}

fn saved(answer: Event) -> Result<Note> {
    match answer {
        Event::NoteSaved { note } => Ok(note),
        other => anyhow::bail!("saved, not {other:?}"),
    }
}

fn texts(notes: &[Note]) -> Vec<&str> {
    notes.iter().map(|note| note.text.as_str()).collect()
}

async fn colleagues_who_follow_a_conversation_get_its_notes(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let id = north.visitor().await?.start("Hello?").await?.id;
    let first = ada.write_note(id, "  A regular customer.\n").await?;
    assert_eq!((first.seq, first.after_seq), (1, 1));
    assert_eq!(first.text, "A regular customer.");
    assert_eq!(first.author.name, "Ada");
    let (notes, more) = ben.follow_notes(id, None).await?;
    assert_eq!((notes, more), (vec![first], false));
    let second = ada.write_note(id, "She called in May.").await?;
    assert_eq!(ben.next_note().await?, second);
    let third = ben.write_note(id, "I remember.").await?;
    assert_eq!(ben.next_note().await?, third, "also the author");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_reach_agents_on_every_node() -> Result<()> {
    let cluster = Cluster::new(3).await?;
    let (done, ada_token) = cluster.nodes[0].set_up("Ada", "North").await?;
    let mut agents = Vec::new();
    for node in &cluster.nodes {
        agents.push(Person::connect(node, &ada_token).await?);
    }
    let mut vera = visitor(&cluster.nodes[1], &done.site.key).await?;
    let id = vera.start("Hello?").await?.id;
    for agent in &mut agents {
        agent.follow_notes(id, None).await?;
    }
    for writer in 0..agents.len() {
        let written = agents[writer]
            .write_note(id, &format!("Note {writer}"))
            .await?;
        for agent in &mut agents {
            assert_eq!(agent.next_note().await?, written);
        }
    }
    Ok(())
}

async fn a_visitor_never_gets_a_note(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.id;
    vera.follow(id, None).await?;
    ada.write_note(id, "A difficult person.").await?;
    ada.send_message(id, "Hello.").await?;
    vera.next_message().await?;
    vera.follow(id, None).await?;
    let refused = vera
        .refused(note(id, vera.next_client_id(), "Mine."))
        .await?;
    assert_eq!(refused.code, ErrorCode::Forbidden);
    let subscribe = Command::SubscribeNotes {
        conversation_id: id,
        after: None,
    };
    let refused = vera.refused(subscribe).await?;
    assert_eq!(refused.code, ErrorCode::Forbidden);
    let leak = vera
        .socket
        .received
        .iter()
        .find(|it| it.contains("difficult"));
    assert_eq!(leak, None);
    Ok(())
}

async fn a_note_sent_twice_is_saved_once(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let id = north.visitor().await?.start("Hello?").await?.id;
    let client_id = ada.next_client_id();
    let first = saved(ada.socket.request(note(id, client_id, "Once.")).await?)?;
    let again = saved(ada.socket.request(note(id, client_id, "Changed.")).await?)?;
    assert_eq!(again, first);
    let refused = ben.refused(note(id, client_id, "Mine.")).await?;
    assert_eq!(refused.code, ErrorCode::Conflict);
    assert_eq!(ben.follow_notes(id, None).await?.0, [first]);
    Ok(())
}

async fn notes_of_twenty_agents_at_once_are_dense(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ben = north.ben().await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    ben.follow_notes(id, None).await?;
    let writes = (0..20).map(async |number| {
        let mut ada = north.ada().await?;
        ada.write_note(id, &format!("Note {number}")).await
    });
    try_join_all(writes).await?;
    for seq in 1..=20 {
        assert_eq!(ben.next_note().await?.seq, seq);
    }
    Ok(())
}

async fn a_client_resumes_after_its_last_note_page_by_page(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    let long = "x".repeat(limits::TEXT_CHARS);
    let count = limits::PAGE_BYTES / limits::TEXT_CHARS + 5;
    for _ in 0..count {
        ada.write_note(id, &long).await?;
    }
    let mut ben = north.ben().await?;
    let (mut read, mut more, mut pages) = (Vec::new(), true, 0);
    while more {
        let after = read.last().map(|note: &Note| note.seq);
        let (page, has_more) = ben.follow_notes(id, after).await?;
        anyhow::ensure!(!page.is_empty(), "a page that has more is not empty");
        read.extend(page);
        (more, pages) = (has_more, pages + 1);
    }
    assert_eq!(pages, 2, "one answer has a limited size");
    assert!(read.iter().map(|note| note.seq).eq(1..=count as Seq));
    let missed = ada.write_note(id, "And this.").await?;
    assert_eq!(ben.next_note().await?, missed);
    // A client that claims more notes than there are (a backup was restored) gets the next one.
    let mut carla = north.ada().await?;
    let (none, more) = carla.follow_notes(id, Some(1_000)).await?;
    assert_eq!((none, more), (Vec::new(), false));
    let next = ada.write_note(id, "The next.").await?;
    assert_eq!(carla.next_note().await?, next);
    Ok(())
}

async fn a_note_stands_after_the_message_before_it(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("One.").await?.id;
    let seq = vera.send_message(id, "Two.").await?;
    assert_eq!(ada.write_note(id, "After two.").await?.after_seq, seq);
    let seq = vera.send_message(id, "Three.").await?;
    assert_eq!(ada.write_note(id, "After three.").await?.after_seq, seq);
    let head = ada.head(id).await?;
    assert_eq!(head.preview, "Three.", "a note is no message");
    assert_eq!(head.last_seq, seq);
    Ok(())
}

async fn mentions_name_members_and_teams(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, ben) = (north.ada().await?, north.ben().await?);
    let id = north.visitor().await?.start("Hello?").await?.id;
    let body = json!({ "name": "Returns" });
    let made = request_as(
        &north.server,
        Method::POST,
        "/api/v1/teams",
        &north.ada_token,
        Some(body),
    );
    let team: Value = made.await?.error_for_status()?.json().await?;
    let me: Value = fetch(&north.server, Method::GET, "/api/v1/me", &ben.token).await?;
    let mentions = vec![
        Mention::Member {
            id: serde_json::from_value(me["user_id"].clone())?,
            name: "Ben".to_owned(),
        },
        Mention::Team {
            id: serde_json::from_value(team["id"].clone())?,
            name: "Returns".to_owned(),
        },
    ];
    let text = "@Ben, ask @Returns.";
    let command = mentioning(id, &ada, text, mentions.clone());
    let written = saved(ada.socket.request(command).await?)?;
    assert_eq!(written.mentions, mentions);
    assert_eq!(ada.follow_notes(id, None).await?.0, [written]);
    Ok(())
}

async fn invalid_notes_are_refused_with_the_name_of_the_field(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let stranger: Value = fetch(&north.server, Method::GET, "/api/v1/me", &stella).await?;
    let mut ada = north.ada().await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    let member = |id: UserId, name: &str| Mention::Member {
        id,
        name: name.to_owned(),
    };
    let unknown = UserId::from_parts(1, [7; 10]);
    let foreign: UserId = serde_json::from_value(stranger["user_id"].clone())?;
    let me: Value = fetch(&north.server, Method::GET, "/api/v1/me", &north.ada_token).await?;
    let own: UserId = serde_json::from_value(me["user_id"].clone())?;
    let team = Mention::Team {
        id: TeamId::from_parts(1, [7; 10]),
        name: "Returns".to_owned(),
    };
    for (text, mentions) in [
        ("@Ben", vec![member(unknown, "Ben")]),
        ("@Stella", vec![member(foreign, "Stella")]),
        ("@Returns", vec![team]),
        ("Ada", vec![member(own, "Ada")]),
        ("@Adele", vec![member(own, "Adele")]),
        ("@Adam", vec![member(own, "Ada")]),
        ("@", vec![member(own, "")]),
        ("@Ada", vec![member(own, "Ada"), member(own, "Ada")]),
        ("@Ada", vec![Mention::Unknown]),
        ("@Ada", vec![member(own, "Ada"); limits::MENTIONS + 1]),
    ] {
        let command = mentioning(id, &ada, text, mentions);
        let refused = ada.refused(command).await?;
        assert_eq!(refused.code, ErrorCode::Invalid, "{text}: {refused:?}");
        assert!(refused.fields.contains_key("mentions"), "{refused:?}");
    }
    for text in ["", " \n ", &"x".repeat(limits::TEXT_CHARS + 1)] {
        let refused = ada.refused(note(id, ada.next_client_id(), text)).await?;
        assert!(
            matches!(refused.code, ErrorCode::Invalid | ErrorCode::TooLarge),
            "{refused:?}"
        );
    }
    let (notes, _) = ada.follow_notes(id, None).await?;
    assert_eq!(notes, [], "nothing was saved");
    Ok(())
}

async fn a_closed_conversation_takes_no_note_and_shows_those_that_it_has(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let conversation_id = north.visitor().await?.start("Hello?").await?.id;
    ada.write_note(conversation_id, "Before.").await?;
    ada.change(Command::Claim { conversation_id }).await?;
    ada.change(Command::Close { conversation_id }).await?;
    let late = note(conversation_id, ada.next_client_id(), "After.");
    let refused = ada.refused(late).await?;
    assert_eq!(refused.code, ErrorCode::ConversationClosed);
    let (notes, _) = ada.follow_notes(conversation_id, None).await?;
    assert_eq!(texts(&notes), ["Before."]);
    Ok(())
}

async fn the_limit_of_notes_is_exact(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    ada.write_note(id, "The first.").await?;
    let last = limits::NOTES - 1;
    execute(&north.server, &format!("UPDATE notes SET seq = {last}")).await?;
    assert_eq!(
        ada.write_note(id, "The last.").await?.seq,
        limits::NOTES as Seq
    );
    let refused = ada
        .refused(note(id, ada.next_client_id(), "One more."))
        .await?;
    assert_eq!(refused.code, ErrorCode::LimitReached);
    Ok(())
}

async fn a_program_writes_and_reads_notes_over_http(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let id = north.visitor().await?.start("Hello?").await?.id;
    let path = format!("/api/v1/conversations/{id}/notes");
    let write = async |body: Value, key: &str| {
        let request = server.request(Method::POST, &path);
        let request = request.bearer_auth(&north.ada_token).json(&body);
        anyhow::Ok(request.header("Idempotency-Key", key).send().await?)
    };
    let mut written = Vec::new();
    for key in ["a", "a", "b"] {
        let made = write(json!({ "text": format!("Note {key}") }), key).await?;
        assert_eq!(made.status(), 201);
        written.push(made.json::<Note>().await?);
    }
    assert_eq!(written[0], written[1], "the same key");
    written.remove(0);
    let all: Notes = fetch(server, Method::GET, &path, &north.ada_token).await?;
    assert_eq!((all.notes, all.more), (written.clone(), false));
    let after = format!("{path}?after_seq=1");
    let rest: Notes = fetch(server, Method::GET, &after, &north.ada_token).await?;
    assert_eq!(rest.notes, written[1..]);
    let refused = write(json!({ "text": "" }), "c").await?;
    assert_eq!(refused.status(), 422);
    let refused: ErrorBody = refused.json().await?;
    refused.fields.get("text").context("the field")?;
    let stella = server.register("Stella", "South").await?;
    for method in [Method::GET, Method::POST] {
        let body = (method == Method::POST).then(|| json!({ "text": "Mine." }));
        let refused = request_as(server, method, &path, &stella, body).await?;
        assert_eq!(code(refused).await?, (404, ErrorCode::NotFound));
    }
    Ok(())
}
