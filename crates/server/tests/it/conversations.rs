//! Commands of visitors and agents in conversations.

use anyhow::Result;
use deskbell_protocol::{
    Body, Command, Conversation, ConversationId, ErrorCode, Event, LEVEL, Message, Sender, Status,
};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::Database;
use deskbell_testkit::socket::Socket;

use crate::{North, on_both};

on_both!(
    vera_and_ada_chat_and_both_see_every_message_at_once,
    a_conversation_started_in_one_tab_appears_in_the_other,
    the_second_of_two_claims_gets_the_winner,
    a_visitors_message_reopens_a_resolved_conversation,
    a_closed_conversation_is_read_only_for_all,
    an_agents_reply_claims_a_waiting_conversation,
    one_of_two_concurrent_first_replies_is_refused_and_not_saved,
    a_reply_that_comes_after_a_colleagues_claim_is_refused,
    an_agents_reply_reopens_a_resolved_conversation,
    undoing_a_resolve_assigns_the_conversation_to_its_agent_again,
    undoing_a_resolve_returns_a_waiting_conversation_to_its_place_in_the_queue,
    a_closed_conversation_stays_readable_for_its_visitor,
    all_data_survives_a_restart,
);

async fn vera_and_ada_chat_and_both_see_every_message_at_once(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let Event::Inbox { conversations, .. } = ada.socket.request(SNAPSHOT).await? else {
        anyhow::bail!("the inbox");
    };
    assert!(conversations.is_empty());

    let mut vera = north.visitor().await?;
    let conversation = vera.start("Where is my parcel?").await?;
    vera.follow(conversation.id, Some(1)).await?;
    let head = ada.next_head().await?;
    assert_eq!(
        (head.status, head.preview.as_str()),
        (Status::Waiting, "Where is my parcel?")
    );
    assert!(head.waiting_since.is_some());

    let claimed = ada
        .change(Command::Claim {
            conversation_id: conversation.id,
        })
        .await?;
    assert_eq!(
        (claimed.status, claimed.waiting_since),
        (Status::Active, None)
    );
    assert_eq!(
        claimed.assignee.map(|agent| agent.name).as_deref(),
        Some("Ada")
    );
    assert_eq!(
        vera.next_message().await?.body,
        Body::Joined {
            name: "Ada".to_owned()
        }
    );

    let history = ada.follow(conversation.id, None).await?;
    assert_eq!(
        history
            .iter()
            .map(|message| message.seq)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(ada.send_message(conversation.id, "Let me look.").await?, 3);
    let message = vera.next_message().await?;
    assert_eq!(
        (message.seq, message.body),
        (
            3,
            Body::Text {
                text: "Let me look.".to_owned()
            }
        )
    );
    assert!(matches!(message.sender, Sender::Agent { name, .. } if name == "Ada"));
    assert_eq!(vera.send_message(conversation.id, "Thank you!").await?, 4);
    assert_eq!(ada.next_message().await?.seq, 3, "her own, too");
    assert_eq!(ada.next_message().await?.seq, 4);
    Ok(())
}

async fn a_conversation_started_in_one_tab_appears_in_the_other(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let mut other = Person::connect(&north.server, &vera.token).await?;
    let conversation_id = vera.start("Where is my parcel?").await?.id;
    assert_eq!(other.next_head().await?.id, conversation_id);
    other.follow(conversation_id, Some(1)).await?;
    assert_eq!(vera.follow(conversation_id, Some(1)).await?.len(), 0);
    assert_eq!(other.send_message(conversation_id, "It is blue.").await?, 2);
    assert_eq!(vera.next_message().await?.seq, 2);
    Ok(())
}

async fn the_second_of_two_claims_gets_the_winner(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let conversation_id = vera.start("Hello?").await?.id;
    let claim = || Command::Claim { conversation_id };
    ada.change(claim()).await?;
    let again = ada.change(claim()).await?;
    assert_eq!(
        again.assignee.map(|agent| agent.name).as_deref(),
        Some("Ada"),
        "the answer is the same"
    );
    let resolved = ada.change(Command::Resolve { conversation_id }).await?;
    assert_eq!(resolved.status, Status::Resolved);
    let error = ada.refused(claim()).await?;
    assert_eq!(error.code, ErrorCode::AlreadyClaimed);
    assert_eq!(error.winner.map(|agent| agent.name).as_deref(), Some("Ada"));
    Ok(())
}

async fn a_visitors_message_reopens_a_resolved_conversation(database: Database) -> Result<()> {
    let mut north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let id = vera.start("My bell is broken.").await?.id;
    ada.change(Command::Claim {
        conversation_id: id,
    })
    .await?;
    ada.change(Command::Resolve {
        conversation_id: id,
    })
    .await?;
    vera.send_message(id, "It is broken again.").await?;
    assert_eq!(
        vera.follow(id, None)
            .await?
            .iter()
            .map(|message| message.seq)
            .collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    let reopened = head(&mut ada, id).await?;
    assert_eq!(reopened.status, Status::Active, "its agent is here");

    ada.change(Command::Resolve {
        conversation_id: id,
    })
    .await?;
    north.server.restart().await?;
    let mut vera = Person::connect(&north.server, &vera.token).await?;
    vera.send_message(id, "And again.").await?;
    let head = head(&mut vera, id).await?;
    assert_eq!(
        (head.status, head.assignee),
        (Status::Waiting, None),
        "its agent is not here"
    );
    Ok(())
}

async fn head(person: &mut Person, id: ConversationId) -> Result<Conversation> {
    match person
        .socket
        .request(Command::Subscribe {
            conversation_id: id,
            after_seq: None,
        })
        .await?
    {
        Event::Subscribed { conversation, .. } => Ok(conversation),
        other => anyhow::bail!("subscribed, not {other:?}"),
    }
}

async fn a_closed_conversation_is_read_only_for_all(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let id = vera.start("Bye.").await?.id;
    ada.change(Command::Claim {
        conversation_id: id,
    })
    .await?;
    let closed = ada
        .change(Command::Close {
            conversation_id: id,
        })
        .await?;
    assert_eq!((closed.status, closed.last_seq), (Status::Closed, 3));
    for person in [&mut ada, &mut vera] {
        let client_id = person.next_client_id();
        let send = Command::Send {
            conversation_id: id,
            client_id,
            text: "One more thing.".to_owned(),
            assignee: None,
        };
        assert_eq!(
            person.refused(send).await?.code,
            ErrorCode::ConversationClosed
        );
    }
    for command in [
        Command::Claim {
            conversation_id: id,
        },
        Command::Resolve {
            conversation_id: id,
        },
        Command::Reopen {
            conversation_id: id,
        },
    ] {
        assert_eq!(
            ada.refused(command).await?.code,
            ErrorCode::ConversationClosed
        );
    }
    let next = vera.start("A new question.").await?;
    assert_ne!(next.id, id);
    Ok(())
}

async fn an_agents_reply_claims_a_waiting_conversation(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    ada.socket.request(SNAPSHOT).await?;
    let conversation_id = vera.start("Hello?").await?.id;
    vera.follow(conversation_id, Some(1)).await?;
    let send = reply(&ada, conversation_id, "Hi Vera.");
    let saved = ada.socket.request(send.clone()).await?;
    anyhow::ensure!(matches!(saved, Event::Saved { seq: 3, .. }), "{saved:?}");
    let joined = Body::Joined {
        name: "Ada".to_owned(),
    };
    assert_eq!(vera.next_message().await?.body, joined);
    assert_eq!(words(&vera.next_message().await?), "Hi Vera.");
    let head = next_head_with(&mut ada, Status::Active).await?;
    assert_eq!((head.last_seq, head.waiting_since), (3, None));
    assert_eq!(name_of_assignee(&head), Some("Ada"));
    assert_eq!(
        ada.socket.request(send).await?,
        saved,
        "sent twice, saved once"
    );
    assert_eq!(
        ada.send_message(conversation_id, "How can I help?").await?,
        4
    );
    Ok(())
}

async fn one_of_two_concurrent_first_replies_is_refused_and_not_saved(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let mut vera = north.visitor().await?;
    for round in 0..8 {
        let id = vera.start(&format!("Question {round}")).await?.id;
        let (adas, bens) = (reply(&ada, id, "Ada here."), reply(&ben, id, "Ben here."));
        let answers = tokio::join!(ada.socket.request(adas), ben.socket.request(bens));
        let (winner, refused) = match (answers.0?, answers.1?) {
            (Event::Saved { seq: 3, .. }, Event::Error { error }) => ("Ada", error),
            (Event::Error { error }, Event::Saved { seq: 3, .. }) => ("Ben", error),
            other => anyhow::bail!("one saved, one refused, not {other:?}"),
        };
        assert_eq!(refused.code, ErrorCode::AlreadyClaimed);
        assert_eq!(refused.winner.map(|it| it.name).as_deref(), Some(winner));
        let history = vera.follow(id, None).await?;
        assert_eq!(history.len(), 3, "{history:?}");
        assert_eq!(words(&history[2]), format!("{winner} here."));
    }
    Ok(())
}

async fn a_reply_that_comes_after_a_colleagues_claim_is_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("Hello?").await?.id;
    let claimed = ada.change(Command::Claim { conversation_id }).await?;
    let mut send = reply(&ben, conversation_id, "Hi, I am Ben.");
    let refused = ben.refused(send.clone()).await?;
    assert_eq!(refused.code, ErrorCode::AlreadyClaimed);
    assert_eq!(refused.winner, claimed.assignee);
    // Ben knows the assignee now and writes anyway: the conversation stays Ada's.
    if let Command::Send { assignee, .. } = &mut send {
        *assignee = refused.winner.map(|winner| winner.id);
    }
    let saved = ben.socket.request(send).await?;
    anyhow::ensure!(matches!(saved, Event::Saved { seq: 3, .. }), "{saved:?}");
    let head = ben.head(conversation_id).await?;
    assert_eq!(name_of_assignee(&head), Some("Ada"));
    Ok(())
}

async fn an_agents_reply_reopens_a_resolved_conversation(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("Hello?").await?.id;
    ada.send_message(conversation_id, "Solved.").await?;
    ada.change(Command::Resolve { conversation_id }).await?;
    assert_eq!(
        ben.send_message(conversation_id, "One more thing.").await?,
        6
    );
    let head = ben.head(conversation_id).await?;
    assert_eq!(head.status, Status::Active);
    assert_eq!(name_of_assignee(&head), Some("Ben"));
    let history = vera.follow(conversation_id, None).await?;
    let reopened = Body::Reopened {
        name: "Ben".to_owned(),
    };
    assert_eq!(history[4].body, reopened);
    Ok(())
}

async fn undoing_a_resolve_assigns_the_conversation_to_its_agent_again(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("Hello?").await?.id;
    // It was not claimed: it waits again.
    ben.change(Command::Resolve { conversation_id }).await?;
    let undone = ben.change(Command::Reopen { conversation_id }).await?;
    assert_eq!((undone.status, undone.assignee), (Status::Waiting, None));
    ada.send_message(conversation_id, "Hi.").await?;
    ben.change(Command::Resolve { conversation_id }).await?;
    let undone = ben.change(Command::Reopen { conversation_id }).await?;
    assert_eq!(undone.status, Status::Active);
    assert_eq!(name_of_assignee(&undone), Some("Ada"));
    // Ben reopens what Ada has resolved, which is no undo.
    ada.change(Command::Resolve { conversation_id }).await?;
    let reopened = ben.change(Command::Reopen { conversation_id }).await?;
    assert_eq!(name_of_assignee(&reopened), Some("Ben"));
    Ok(())
}

async fn undoing_a_resolve_returns_a_waiting_conversation_to_its_place_in_the_queue(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let (mut vera, mut viktor) = (north.visitor().await?, north.visitor().await?);
    let first = vera.start("Hello?").await?;
    viktor.start("Me too.").await?;
    let conversation_id = first.id;
    let resolved = ada.change(Command::Resolve { conversation_id }).await?;
    assert_eq!(resolved.waiting_since, None);
    let undone = ada.change(Command::Reopen { conversation_id }).await?;
    assert_eq!(undone.waiting_since, first.waiting_since);
    let Event::Inbox { conversations, .. } = ada.socket.request(SNAPSHOT).await? else {
        anyhow::bail!("the inbox");
    };
    let queued: Vec<_> = conversations.iter().map(|it| it.preview.as_str()).collect();
    assert_eq!(queued, ["Hello?", "Me too."]);

    // A message to a resolved conversation begins a new wait.
    ada.change(Command::Resolve { conversation_id }).await?;
    vera.send_message(conversation_id, "It broke again.")
        .await?;
    let reopened = ada.head(conversation_id).await?;
    assert_eq!(reopened.status, Status::Waiting);
    assert!(reopened.waiting_since > first.waiting_since);
    Ok(())
}

fn reply(agent: &Person, conversation_id: ConversationId, text: &str) -> Command {
    Command::Send {
        conversation_id,
        client_id: agent.next_client_id(),
        text: text.to_owned(),
        assignee: None,
    }
}

fn words(message: &Message) -> &str {
    match &message.body {
        Body::Text { text } => text,
        _ => "",
    }
}

fn name_of_assignee(head: &Conversation) -> Option<&str> {
    head.assignee.as_ref().map(|agent| agent.name.as_str())
}

/// The next published head with this status.
async fn next_head_with(person: &mut Person, status: Status) -> Result<Conversation> {
    loop {
        let head = person.next_head().await?;
        if head.status == status {
            return Ok(head);
        }
    }
}

async fn a_closed_conversation_stays_readable_for_its_visitor(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let conversation_id = vera.start("Where is my parcel?").await?.id;
    ada.send_message(conversation_id, "At the post office.")
        .await?;
    ada.change(Command::Close { conversation_id }).await?;
    let (current, past) = welcome(&north, &vera.token).await?;
    assert_eq!(current, None);
    let ids: Vec<_> = past.iter().map(|it| (it.id, it.status)).collect();
    assert_eq!(ids, [(conversation_id, Status::Closed)]);
    let mut vera = Person::connect(&north.server, &vera.token).await?;
    let history = vera.follow(conversation_id, None).await?;
    assert_eq!(words(&history[2]), "At the post office.");
    let next = vera.start("Another question.").await?;
    let (current, past) = welcome(&north, &vera.token).await?;
    assert_eq!(current.map(|it| it.id), Some(next.id));
    assert_eq!(past, []);
    Ok(())
}

/// The conversations in `welcome` of a new connection: the current one, and past ones.
async fn welcome(north: &North, token: &str) -> Result<(Option<Conversation>, Vec<Conversation>)> {
    let mut socket = Socket::open(&north.server.host()).await?;
    let hello = Command::Hello {
        level: LEVEL,
        token: Some(token.to_owned()),
    };
    match socket.request(hello).await? {
        Event::Welcome {
            conversation, past, ..
        } => Ok((conversation, past)),
        other => anyhow::bail!("welcome, not {other:?}"),
    }
}

async fn all_data_survives_a_restart(database: Database) -> Result<()> {
    let mut north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("First.").await?.id;
    vera.send_message(id, "Second.").await?;
    north.server.restart().await?;
    assert_eq!(
        vera.socket.closed().await?,
        Some(4000),
        "it asks the client to reconnect"
    );
    let mut vera = Person::connect(&north.server, &vera.token).await?;
    assert_eq!(vera.follow(id, Some(1)).await?.len(), 1);
    let mut ada = north.ada().await?;
    assert_eq!(ada.follow(id, None).await?.len(), 2);
    Ok(())
}
