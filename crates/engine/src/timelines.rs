//! The timelines of the conversations that were opened or written to. They stay when a conversation is
//! left, so that it shows at once when it is opened again, and only new messages are loaded.
//!
//! They are in a list, because a person opens few, and the code of a map is large in a browser.

use deskbell_protocol::ConversationId;

use crate::outbox::Outbox;
use crate::timeline::Timeline;

/// Timelines by conversation, in the order in which they were opened.
#[derive(Debug, Default)]
pub(crate) struct Timelines(Vec<(ConversationId, Timeline)>);

impl Timelines {
    pub(crate) fn get(&self, id: ConversationId) -> Option<&Timeline> {
        self.0
            .iter()
            .find(|(other, _)| *other == id)
            .map(|(_, timeline)| timeline)
    }

    pub(crate) fn get_mut(&mut self, id: ConversationId) -> Option<&mut Timeline> {
        self.iter_mut()
            .find(|(other, _)| *other == id)
            .map(|(_, timeline)| timeline)
    }

    /// The timeline of a conversation; an empty one if there was none.
    pub(crate) fn get_or_new(&mut self, id: ConversationId) -> &mut Timeline {
        let index = self.0.iter().position(|(other, _)| *other == id);
        let index = index.unwrap_or_else(|| {
            self.0.push((id, Timeline::default()));
            self.0.len() - 1
        });
        &mut self.0[index].1
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ConversationId, &Timeline)> {
        self.0.iter().map(|(id, timeline)| (*id, timeline))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (ConversationId, &mut Timeline)> {
        self.0.iter_mut().map(|(id, timeline)| (*id, timeline))
    }

    pub(crate) fn ids(&self) -> Vec<ConversationId> {
        self.iter().map(|(id, _)| id).collect()
    }

    /// Removes a timeline and returns its texts.
    pub(crate) fn remove(&mut self, id: ConversationId) -> Option<Outbox> {
        let index = self.0.iter().position(|(other, _)| *other == id)?;
        Some(self.0.remove(index).1.outbox)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
