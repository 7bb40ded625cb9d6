//! Mentions in the text of a note.

use deskbell_protocol::{Mention, NotePart, TeamId, UserId, mentions_name, note_parts};
use proptest::prelude::*;

fn member(name: &str) -> Mention {
    Mention::Member {
        id: UserId::from_parts(1, [1; 10]),
        name: name.to_owned(),
    }
}

fn team(name: &str) -> Mention {
    Mention::Team {
        id: TeamId::from_parts(1, [2; 10]),
        name: name.to_owned(),
    }
}

#[test]
fn a_text_is_split_at_its_mentions() {
    use NotePart::{Mention, Text};
    assert_eq!(note_parts("Nobody.", &[]), [Text("Nobody.")]);
    assert_eq!(
        note_parts(
            "Ask @Ada Bellamy or @Ada!",
            &[member("Ada"), team("Ada Bellamy")]
        ),
        [
            Text("Ask "),
            Mention("@Ada Bellamy"),
            Text(" or "),
            Mention("@Ada"),
            Text("!")
        ]
    );
    assert_eq!(
        note_parts("@@Ada@Ada", &[member("Ada")]),
        [Text("@"), Mention("@Ada"), Mention("@Ada")]
    );
    assert_eq!(note_parts("", &[member("Ada")]), []);
}

#[test]
fn a_name_ends_where_a_word_ends() {
    let ada = [member("Ada")];
    assert!(mentions_name("@Ada, look.", &ada, "Ada"));
    assert!(!mentions_name("@Adam, look.", &ada, "Ada"));
    assert!(!mentions_name("Ada, look.", &ada, "Ada"));
    let both = [member("Ada"), member("Ada Bellamy")];
    assert!(
        !mentions_name("@Ada Bellamy", &both, "Ada"),
        "the longer name counts"
    );
}

proptest! {
    #[test]
    fn the_parts_of_any_text_are_the_text(text in "[@Ad a\u{e4}.]{0,40}", names in prop::collection::vec("[Ad \u{e4}]{0,4}", 0..4)) {
        let mentions: Vec<_> = names.iter().map(|name| member(name)).collect();
        let parts = note_parts(&text, &mentions).into_iter();
        let joined: String = parts.map(|part| match part {
            NotePart::Text(text) | NotePart::Mention(text) => text,
        }).collect();
        prop_assert_eq!(joined, text);
    }
}
