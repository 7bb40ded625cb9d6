//! Notes: an agent's session subscribes to those of a conversation that it follows.

use deskbell_base::error::{AppError, AppResult};
use deskbell_base::scope::Scope;
use deskbell_domain::conversations::notes;
use deskbell_protocol::{ConversationId, ErrorCode, Event, Seq};
use deskbell_store::WorkspaceScope;

use super::resync::broken;
use super::{End, Session};

impl Session {
    /// Subscribes to the notes of a followed conversation, whose topic for agents brings them.
    pub(super) async fn subscribe_notes(
        &mut self,
        agent: &WorkspaceScope,
        id: ConversationId,
        after: Option<Seq>,
    ) -> AppResult<Event> {
        if !self.cursors.has(id) {
            let advice = "Subscribe to the conversation first.";
            return Err(AppError::new(ErrorCode::NotFound, advice));
        }
        let page = notes::read_after(&self.realtime.core, agent, id, after).await?;
        self.notes.begin(id, (!page.more).then_some(page.last_seq));
        Ok(Event::Notes {
            conversation_id: id,
            notes: page.notes,
            more: page.more,
        })
    }

    /// Sends all notes after the cursor.
    pub(super) async fn send_missing_notes(
        &mut self,
        id: ConversationId,
        mut after: Seq,
    ) -> Result<(), End> {
        let Scope::Agent(agent) = &self.scope else {
            return Ok(());
        };
        let agent = agent.clone();
        loop {
            let page = notes::read_after(&self.realtime.core, &agent, id, Some(after)).await;
            let page = page.map_err(broken)?;
            after = page.last_seq;
            for note in page.notes {
                self.tell(Event::NoteCreated { note }).await?;
            }
            if !page.more {
                self.notes.begin(id, Some(after));
                return Ok(());
            }
        }
    }
}
