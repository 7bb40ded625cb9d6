//! The conversations that were opened or written to. They are kept when they are left: whoever
//! comes back sees them at once, and only what is new is fetched.
//!
//! A list, not a map: a person opens few, and in a browser the code of a map weighs more than all
//! it would save.

use deskbell_protocol::ConversationId;

use crate::timeline::Timeline;

/// Timelines by their conversation, in the order in which they were opened.
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

    /// The timeline of a conversation, an empty one if it is new here.
    pub(crate) fn get_or_new(&mut self, id: ConversationId) -> &mut Timeline {
        let place = self.0.iter().position(|(other, _)| *other == id);
        let place = place.unwrap_or_else(|| {
            self.0.push((id, Timeline::default()));
            self.0.len() - 1
        });
        &mut self.0[place].1
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

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
