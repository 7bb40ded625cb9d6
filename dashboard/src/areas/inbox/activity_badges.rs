//! Activity badges of a conversation: unread count, typing, viewers, presence and receipts.

use deskbell_engine::Engine;
use deskbell_protocol::{
    AgentView, ConversationId, Receipts, Sender, UnixMs, UserId, VisitorPresence,
};

use crate::shell::labels::first_name;
use crate::text::people;

/// The badges of a conversation: the activity of the people in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ActivityBadges {
    /// The number of texts of the visitor that this agent has not seen.
    pub(crate) unread: i64,
    /// Whether the visitor is typing.
    pub(crate) visitor_is_typing: bool,
    /// Teammates who are typing.
    pub(crate) replying: Vec<AgentView>,
    /// Teammates who have it open and are not typing.
    pub(crate) viewing: Vec<AgentView>,
    /// Whether the visitor is on the site; `None` if that is unknown.
    pub(crate) visitor: Option<VisitorPresence>,
    /// The read receipts of both sides.
    pub(crate) receipts: Receipts,
    /// Whether there is no connection: then the presence is the last that was known.
    pub(crate) is_stale: bool,
}

/// The presence of a visitor, as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShownPresence {
    Unknown,
    OnSite,
    /// They were on the site when the connection was lost.
    WasOnSite,
    LastSeen(UnixMs),
}

impl ActivityBadges {
    /// The badges of a conversation, as `me` sees them.
    pub(crate) fn of(engine: &Engine, id: ConversationId, me: UserId) -> Self {
        let conversation = engine.conversation(id);
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
        badges.visitor = conversation
            .and_then(|found| engine.presence().visitor(found.visitor.id))
            .copied();
        badges
    }

    /// The badges without a connection: nobody is shown as typing, viewing or on the site.
    pub(crate) fn without_connection(self) -> Self {
        Self {
            visitor_is_typing: false,
            replying: Vec::new(),
            viewing: Vec::new(),
            is_stale: true,
            ..self
        }
    }

    pub(crate) fn presence(&self) -> ShownPresence {
        match (self.visitor, self.is_stale) {
            (None, _) => ShownPresence::Unknown,
            (Some(visitor), false) if visitor.online => ShownPresence::OnSite,
            (Some(visitor), true) if visitor.online => ShownPresence::WasOnSite,
            (Some(visitor), _) => ShownPresence::LastSeen(visitor.last_seen_at),
        }
    }

    /// The activity of teammates as a sentence; empty without any.
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
    use deskbell_protocol::VisitorId;

    use super::*;

    #[test]
    fn without_a_connection_nobody_is_shown_as_present() {
        let online = VisitorPresence {
            visitor_id: VisitorId::from_parts(1, [7; 10]),
            online: true,
            last_seen_at: 9,
        };
        let badges = ActivityBadges {
            visitor_is_typing: true,
            viewing: agents(&["Ben"]),
            replying: agents(&["Cleo"]),
            visitor: Some(online),
            unread: 2,
            ..ActivityBadges::default()
        };
        assert_eq!(badges.presence(), ShownPresence::OnSite);
        let badges = badges.without_connection();
        assert_eq!(badges.presence(), ShownPresence::WasOnSite);
        assert!(!badges.visitor_is_typing);
        assert_eq!(badges.teammates(), "");
        assert_eq!(badges.unread, 2);
    }

    #[test]
    fn a_visitor_who_has_left_keeps_the_time_without_a_connection() {
        let gone = VisitorPresence {
            visitor_id: VisitorId::from_parts(1, [7; 10]),
            online: false,
            last_seen_at: 9,
        };
        let badges = ActivityBadges {
            visitor: Some(gone),
            ..ActivityBadges::default()
        };
        assert_eq!(badges.presence(), ShownPresence::LastSeen(9));
        let badges = badges.without_connection();
        assert_eq!(badges.presence(), ShownPresence::LastSeen(9));
        assert_eq!(ActivityBadges::default().presence(), ShownPresence::Unknown);
    }

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
