//! Who sees what: nobody sees what is not theirs, not even that it exists.

use anyhow::Result;
use deskbell_protocol::{Command, ErrorCode, Event};
use deskbell_testkit::people::{Person, SNAPSHOT, visitor_token};
use deskbell_testkit::server::Database;

use crate::{North, on_both};

on_both!(
    a_visitor_never_receives_a_frame_about_another,
    an_agent_of_south_sees_nothing_of_north,
    a_visitor_may_not_do_what_an_agent_may,
    the_panel_may_stand_on_the_sites_origins_only,
    a_returning_visitor_is_the_same_one,
);

async fn a_visitor_never_receives_a_frame_about_another(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut vera, mut viktor) = (north.visitor().await?, north.visitor().await?);
    let veras = vera.start("My card number is secret.").await?.id;
    let viktors = viktor.start("Hello.").await?.id;
    viktor.follow(viktors, None).await?;
    let client_id = viktor.next_client_id();
    for command in [
        Command::Subscribe {
            conversation_id: veras,
            after_seq: None,
        },
        Command::Load {
            conversation_id: veras,
            before_seq: 10,
        },
        Command::Send {
            conversation_id: veras,
            client_id,
            text: "I am Vera.".to_owned(),
        },
    ] {
        assert_eq!(viktor.refused(command).await?.code, ErrorCode::NotFound);
    }
    vera.say(veras, "Are you there?").await?;
    viktor.say(viktors, "Mine.").await?;
    let message = viktor.next_message().await?;
    assert_eq!(message.conversation_id, viktors);
    assert_eq!(
        vera.follow(veras, None).await?.len(),
        2,
        "nothing was written in her name"
    );
    Ok(())
}

async fn an_agent_of_south_sees_nothing_of_north(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let mut stella = Person::connect(&north.server, &stella).await?;
    stella.socket.ask(SNAPSHOT).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("For north only.").await?.id;
    let client_id = stella.next_client_id();
    for command in [
        Command::Subscribe {
            conversation_id: id,
            after_seq: None,
        },
        Command::Load {
            conversation_id: id,
            before_seq: 10,
        },
        Command::Claim {
            conversation_id: id,
        },
        Command::Resolve {
            conversation_id: id,
        },
        Command::Reopen {
            conversation_id: id,
        },
        Command::Close {
            conversation_id: id,
        },
        Command::Send {
            conversation_id: id,
            client_id,
            text: "Psst.".to_owned(),
        },
    ] {
        assert_eq!(
            stella.refused(command.clone()).await?.code,
            ErrorCode::NotFound,
            "{command:?}"
        );
    }
    let Event::Inbox { conversations, .. } = stella.socket.ask(SNAPSHOT).await? else {
        anyhow::bail!("the inbox");
    };
    assert!(conversations.is_empty());
    assert_eq!(stella.socket.ask(Command::Ping).await?, Event::Pong);
    Ok(())
}

async fn a_visitor_may_not_do_what_an_agent_may(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello.").await?.id;
    for command in [
        SNAPSHOT,
        Command::Claim {
            conversation_id: id,
        },
        Command::Resolve {
            conversation_id: id,
        },
        Command::Reopen {
            conversation_id: id,
        },
        Command::Close {
            conversation_id: id,
        },
    ] {
        assert_eq!(
            vera.refused(command.clone()).await?.code,
            ErrorCode::Forbidden,
            "{command:?}"
        );
    }
    let me = north
        .server
        .request(reqwest::Method::GET, "/api/v1/me")
        .bearer_auth(&vera.token)
        .send()
        .await?;
    assert_eq!(
        me.status(),
        401,
        "a visitor's token opens nothing of an agent's"
    );
    Ok(())
}

async fn the_panel_may_stand_on_the_sites_origins_only(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let policy = async |key: &str| -> Result<String> {
        let response = north
            .server
            .get(&format!("/widget/frame?site={key}"))
            .await?;
        Ok(response.headers()["content-security-policy"]
            .to_str()?
            .to_owned())
    };
    assert!(
        policy(&north.site_key)
            .await?
            .ends_with("frame-ancestors https://shop.example")
    );
    assert!(policy("unknown").await?.ends_with("frame-ancestors 'none'"));
    Ok(())
}

async fn a_returning_visitor_is_the_same_one(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let first = visitor_token(&north.server, &north.site_key, None).await?;
    let second = visitor_token(&north.server, &north.site_key, Some(&first.token)).await?;
    assert_eq!(first.visitor_id, second.visitor_id);
    let stranger = visitor_token(&north.server, &north.site_key, Some("not one of ours")).await?;
    assert_ne!(first.visitor_id, stranger.visitor_id);
    Ok(())
}
