//! What people are doing around a conversation: who writes, who looks, what is unread.

use std::collections::BTreeMap;

use deskbell_engine::Engine;
use deskbell_protocol::{AgentView, ConversationId, Receipts, Sender, UserId, VisitorPresence};

/// The signs of life of one conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Signs {
    /// Texts of the visitor that this agent has not seen.
    pub(crate) unread: i64,
    /// The visitor is writing.
    pub(crate) visitor_types: bool,
    /// Colleagues who are writing.
    pub(crate) replying: Vec<AgentView>,
    /// Colleagues who have it open and are not writing.
    pub(crate) viewing: Vec<AgentView>,
    /// Whether the visitor is there; `None` if nothing is known.
    pub(crate) visitor: Option<VisitorPresence>,
    /// How far both sides have read.
    pub(crate) receipts: Receipts,
}

impl Signs {
    /// The signs of a conversation, as `me` sees them.
    pub(crate) fn of(engine: &Engine, id: ConversationId, me: UserId) -> Self {
        let mut signs = Self {
            unread: engine.unread(id),
            receipts: engine.receipts(id),
            ..Self::default()
        };
        for sender in engine.typists(id) {
            match sender {
                Sender::Visitor { .. } => signs.visitor_types = true,
                Sender::Agent { id, name } if *id != me => signs.replying.push(AgentView {
                    id: *id,
                    name: name.clone(),
                }),
                _ => {}
            }
        }
        let is_replying = |agent: &AgentView| signs.replying.iter().any(|it| it.id == agent.id);
        let viewers = engine.presence().viewers(id);
        let others = viewers.filter(|agent| agent.id != me && !is_replying(agent));
        signs.viewing = others.cloned().collect();
        signs.visitor = engine
            .conversation(id)
            .and_then(|found| engine.presence().visitor(found.visitor.id))
            .copied();
        signs
    }

    /// Those of all conversations in the list.
    pub(crate) fn of_list(engine: &Engine, me: UserId) -> BTreeMap<ConversationId, Self> {
        let rows = engine.inbox().rows().into_iter();
        rows.map(|row| (row.id, Self::of(engine, row.id, me)))
            .collect()
    }

    /// What colleagues are doing, as a sentence; empty if nothing.
    pub(crate) fn colleagues(&self) -> String {
        match (&self.replying[..], &self.viewing[..]) {
            ([], []) => String::new(),
            ([], viewing) => format!("{} {} looking at this", names(viewing), be(viewing.len())),
            (replying, _) => format!("{} {} replying", names(replying), be(replying.len())),
        }
    }
}

fn be(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// `Ada`, `Ada and Ben`, `Ada, Ben and 2 others`.
fn names(people: &[AgentView]) -> String {
    let first = |agent: &AgentView| {
        let name = agent.name.split(' ').next().unwrap_or_default();
        name.to_owned()
    };
    match people {
        [] => String::new(),
        [one] => first(one),
        [one, other] => format!("{} and {}", first(one), first(other)),
        [one, other, _] => format!("{}, {} and another", first(one), first(other)),
        [one, other, rest @ ..] => {
            format!("{}, {} and {} others", first(one), first(other), rest.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(names: &[&str]) -> Vec<AgentView> {
        let numbered = (1..).zip(names);
        let person = |(n, name): (u8, &&str)| AgentView {
            id: UserId::from_parts(1, [n; 10]),
            name: (*name).to_owned(),
        };
        numbered.map(person).collect()
    }

    #[test]
    fn who_replies_matters_more_than_who_looks() {
        let mut signs = Signs::default();
        assert_eq!(signs.colleagues(), "");
        signs.viewing = people(&["Ben Carillon"]);
        assert_eq!(signs.colleagues(), "Ben is looking at this");
        signs.replying = people(&["Cleo", "Dan"]);
        assert_eq!(signs.colleagues(), "Cleo and Dan are replying");
    }

    #[test]
    fn a_crowd_is_counted() {
        let signs = Signs {
            viewing: people(&["Ben", "Cleo", "Dan"]),
            ..Signs::default()
        };
        assert_eq!(
            signs.colleagues(),
            "Ben, Cleo and another are looking at this"
        );
        assert_eq!(names(&people(&["A", "B", "C", "D"])), "A, B and 2 others");
    }
}
