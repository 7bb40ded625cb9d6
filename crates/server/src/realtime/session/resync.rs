//! Resync: a session reads the events that it may have missed from the database.

use deskbell_base::error::AppError;
use deskbell_base::scope::Scope;
use deskbell_domain::conversations::inbox;
use deskbell_domain::conversations::{self, Page};
use deskbell_protocol::{CloseCode, ConversationId, Event, Position, Seq, Status};

use super::{End, Session};
use crate::publish::encode;

impl Session {
    /// Sends all messages after the cursor; returns the state of the conversation then.
    pub(super) async fn send_missing(
        &mut self,
        id: ConversationId,
        mut after: Seq,
    ) -> Result<Page, End> {
        loop {
            let mut page =
                conversations::read_from(&self.realtime.core, &self.scope, id, Some(after))
                    .await
                    .map_err(broken)?;
            for message in std::mem::take(&mut page.messages) {
                after = message.seq;
                self.tell(Event::MessageCreated { message }).await?;
            }
            if !page.more {
                self.cursors.advance(id, after);
                return Ok(page);
            }
        }
    }

    /// Sends all changes of the inbox after the cursor.
    pub(super) async fn send_missing_changes(&mut self, mut after: Position) -> Result<(), End> {
        let Scope::Agent(agent) = &self.scope else {
            return Ok(());
        };
        let agent = agent.clone();
        loop {
            let found = inbox::changes_after(&self.realtime.core, &agent, after)
                .await
                .map_err(broken)?;
            for change in found.changes {
                after = change.position;
                self.tell(Event::InboxChanged {
                    position: change.position,
                    queue: found.queue,
                    conversation: change.conversation,
                })
                .await?;
            }
            if !found.more {
                self.inbox.advance(found.position);
                return Ok(());
            }
        }
    }

    /// Resyncs after a possible loss of deliveries from another node: sends the current state of
    /// everything that the client follows. Clients ignore what they know already.
    pub(super) async fn resync(&mut self) -> Result<(), End> {
        let mut is_one_closed = false;
        for (id, after) in self.cursors.live() {
            let page = self.send_missing(id, after).await?;
            let (conversation, receipts) = (page.conversation, page.receipts);
            is_one_closed |= conversation.status == Status::Closed;
            self.cursors.raise_revision(id, conversation.revision);
            self.cursors.raise_receipts(id, receipts);
            self.tell(Event::ConversationChanged { conversation })
                .await?;
            self.tell(Event::Receipts {
                conversation_id: id,
                receipts,
            })
            .await?;
        }
        if is_one_closed {
            self.update_listed().await;
        }
        for (id, after) in self.notes.live() {
            self.send_missing_notes(id, after).await?;
        }
        if let Some(after) = self.inbox.live() {
            self.send_missing_changes(after).await?;
            self.send_markers().await?;
        }
        if let Scope::Agent(_) = &self.scope {
            self.tell(Event::NotificationsChanged).await?;
        }
        self.send_current_conversation().await
    }

    /// Sends the conversation that the visitor has started on another connection.
    async fn send_current_conversation(&mut self) -> Result<(), End> {
        let (Scope::Visitor(visitor), Some(present)) = (&self.scope, &self.present) else {
            return Ok(());
        };
        let current = self.realtime.visitors.find_current(visitor).await;
        match current.map_err(broken)? {
            Some(conversation) => {
                present.set_listed(conversation.status != Status::Closed);
                self.cursors
                    .raise_revision(conversation.id, conversation.revision);
                self.tell(Event::ConversationChanged { conversation }).await
            }
            None => Ok(()),
        }
    }

    /// Sends the agent's read markers, which other windows may have moved.
    async fn send_markers(&mut self) -> Result<(), End> {
        let Scope::Agent(agent) = &self.scope else {
            return Ok(());
        };
        let markers = inbox::markers(&self.realtime.core, agent)
            .await
            .map_err(broken)?;
        if markers.is_empty() {
            return Ok(());
        }
        self.note_markers(&markers);
        self.tell(Event::Seen { markers }).await
    }

    pub(super) async fn tell(&mut self, event: Event) -> Result<(), End> {
        Ok(self.connection.queue(encode(event).into()).await?)
    }
}

/// Closes the connection after an error; the client reconnects and resumes.
pub(super) fn broken(error: AppError) -> End {
    error.log();
    End::Close(CloseCode::Internal)
}
