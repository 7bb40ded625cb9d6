//! Handling of actions.

use deskbell_protocol::limits::TEXT_CHARS;
use deskbell_protocol::{ClientMessageId, Command, ConversationId, ErrorBody, ErrorCode, Status};

use super::Engine;
use super::context::Context;
use crate::effect::Change;
use crate::input::{Action, Side};
use crate::outbox::UnsentText;
use crate::requests::Purpose;
use crate::timeline::Sync;

impl Engine {
    pub(super) fn act(&mut self, action: Action, cx: &mut Context<'_>) {
        match action {
            Action::Send {
                conversation_id,
                text,
            } => self.send(conversation_id, text, cx),
            Action::Restore(texts) => {
                for text in texts {
                    self.restore(text, cx);
                }
            }
            Action::Retry(client_id) => {
                if let Some((conversation_id, outbox)) = self.outbox_of(client_id) {
                    outbox.retry(client_id);
                    self.outbox_changed(conversation_id, cx);
                }
            }
            Action::Discard(client_id) => {
                if let Some((conversation_id, outbox)) = self.outbox_of(client_id) {
                    outbox.discard(client_id);
                    self.outbox_changed(conversation_id, cx);
                }
            }
            Action::Open(id) => self.open(id, cx),
            Action::Leave(id) => self.leave(id, cx),
            Action::LoadOlder(id) => self.load_older(id, cx),
            Action::Typing {
                conversation_id,
                active,
            } => self.set_typing(conversation_id, active, cx),
            Action::NewestVisible(visible) => self.newest_visible = visible,
            Action::NewConversation => self.new_conversation(cx),
            #[cfg(feature = "agent")]
            action => self.act_as_agent(action, cx),
        }
    }

    fn send(&mut self, id: Option<ConversationId>, text: String, cx: &mut Context<'_>) {
        if text.trim().is_empty() {
            return;
        }
        let conversation_id = match (id, self.side) {
            (Some(id), _) => Some(id),
            (None, Side::Visitor) => self.own,
            (None, Side::Agent) => return,
        };
        let client_id = cx.client_id();
        self.typing.sent();
        self.enqueue(conversation_id, client_id, text, cx);
    }

    /// Restores a text of an earlier engine. A visitor sees it in its conversation at once, before the
    /// server confirms that the conversation is theirs.
    fn restore(&mut self, unsent: UnsentText, cx: &mut Context<'_>) {
        let client_id = unsent.client_id;
        if self.outbox_of(client_id).is_some() {
            return;
        }
        let conversation_id = unsent.conversation_id.or(self.own);
        self.enqueue(conversation_id, client_id, unsent.text, cx);
        if let (Some(id), Side::Visitor) = (conversation_id, self.side)
            && self.own.is_none_or(|own| own == id)
        {
            self.set_own(id, cx);
        }
    }

    fn enqueue(
        &mut self,
        conversation_id: Option<ConversationId>,
        client_id: ClientMessageId,
        text: String,
        cx: &mut Context<'_>,
    ) {
        let is_too_long = text.chars().count() > TEXT_CHARS;
        let sender = self.sender();
        let assignee = conversation_id.and_then(|id| self.teammate_assignee(id));
        let outbox = match conversation_id {
            Some(id) => &mut self.timelines.get_or_new(id).outbox,
            None => &mut self.draft,
        };
        outbox.push(client_id, text, sender, assignee, cx.now);
        if is_too_long {
            let most = TEXT_CHARS.to_string();
            let advice = [
                "Too long: at most ",
                &most,
                " characters go in one message.",
            ]
            .concat();
            outbox.fail(client_id, ErrorBody::new(ErrorCode::TooLarge, advice));
        }
        self.outbox_changed(conversation_id, cx);
    }

    pub(super) fn open(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        let timeline = self.timelines.get_or_new(id);
        timeline.open = true;
        if self.connection.is_live() && matches!(timeline.sync, Sync::Off | Sync::Refused) {
            self.subscribe(id, cx);
        }
        self.changed_timeline(id, cx);
    }

    fn leave(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        self.set_typing(Some(id), false, cx);
        self.send_receipt(id, true, cx);
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        timeline.open = false;
        let before = timeline.unsubscribe();
        if self.connection.is_live() && matches!(before, Sync::Requested | Sync::Live) {
            let command = Command::Unsubscribe {
                conversation_id: id,
            };
            self.request(Purpose::Untracked, command, cx);
        }
        self.flush(id, cx);
    }

    fn load_older(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        let is_live = self.connection.is_live();
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
            self.request(Purpose::LoadOlder(id), command, cx);
            self.changed_timeline(id, cx);
        }
    }

    fn new_conversation(&mut self, cx: &mut Context<'_>) {
        let Some(id) = self.own else { return };
        if self
            .conversation(id)
            .is_some_and(|own| own.status == Status::Closed)
        {
            self.leave(id, cx);
            self.own = None;
            self.dismissed = Some(id);
            cx.changed(Change::Own);
        }
    }
}
