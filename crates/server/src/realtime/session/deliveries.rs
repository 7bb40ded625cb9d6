//! A filter of the hub's deliveries: forwards to the client those that it has not received yet.

use deskbell_base::scope::Scope;
use deskbell_hub::Delivery;
use deskbell_protocol::ConversationId;

use super::{End, Session};
use crate::realtime::cursor::Step;
use crate::realtime::presence_guard::who;

impl Session {
    /// Forwards the other deliveries in the mailbox, and sends all queued frames in one write.
    pub(super) async fn forward_queued(&mut self) -> Result<(), End> {
        while let Some(delivery) = self.mailbox.try_next() {
            self.deliver(&delivery).await?;
        }
        while let Some(answer) = self.pending.try_next() {
            self.connection.queue(answer).await?;
        }
        Ok(self.connection.flush().await?)
    }

    /// Forwards a delivery of the hub, unless the client has it already, and fills gaps from the database.
    pub(super) async fn deliver(&mut self, delivery: &Delivery) -> Result<(), End> {
        match delivery {
            Delivery::Ephemeral { by, .. } if *by == who(&self.scope) => Ok(()),
            Delivery::Conversation {
                conversation_id,
                revision,
                for_agents,
                ..
            } if !self.raise_revision(*conversation_id, *revision, *for_agents) => Ok(()),
            Delivery::Conversation {
                frame,
                is_closed: true,
                ..
            } => {
                self.connection.queue(frame.clone()).await?;
                Box::pin(self.update_listed()).await;
                Ok(())
            }
            Delivery::Event {
                progress: Some(progress),
                ..
            } if !self.raise_progress(*progress) => Ok(()),
            Delivery::ConversationStarted {
                conversation_id, ..
            } if self.started_here == Some(*conversation_id)
                // The session follows it already: this delivery is late.
                || self.cursors.has(*conversation_id) =>
            {
                Ok(())
            }
            Delivery::ConversationStarted { frame, .. } => {
                if let Some(present) = &self.present {
                    present.set_listed(true);
                }
                Ok(self.connection.queue(frame.clone()).await?)
            }
            Delivery::Conversation { frame, .. }
            | Delivery::Event { frame, .. }
            | Delivery::Ephemeral { frame, .. } => Ok(self.connection.queue(frame.clone()).await?),
            Delivery::Message {
                conversation_id,
                seq,
                frame,
            } => match self.cursors.step(*conversation_id, *seq) {
                Step::Skip => Ok(()),
                Step::Send => Ok(self.connection.queue(frame.clone()).await?),
                Step::FillFrom(after) => {
                    let send_missing = self.send_missing(*conversation_id, after);
                    Box::pin(send_missing).await.map(drop)
                }
            },
            Delivery::Note {
                conversation_id,
                seq,
                frame,
            } => match self.notes.step(*conversation_id, *seq) {
                Step::Skip => Ok(()),
                Step::Send => Ok(self.connection.queue(frame.clone()).await?),
                Step::FillFrom(after) => {
                    Box::pin(self.send_missing_notes(*conversation_id, after)).await
                }
            },
            Delivery::Inbox { position, frame } => match self.inbox.step(*position) {
                Step::Skip => Ok(()),
                Step::Send => Ok(self.connection.queue(frame.clone()).await?),
                Step::FillFrom(after) => Box::pin(self.send_missing_changes(after)).await,
            },
            Delivery::Resync => {
                Box::pin(self.reauthenticate_and_notify()).await?;
                Box::pin(self.resync()).await
            }
            Delivery::Reauthenticate { visitor_id } if self.scope.is_meant(*visitor_id) => {
                Box::pin(self.reauthenticate_and_notify()).await
            }
            Delivery::Reauthenticate { .. } => Ok(()),
        }
    }

    /// Records a head that is to be sent. False if the client has a newer one, or the agents' frame of
    /// this one.
    fn raise_revision(&mut self, id: ConversationId, revision: i64, for_agents: bool) -> bool {
        let is_agent = matches!(self.scope, Scope::Agent(_));
        let lacks_nothing = is_agent && !for_agents && self.cursors.has_revision(id, revision);
        !lacks_nothing && self.cursors.raise_revision(id, revision)
    }
}
