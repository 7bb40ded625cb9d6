//! Activity badges of a conversation: unread count, typing, viewers, presence and receipts.

use deskbell_engine::Engine;
use deskbell_protocol::{AgentView, ConversationId, Receipts, Sender, UserId, VisitorPresence};

use crate::shell::labels::first_name;
use crate::text::people;

/// What is shown beside a conversation about the people in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ActivityBadges {
    /// How many texts of the visitor this agent has not seen.
    pub(crate) unread: i64,
    /// Whether the visitor is typing.
    pub(crate) visitor_is_typing: bool,
    /// Teammates who are typing.
    pub(crate) replying: Vec<AgentView>,
    /// Teammates who have it open and are not typing.
    pub(crate) viewing: Vec<AgentView>,
    /// Whether the visitor is on the site; `None` if that is unknown.
    pub(crate) visitor: Option<VisitorPresence>,
    /// How far both sides have read.
    pub(crate) receipts: Receipts,
}

impl ActivityBadges {
    /// The badges of a conversation, as `me` sees them.
    pub(crate) fn of(engine: &Engine, id: ConversationId, me: UserId) -> Self {
        let mut badges = Self {
            unread: engine.unread(id),
            receipts: engine.receipts(id),
            ..Self::default()
        };
        for sender in engine.typists(id) {
            match sender {
                Sender::Visitor { .. } => badges.visitor_is_typing = true,
                Sender::Agent { id, name } if *id != me => badges.replying.push(AgentView {
                    id: *id,
                    name: name.clone(),
                }),
                _ => {}
            }
        }
        let is_replying = |agent: &AgentView| badges.replying.iter().any(|it| it.id == agent.id);
        let viewers = engine.presence().viewers(id);
        let others = viewers.filter(|agent| agent.id != me && !is_replying(agent));
        badges.viewing = others.cloned().collect();
        badges.visitor = engine
            .conversation(id)
            .and_then(|found| engine.presence().visitor(found.visitor.id))
            .copied();
        badges
    }

    /// What teammates are doing, as a sentence; empty if nothing.
    pub(crate) fn teammates(&self) -> String {
        let firsts = |people: &'_ [AgentView]| -> Vec<String> {
            let names = people
                .iter()
                .map(|agent| first_name(&agent.name).to_owned());
            names.collect()
        };
        let (replying, viewing) = (firsts(&self.replying), firsts(&self.viewing));
        let text = |write: fn(&[&str]) -> String, names: &[String]| {
            write(&names.iter().map(String::as_str).collect::<Vec<_>>())
        };
        match (&replying[..], &viewing[..]) {
            ([], []) => String::new(),
            ([], viewing) => text(people::viewing, viewing),
            (replying, _) => text(people::replying, replying),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(names: &[&str]) -> Vec<AgentView> {
        let numbered = (1..).zip(names);
        let person = |(n, name): (u8, &&str)| AgentView {
            id: UserId::from_parts(1, [n; 10]),
            name: (*name).to_owned(),
        };
        numbered.map(person).collect()
    }

    #[test]
    fn replying_matters_more_than_viewing() {
        let mut badges = ActivityBadges::default();
        assert_eq!(badges.teammates(), "");
        badges.viewing = agents(&["Ben Carillon"]);
        assert_eq!(badges.teammates(), "Ben is viewing");
        badges.replying = agents(&["Cleo", "Dan"]);
        assert_eq!(badges.teammates(), "Cleo and Dan are replying");
    }

    #[test]
    fn a_crowd_is_counted() {
        let badges = ActivityBadges {
            viewing: agents(&["Ben", "Cleo", "Dan"]),
            ..ActivityBadges::default()
        };
        assert_eq!(badges.teammates(), "Ben, Cleo and 1 other are viewing");
        assert_eq!(people::names(&["A", "B", "C", "D"]), "A, B and 2 others");
    }
}
