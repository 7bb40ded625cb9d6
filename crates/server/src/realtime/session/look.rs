//! What a session reads from the database by itself, because the hub could not tell it.

use deskbell_domain::conversations::inbox;
use deskbell_domain::conversations::{self, Page};
use deskbell_domain::error::AppError;
use deskbell_domain::scope::Scope;
use deskbell_protocol::{CloseCode, ConversationId, Event, Position, Seq, Status};

use super::{End, Session};
use crate::publish::encode;

impl Session {
    /// Sends all messages that follow the cursor, and answers with how the rest is then.
    pub(super) async fn read_on(
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
                self.cursors.go_live(id, after);
                return Ok(page);
            }
        }
    }

    /// Sends all that has changed in the inbox since the cursor.
    pub(super) async fn read_on_inbox(&mut self, mut after: Position) -> Result<(), End> {
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
                self.inbox.go_live(found.position);
                return Ok(());
            }
        }
    }

    /// Something may have been lost on the way from another node: whatever the client follows, it
    /// is told how that is now. What it knows already it passes over.
    pub(super) async fn look_again(&mut self) -> Result<(), End> {
        let mut is_one_closed = false;
        for (id, after) in self.cursors.live() {
            let page = self.read_on(id, after).await?;
            let (conversation, receipts) = (page.conversation, page.receipts);
            is_one_closed |= conversation.status == Status::Closed;
            self.tell(Event::ConversationChanged { conversation })
                .await?;
            self.tell(Event::Receipts {
                conversation_id: id,
                receipts,
            })
            .await?;
        }
        if is_one_closed {
            self.list_again().await;
        }
        if let Some(after) = self.inbox.live() {
            self.read_on_inbox(after).await?;
            self.tell_seen().await?;
        }
        self.tell_current().await
    }

    /// What the visitor has begun elsewhere meanwhile.
    async fn tell_current(&mut self) -> Result<(), End> {
        let (Scope::Visitor(visitor), Some(present)) = (&self.scope, &self.present) else {
            return Ok(());
        };
        let current = self.realtime.visitors.find_current(visitor).await;
        match current.map_err(broken)? {
            Some(conversation) => {
                present.set_listed(true);
                self.tell(Event::ConversationChanged { conversation }).await
            }
            None => Ok(()),
        }
    }

    /// How far the agent has read, also in other windows.
    async fn tell_seen(&mut self) -> Result<(), End> {
        let Scope::Agent(agent) = &self.scope else {
            return Ok(());
        };
        let markers = inbox::markers(&self.realtime.core, agent)
            .await
            .map_err(broken)?;
        match markers.is_empty() {
            true => Ok(()),
            false => self.tell(Event::Seen { markers }).await,
        }
    }

    async fn tell(&mut self, event: Event) -> Result<(), End> {
        Ok(self.connection.queue(encode(event).into()).await?)
    }
}

/// The client comes back and resumes.
fn broken(error: AppError) -> End {
    error.log();
    End::Close(CloseCode::Internal)
}
