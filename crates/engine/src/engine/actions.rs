//! Handling of actions.

use deskbell_protocol::limits::TEXT_CHARS;
use deskbell_protocol::{ClientMessageId, Command, ConversationId, ErrorBody, ErrorCode, Status};

use super::Engine;
use super::turn::Turn;
use crate::effect::Change;
use crate::input::{Action, Side};
use crate::outbox::Waiting;
use crate::requests::Asked;
use crate::timeline::Sync;

impl Engine {
    pub(super) fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        match action {
            Action::Send {
                conversation_id,
                text,
            } => self.send(conversation_id, text, turn),
            Action::Restore(texts) => {
                for text in texts {
                    self.restore(text, turn);
                }
            }
            Action::Retry(client_id) => {
                if let Some((conversation_id, outbox)) = self.outbox_of(client_id) {
                    outbox.retry(client_id);
                    self.outbox_changed(conversation_id, turn);
                }
            }
            Action::Discard(client_id) => {
                if let Some((conversation_id, outbox)) = self.outbox_of(client_id) {
                    outbox.discard(client_id);
                    self.outbox_changed(conversation_id, turn);
                }
            }
            Action::Open(id) => self.open(id, turn),
            Action::Leave(id) => self.leave(id, turn),
            Action::LoadOlder(id) => self.load_older(id, turn),
            Action::Typing {
                conversation_id,
                active,
            } => self.type_in(conversation_id, active, turn),
            Action::Look(looking) => self.looking = looking,
            Action::NewConversation => self.new_conversation(turn),
            #[cfg(feature = "agent")]
            action => self.act_as_agent(action, turn),
        }
    }

    fn send(&mut self, id: Option<ConversationId>, text: String, turn: &mut Turn<'_>) {
        if text.trim().is_empty() {
            return;
        }
        let conversation_id = match (id, self.side) {
            (Some(id), _) => Some(id),
            (None, Side::Visitor) => self.own,
            (None, Side::Agent) => return,
        };
        let client_id = turn.client_id();
        self.typing.sent();
        self.put(conversation_id, client_id, text, turn);
    }

    /// Restores a text of an earlier engine. A visitor sees it in its conversation at once, before the
    /// server confirms that the conversation is theirs.
    fn restore(&mut self, waiting: Waiting, turn: &mut Turn<'_>) {
        let client_id = waiting.client_id;
        if self.outbox_of(client_id).is_some() {
            return;
        }
        let conversation_id = waiting.conversation_id.or(self.own);
        self.put(conversation_id, client_id, waiting.text, turn);
        if let (Some(id), Side::Visitor) = (conversation_id, self.side)
            && self.own.is_none_or(|own| own == id)
        {
            self.own(id, turn);
        }
    }

    fn put(
        &mut self,
        conversation_id: Option<ConversationId>,
        client_id: ClientMessageId,
        text: String,
        turn: &mut Turn<'_>,
    ) {
        let is_too_long = text.chars().count() > TEXT_CHARS;
        let sender = self.sender();
        let assignee = conversation_id.and_then(|id| self.colleague(id));
        let outbox = match conversation_id {
            Some(id) => &mut self.timelines.get_or_new(id).outbox,
            None => &mut self.draft,
        };
        outbox.push(client_id, text, sender, assignee, turn.now);
        if is_too_long {
            let most = TEXT_CHARS.to_string();
            let advice = [
                "Too long: at most ",
                &most,
                " characters go in one message.",
            ]
            .concat();
            outbox.reject(client_id, ErrorBody::new(ErrorCode::TooLarge, advice));
        }
        self.outbox_changed(conversation_id, turn);
    }

    pub(super) fn open(&mut self, id: ConversationId, turn: &mut Turn<'_>) {
        let timeline = self.timelines.get_or_new(id);
        timeline.open = true;
        if self.link.is_live() && matches!(timeline.sync, Sync::Off | Sync::Refused) {
            self.subscribe(id, turn);
        }
        self.changed_timeline(id, turn);
    }

    fn leave(&mut self, id: ConversationId, turn: &mut Turn<'_>) {
        self.type_in(Some(id), false, turn);
        self.send_receipt(id, true, turn);
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        timeline.open = false;
        let was = std::mem::replace(&mut timeline.sync, Sync::Off);
        if self.link.is_live() && matches!(was, Sync::Asked | Sync::Live) {
            let command = Command::Unsubscribe {
                conversation_id: id,
            };
            self.ask(Asked::Nothing, command, turn);
        }
        self.flush(id, turn);
    }

    fn load_older(&mut self, id: ConversationId, turn: &mut Turn<'_>) {
        let is_live = self.link.is_live();
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        let Some(before_seq) = timeline.first_seq() else {
            return;
        };
        if is_live && timeline.has_older() && !timeline.loading_older {
            timeline.loading_older = true;
            let command = Command::Load {
                conversation_id: id,
                before_seq,
            };
            self.ask(Asked::Load(id), command, turn);
            self.changed_timeline(id, turn);
        }
    }

    fn new_conversation(&mut self, turn: &mut Turn<'_>) {
        let Some(id) = self.own else { return };
        if self
            .conversation(id)
            .is_some_and(|own| own.status == Status::Closed)
        {
            self.leave(id, turn);
            self.own = None;
            self.put_away = Some(id);
            turn.changed(Change::Own);
        }
    }
}
