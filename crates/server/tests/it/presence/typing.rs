//! Typing indicators: their recipients, and the rate at which they are published.

use anyhow::Result;
use deskbell_protocol::{Command, Event, Sender};
use deskbell_testkit::people::Person;
use deskbell_testkit::server::Database;

use super::{is_of_visitor, next_typing, types, until_message};
use crate::North;

#[tokio::test]
async fn typing_reaches_the_other_side_only() -> Result<()> {
    let north = North::new(Database::Sqlite).await?;
    let (mut vera, mut viktor) = (north.visitor().await?, north.visitor().await?);
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let veras = vera.start("Hello?").await?.id;
    let viktors = viktor.start("Hello!").await?.id;
    let mut everywhere = Person::connect(&north.server, &vera.token).await?;
    for (person, id) in [
        (&mut vera, veras),
        (&mut everywhere, veras),
        (&mut ada, veras),
        (&mut ben, veras),
        (&mut viktor, viktors),
    ] {
        person.follow(id, None).await?;
    }
    types(&mut vera, veras, true).await?;
    for agent in [&mut ada, &mut ben] {
        let (id, sender, active) = next_typing(agent).await?;
        assert!(matches!(sender, Sender::Visitor { .. }), "{sender:?}");
        assert_eq!((id, active), (veras, true));
    }
    ada.change(Command::Claim {
        conversation_id: veras,
    })
    .await?;
    types(&mut ada, veras, true).await?;
    for person in [&mut vera, &mut ben] {
        let (_, sender, active) = next_typing(person).await?;
        assert!(active && matches!(sender, Sender::Agent { name, .. } if name == "Ada"));
    }
    types(&mut ada, veras, false).await?;
    assert!(!next_typing(&mut vera).await?.2);

    viktor.send_message(viktors, "Is anybody here?").await?;
    let received = until_message(&mut viktor).await?;
    assert!(!received.iter().any(is_typing), "{received:?}");
    vera.send_message(veras, "I have written it.").await?;
    let own = until_message(&mut everywhere).await?;
    assert!(!own.iter().any(is_of_visitor), "{own:?}");
    Ok(())
}

#[tokio::test]
async fn typing_ends_when_the_typist_disconnects() -> Result<()> {
    let north = North::new(Database::Sqlite).await?;
    let (mut vera, mut ada) = (north.visitor().await?, north.ada().await?);
    let id = vera.start("Hello?").await?.id;
    vera.follow(id, None).await?;
    ada.follow(id, None).await?;
    types(&mut ada, id, true).await?;
    assert!(next_typing(&mut vera).await?.2);
    drop(ada);
    assert!(!next_typing(&mut vera).await?.2);
    Ok(())
}

#[tokio::test]
async fn repeated_typing_is_published_rarely() -> Result<()> {
    let north = North::new(Database::Sqlite).await?;
    let (mut vera, mut ada) = (north.visitor().await?, north.ada().await?);
    let id = vera.start("Hello?").await?.id;
    vera.follow(id, None).await?;
    ada.follow(id, None).await?;
    let began = std::time::Instant::now();
    for n in 0..500 {
        types(&mut vera, id, n % 2 == 0).await?;
    }
    let seconds = usize::try_from(began.elapsed().as_secs())? + 1;
    vera.send_message(id, "Enough.").await?;
    let received = until_message(&mut ada).await?;
    let count = received.iter().filter(|event| is_typing(event)).count();
    assert!((1..=2 * seconds).contains(&count), "{count} in {seconds} s");
    Ok(())
}

fn is_typing(event: &Event) -> bool {
    matches!(event, Event::Typing { .. })
}
