//! The rules for alerts: an agent is alerted to a conversation that begins to wait, and to a visitor's new
//! message in a conversation that waits or is the agent's own.

use std::collections::BTreeMap;

use deskbell_protocol::{Conversation, ConversationId, Status, UnixMs, UserId};

use crate::areas::inbox::groups::GroupKind;
use crate::shell::labels::visitor_label;
use crate::text::shell as text;

/// An event to which the agent is alerted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) conversation_id: ConversationId,
    pub(crate) title: String,
    pub(crate) preview: String,
    /// The key of the alert: the same in every tab, and different for every other alert.
    pub(crate) key: String,
}

/// A detector of alerts, which compares conversations with their previous state.
#[derive(Debug)]
pub(crate) struct AlertTracker {
    me: UserId,
    /// `None` before the first snapshot, which is not news.
    known: Option<BTreeMap<ConversationId, Known>>,
    /// The newest message so far: older conversations that are loaded later are not news either.
    newest: UnixMs,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    is_waiting: bool,
    visitor_texts: i64,
}

impl AlertTracker {
    pub(crate) fn new(me: UserId) -> Self {
        Self {
            me,
            known: None,
            newest: 0,
        }
    }

    /// The alerts of an update of the inbox, given the conversations that changed.
    pub(crate) fn update<'a>(
        &mut self,
        changed: impl Iterator<Item = &'a Conversation>,
    ) -> Vec<Alert> {
        let is_first = self.known.is_none();
        let known = self.known.get_or_insert_default();
        let mut alerts = Vec::new();
        let newest_before = self.newest;
        for row in changed {
            let now = Known {
                is_waiting: row.status == Status::Waiting,
                visitor_texts: row.visitor_texts,
            };
            let before = known.insert(row.id, now);
            self.newest = self.newest.max(row.last_message_at);
            let is_new = before.is_none() && row.last_message_at > newest_before;
            let begins_to_wait =
                now.is_waiting && before.map_or(is_new, |before| !before.is_waiting);
            let has_message = before.map_or(is_new, |it| now.visitor_texts > it.visitor_texts);
            let concerns_me = matches!(
                GroupKind::of(row, self.me),
                GroupKind::Mine | GroupKind::Waiting
            );
            if is_first || !(begins_to_wait || has_message && concerns_me) {
                continue;
            }
            let name = visitor_label(row.visitor.id.0, &row.visitor.name);
            let title = match begins_to_wait {
                true => text::new_conversation_from(&name),
                false => text::new_message_from(&name),
            };
            alerts.push(Alert {
                conversation_id: row.id,
                title,
                preview: row.preview.clone(),
                key: format!("{}:{}:{begins_to_wait}", row.id, row.visitor_texts),
            });
        }
        alerts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::areas::inbox::groups::tests::{conversation, user};

    fn titles(tracker: &mut AlertTracker, rows: &[Conversation]) -> Vec<String> {
        let alerts = tracker.update(rows.iter());
        alerts.into_iter().map(|alert| alert.title).collect()
    }

    fn primed(rows: &[Conversation]) -> AlertTracker {
        let mut tracker = AlertTracker::new(user(1));
        assert_eq!(titles(&mut tracker, rows), [""; 0]);
        tracker
    }

    #[test]
    fn the_first_snapshot_is_not_news_and_what_begins_to_wait_is() {
        let mut tracker = primed(&[conversation(1, Status::Waiting, None)]);
        let mut new = conversation(2, Status::Waiting, None);
        new.last_message_at = 9;
        assert_eq!(titles(&mut tracker, &[new]), ["New conversation from Vera"]);
        let returned = conversation(3, Status::Active, Some(2));
        titles(&mut tracker, &[returned]);
        let returned = conversation(3, Status::Waiting, None);
        assert_eq!(
            titles(&mut tracker, &[returned]),
            ["New conversation from Vera"]
        );
    }

    #[test]
    fn a_message_alerts_its_agent_and_nobody_elses() {
        let (mine, bens) = (
            conversation(1, Status::Active, Some(1)),
            conversation(2, Status::Active, Some(2)),
        );
        let mut tracker = primed(&[mine.clone(), bens.clone()]);
        let written = |mut row: Conversation| {
            row.visitor_texts += 1;
            row
        };
        let (mine, bens) = (written(mine), written(bens));
        assert_eq!(
            titles(&mut tracker, &[mine.clone(), bens]),
            ["New message from Vera"]
        );
        assert_eq!(titles(&mut tracker, &[mine]), [""; 0]);
    }

    #[test]
    fn older_conversations_that_are_loaded_later_are_not_news() {
        let mut recent = conversation(1, Status::Waiting, None);
        recent.last_message_at = 50;
        let mut tracker = primed(&[recent]);
        let mut older = conversation(2, Status::Waiting, None);
        older.last_message_at = 20;
        assert_eq!(titles(&mut tracker, &[older]), [""; 0]);
    }
}
