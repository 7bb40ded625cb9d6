//! Delivery: each message once, in order, without a gap.

use anyhow::{Context, Result};
use deskbell_protocol::{ClientFrame, CloseCode, Command, ErrorCode, Event, Message, limits};
use deskbell_testkit::people::Person;
use deskbell_testkit::server::{Database, TestServer};

use crate::{North, on_both};

on_both!(
    the_same_client_id_sent_twice_is_one_message_and_one_answer,
    a_text_sent_at_once_from_many_sockets_is_one_message,
    a_refused_message_does_not_affect_others_of_its_batch,
    pipelined_commands_are_answered_in_their_order,
    a_client_id_of_another_sender_is_refused,
    a_subscription_after_a_number_that_does_not_exist_gets_later_messages,
    a_repeated_subscription_gets_the_same_answer_and_each_message_once,
    a_visitor_with_an_open_conversation_starts_another_one,
    a_returning_client_gets_missed_messages_and_then_live_events,
    concurrent_messages_get_dense_sequence_numbers_and_arrive_in_order,
    history_is_read_in_pages,
    the_longest_texts_are_read_in_shorter_pages,
    a_client_that_does_not_read_is_closed_with_a_reconnect_code_and_others_are_served,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unconfirmed_commit_is_published_to_followers() -> Result<()> {
    let (server, proxy) = TestServer::behind_postgres_proxy().await?;
    let north = North::on(server).await?;
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("Hello?").await?.id;
    let mut ada = north.ada().await?;
    ada.follow(conversation_id, None).await?;
    let send = Command::Send {
        conversation_id,
        client_id: vera.next_client_id(),
        text: "Is it saved?".to_owned(),
        assignee: None,
    };
    let lose = proxy.lose_commit_reply_after("Is it saved?");
    let ((), refused) = tokio::join!(lose, vera.refused(send.clone()));
    assert_eq!(refused?.code, ErrorCode::Unavailable);
    assert_eq!(ada.next_message().await?.seq, 2);
    let again = vera.socket.request(send).await?;
    anyhow::ensure!(matches!(again, Event::Saved { seq: 2, .. }), "{again:?}");
    Ok(())
}

async fn the_same_client_id_sent_twice_is_one_message_and_one_answer(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let client_id = vera.next_client_id();
    let start = Command::Start {
        client_id,
        text: "Once.".to_owned(),
    };
    let Event::Started {
        conversation,
        message,
    } = vera.socket.request(start.clone()).await?
    else {
        anyhow::bail!("started");
    };
    let mut elsewhere = Person::connect(&north.server, &vera.token).await?;
    let Event::Started {
        conversation: again,
        message: same,
    } = elsewhere.socket.request(start).await?
    else {
        anyhow::bail!("started");
    };
    assert_eq!((again.id, &same), (conversation.id, &message));

    let client_id = vera.next_client_id();
    let send = Command::Send {
        conversation_id: conversation.id,
        client_id,
        text: "Twice.".to_owned(),
        assignee: None,
    };
    let first = vera.socket.request(send.clone()).await?;
    assert_eq!(vera.socket.request(send.clone()).await?, first);
    assert_eq!(elsewhere.socket.request(send).await?, first);
    assert_eq!(vera.follow(conversation.id, None).await?.len(), 2);
    Ok(())
}

async fn a_text_sent_at_once_from_many_sockets_is_one_message(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("Hello?").await?.id;
    let client_id = vera.next_client_id();
    let mut everywhere = Vec::new();
    for _ in 0..20 {
        let mut vera = Person::connect(&north.server, &vera.token).await?;
        everywhere.push(tokio::spawn(async move {
            vera.socket
                .request(Command::Send {
                    conversation_id,
                    client_id,
                    text: "Once.".to_owned(),
                    assignee: None,
                })
                .await
        }));
    }
    for answer in everywhere {
        let Event::Saved { seq, .. } = answer.await?? else {
            anyhow::bail!("saved");
        };
        assert_eq!(seq, 2);
    }
    assert_eq!(vera.follow(conversation_id, None).await?.len(), 2);
    Ok(())
}

async fn a_refused_message_does_not_affect_others_of_its_batch(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let veras = vera.start("Hello?").await?.id;
    let mut sends = Vec::new();
    for n in 0..40 {
        let mut viktor = north.visitor().await?;
        let own = viktor.start("Hello?").await?.id;
        sends.push(tokio::spawn(async move {
            let conversation_id = if n % 4 == 0 { veras } else { own };
            let client_id = viktor.next_client_id();
            let send = Command::Send {
                conversation_id,
                client_id,
                text: format!("{n}"),
                assignee: None,
            };
            Ok::<_, anyhow::Error>((n, viktor.socket.request(send).await?))
        }));
    }
    for send in sends {
        match send.await?? {
            (n, Event::Error { error }) if n % 4 == 0 => {
                assert_eq!(error.code, ErrorCode::NotFound);
            }
            (n, Event::Saved { seq, .. }) if n % 4 != 0 => assert_eq!(seq, 2),
            (n, other) => anyhow::bail!("{n} got {other:?}"),
        }
    }
    assert_eq!(vera.follow(veras, None).await?.len(), 1);
    Ok(())
}

async fn a_client_id_of_another_sender_is_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let conversation_id = vera.start("Mine.").await?.id;
    ada.change(Command::Claim { conversation_id }).await?;
    let veras = ada.follow(conversation_id, None).await?[0]
        .client_id
        .context("a client id")?;
    let send = Command::Send {
        conversation_id,
        client_id: veras,
        text: "Mine now.".to_owned(),
        assignee: None,
    };
    assert_eq!(ada.refused(send).await?.code, ErrorCode::Conflict);
    Ok(())
}

async fn a_subscription_after_a_number_that_does_not_exist_gets_later_messages(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let id = vera.start("Hello?").await?.id;
    assert!(vera.follow(id, Some(99)).await?.is_empty());
    ada.change(Command::Claim {
        conversation_id: id,
    })
    .await?;
    assert_eq!(vera.next_message().await?.seq, 2);
    Ok(())
}

async fn a_repeated_subscription_gets_the_same_answer_and_each_message_once(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let id = vera.start("Hello?").await?.id;
    let first = ada.follow(id, None).await?;
    assert_eq!(first.len(), 1);
    assert_eq!(ada.follow(id, None).await?, first);
    assert!(ada.follow(id, Some(1)).await?.is_empty());
    for seq in 2..=4 {
        assert_eq!(vera.send_message(id, "Are you there?").await?, seq);
        assert_eq!(ada.next_message().await?.seq, seq, "each comes once");
    }
    ada.socket
        .request(Command::Unsubscribe {
            conversation_id: id,
        })
        .await?;
    vera.send_message(id, "Nobody follows this.").await?;
    let viktors = north.visitor().await?.start("Hello!").await?.id;
    assert_eq!(ada.follow(viktors, None).await?.len(), 1);
    let other = ada.socket.received.iter();
    let other = other.filter(|text| text.contains("Nobody follows this."));
    assert_eq!(other.count(), 0, "one unsubscribe ends both subscriptions");
    Ok(())
}

async fn a_visitor_with_an_open_conversation_starts_another_one(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let first = vera.start("About my order.").await?.id;
    let second = vera.start("About something else.").await?.id;
    assert_ne!(first, second);
    for (id, text) in [(first, "Still open."), (second, "This one, too.")] {
        assert_eq!(vera.send_message(id, text).await?, 2);
    }
    Ok(())
}

async fn a_returning_client_gets_missed_messages_and_then_live_events(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let id = vera.start("One.").await?.id;
    ada.change(Command::Claim {
        conversation_id: id,
    })
    .await?;
    let token = vera.token.clone();
    drop(vera);
    let missed = limits::RESUME_MESSAGES + 20;
    for number in 0..missed {
        ada.send_message(id, &format!("Answer {number}.")).await?;
    }
    let mut vera = Person::connect(&north.server, &token).await?;
    let mut seqs = vec![1];
    loop {
        let after_seq = seqs.last().copied();
        let Event::Subscribed { messages, more, .. } = vera
            .socket
            .request(Command::Subscribe {
                conversation_id: id,
                after_seq,
            })
            .await?
        else {
            anyhow::bail!("subscribed");
        };
        seqs.extend(messages.iter().map(|message| message.seq));
        if !more {
            break;
        }
        ada.send_message(id, "While you are away.").await?;
    }
    ada.send_message(id, "Live.").await?;
    seqs.push(vera.next_message().await?.seq);
    let last = i64::try_from(seqs.len())?;
    assert_eq!(seqs, (1..=last).collect::<Vec<_>>());
    Ok(())
}

async fn concurrent_messages_get_dense_sequence_numbers_and_arrive_in_order(
    database: Database,
) -> Result<()> {
    const WRITERS: usize = 8;
    const EACH: usize = 10;
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Begin.").await?.id;
    ada.change(Command::Claim {
        conversation_id: id,
    })
    .await?;
    vera.follow(id, None).await?;
    let mut tasks = Vec::new();
    for writer in 0..WRITERS {
        let mut agent = north.ada().await?;
        tasks.push(tokio::spawn(async move {
            for number in 0..EACH {
                agent
                    .send_message(id, &format!("{writer}/{number}"))
                    .await?;
            }
            anyhow::Ok(())
        }));
    }
    for seq in 3..3 + i64::try_from(WRITERS * EACH)? {
        assert_eq!(vera.next_message().await?.seq, seq);
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

async fn history_is_read_in_pages(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("0").await?.id;
    for number in 1..120 {
        vera.send_message(id, &number.to_string()).await?;
    }
    let newest = vera.follow(id, None).await?;
    let mut seqs: Vec<i64> = newest.iter().map(|message| message.seq).collect();
    assert_eq!(seqs.len(), limits::PAGE_MESSAGES);
    loop {
        let before_seq = seqs[0];
        let Event::Page { messages, more, .. } = vera
            .socket
            .request(Command::Load {
                conversation_id: id,
                before_seq,
            })
            .await?
        else {
            anyhow::bail!("a page");
        };
        seqs.splice(0..0, messages.iter().map(|message| message.seq));
        if !more {
            break;
        }
    }
    assert_eq!(seqs, (1..=120).collect::<Vec<_>>());
    Ok(())
}

async fn pipelined_commands_are_answered_in_their_order(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("Hello?").await?.id;
    let send_command = |text: &str| Command::Send {
        conversation_id,
        client_id: vera.next_client_id(),
        text: text.to_owned(),
        assignee: None,
    };
    let first = send_command("One.");
    let commands = [
        first.clone(),
        send_command("Two."),
        send_command(" "),
        first,
        send_command("Three."),
        Command::Ping,
        send_command("Four."),
    ];
    for (id, command) in (100..).zip(commands) {
        let frame = ClientFrame { id, command };
        vera.socket
            .send_text(&serde_json::to_string(&frame)?)
            .await?;
    }
    let mut answers = Vec::new();
    while answers.len() < 7 {
        let frame = vera.socket.next_frame().await?.context("an answer")?;
        if let Some(id) = frame.reply_to {
            answers.push(match frame.event {
                Event::Saved { seq, .. } => (id, format!("saved at {seq}")),
                Event::Error { error } => (id, format!("{:?}", error.code)),
                event => (id, format!("{event:?}")),
            });
        }
    }
    let expected = [
        (100, "saved at 2"),
        (101, "saved at 3"),
        (102, "Invalid"),
        (103, "saved at 2"),
        (104, "saved at 4"),
        (105, "Pong"),
        (106, "saved at 5"),
    ];
    assert_eq!(answers, expected.map(|(id, what)| (id, what.to_owned())));
    Ok(())
}

/// The largest size of a text in bytes.
fn longest() -> String {
    "🔔".repeat(limits::TEXT_CHARS)
}

async fn the_longest_texts_are_read_in_shorter_pages(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start(&longest()).await?.id;
    for _ in 1..60 {
        vera.send_message(conversation_id, &longest()).await?;
    }
    let seqs = |messages: &[Message]| -> Vec<_> { messages.iter().map(|it| it.seq).collect() };

    let mut newest = seqs(&vera.follow(conversation_id, None).await?);
    assert!(newest.len() < limits::PAGE_MESSAGES);
    loop {
        let before_seq = newest[0];
        let load = Command::Load {
            conversation_id,
            before_seq,
        };
        let Event::Page { messages, more, .. } = vera.socket.request(load).await? else {
            anyhow::bail!("a page");
        };
        newest.splice(0..0, seqs(&messages));
        if !more {
            break;
        }
    }
    assert_eq!(newest, (1..=60).collect::<Vec<_>>());
    let load = Command::Load {
        conversation_id,
        before_seq: 1,
    };
    let Event::Page { messages, more, .. } = vera.socket.request(load).await? else {
        anyhow::bail!("a page");
    };
    assert!(
        messages.is_empty() && !more,
        "nothing is older than the first"
    );

    let mut resumed = Vec::new();
    loop {
        let after_seq = Some(resumed.last().copied().unwrap_or(0));
        let subscribe = Command::Subscribe {
            conversation_id,
            after_seq,
        };
        let Event::Subscribed { messages, more, .. } = vera.socket.request(subscribe).await? else {
            anyhow::bail!("subscribed");
        };
        resumed.extend(seqs(&messages));
        if !more {
            break;
        }
    }
    assert_eq!(resumed, newest);
    Ok(())
}

async fn a_client_that_does_not_read_is_closed_with_a_reconnect_code_and_others_are_served(
    database: Database,
) -> Result<()> {
    /// More than the mailbox and the buffers of both ends of the connection can hold.
    const MESSAGES: i64 = 1_000;
    let north = North::new(database).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ada().await?);
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.id;
    ada.follow(id, None).await?;
    ben.follow(id, None).await?;
    let writing = tokio::spawn(async move {
        for _ in 0..MESSAGES {
            vera.send_message(id, &longest()).await?;
        }
        anyhow::Ok(())
    });
    for seq in 2..2 + MESSAGES {
        assert_eq!(ben.next_message().await?.seq, seq);
    }
    writing.await??;
    let code = ada.socket.closed().await?;
    assert!(
        code.is_none_or(|code| code == CloseCode::TooSlow.code()),
        "{code:?}"
    );
    let mut ada = north.ada().await?;
    let last = ada.follow(id, Some(MESSAGES)).await?;
    assert_eq!(last.last().map(|message| message.seq), Some(1 + MESSAGES));
    Ok(())
}
