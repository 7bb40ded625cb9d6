//! What visitors and agents do in conversations.

use anyhow::Result;
use deskbell_protocol::{Body, Command, ErrorCode, Event, Sender, Status};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::Database;

use crate::{North, on_both};

on_both!(
    vera_and_ada_talk_and_both_see_every_message_at_once,
    what_vera_begins_in_one_tab_is_told_in_the_other,
    of_two_agents_who_claim_the_second_is_told_who_won,
    a_visitors_message_opens_a_resolved_conversation_again,
    a_closed_conversation_is_read_only_for_everybody,
    an_agent_claims_before_she_answers,
    everything_is_still_there_after_a_restart,
);

async fn vera_and_ada_talk_and_both_see_every_message_at_once(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let Event::Inbox { conversations, .. } = ada.socket.ask(SNAPSHOT).await? else {
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
    assert_eq!(ada.say(conversation.id, "Let me look.").await?, 3);
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
    assert_eq!(vera.say(conversation.id, "Thank you!").await?, 4);
    assert_eq!(ada.next_message().await?.seq, 3, "her own, too");
    assert_eq!(ada.next_message().await?.seq, 4);
    Ok(())
}

async fn what_vera_begins_in_one_tab_is_told_in_the_other(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let mut other = Person::connect(&north.server, &vera.token).await?;
    let conversation_id = vera.start("Where is my parcel?").await?.id;
    assert_eq!(other.next_head().await?.id, conversation_id);
    other.follow(conversation_id, Some(1)).await?;
    assert_eq!(vera.follow(conversation_id, Some(1)).await?.len(), 0);
    assert_eq!(other.say(conversation_id, "It is blue.").await?, 2);
    assert_eq!(vera.next_message().await?.seq, 2);
    Ok(())
}

async fn of_two_agents_who_claim_the_second_is_told_who_won(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let conversation_id = vera.start("Hello?").await?.id;
    let claim = || Command::Claim { conversation_id };
    ada.change(claim()).await?;
    let again = ada.change(claim()).await?;
    assert_eq!(
        again.assignee.map(|agent| agent.name).as_deref(),
        Some("Ada"),
        "asked twice, answered the same"
    );
    let resolved = ada.change(Command::Resolve { conversation_id }).await?;
    assert_eq!(resolved.status, Status::Resolved);
    let error = ada.refused(claim()).await?;
    assert_eq!(error.code, ErrorCode::AlreadyClaimed);
    assert_eq!(error.winner.map(|agent| agent.name).as_deref(), Some("Ada"));
    Ok(())
}

async fn a_visitors_message_opens_a_resolved_conversation_again(database: Database) -> Result<()> {
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
    vera.say(id, "It is broken again.").await?;
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
    vera.say(id, "And again.").await?;
    let head = head(&mut vera, id).await?;
    assert_eq!(
        (head.status, head.assignee),
        (Status::Waiting, None),
        "its agent is not here"
    );
    Ok(())
}

async fn head(
    person: &mut Person,
    id: deskbell_protocol::ConversationId,
) -> Result<deskbell_protocol::Conversation> {
    match person
        .socket
        .ask(Command::Subscribe {
            conversation_id: id,
            after_seq: None,
        })
        .await?
    {
        Event::Subscribed { conversation, .. } => Ok(conversation),
        other => anyhow::bail!("subscribed, not {other:?}"),
    }
}

async fn a_closed_conversation_is_read_only_for_everybody(database: Database) -> Result<()> {
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

async fn an_agent_claims_before_she_answers(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let conversation_id = vera.start("Hello?").await?.id;
    let client_id = ada.next_client_id();
    let error = ada
        .refused(Command::Send {
            conversation_id,
            client_id,
            text: "Hi".to_owned(),
        })
        .await?;
    assert_eq!(error.code, ErrorCode::Forbidden);
    Ok(())
}

async fn everything_is_still_there_after_a_restart(database: Database) -> Result<()> {
    let mut north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("First.").await?.id;
    vera.say(id, "Second.").await?;
    north.server.restart().await?;
    assert_eq!(vera.socket.closed().await?, Some(4000), "told to come back");
    let mut vera = Person::connect(&north.server, &vera.token).await?;
    assert_eq!(vera.follow(id, Some(1)).await?.len(), 1);
    let mut ada = north.ada().await?;
    assert_eq!(ada.follow(id, None).await?.len(), 2);
    Ok(())
}
