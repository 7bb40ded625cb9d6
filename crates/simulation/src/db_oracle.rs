//! A test oracle over the database: whatever the server sends must be committed already.

use std::collections::HashMap;

use anyhow::Result;
use deskbell_protocol::{
    Conversation, ConversationId, Event, Message, Seq, VisitorId, WorkspaceId,
};
use deskbell_store::conversations::{self, messages};
use deskbell_store::{Error, Store, WorkspaceScope};

use crate::fixture::Identity;

pub(crate) struct DbOracle {
    store: Store,
    scopes: Vec<WorkspaceScope>,
    messages: HashMap<(ConversationId, Seq), Message>,
    heads: HashMap<ConversationId, HeadState>,
}

#[derive(Clone, Copy)]
struct HeadState {
    workspace: WorkspaceId,
    visitor: VisitorId,
    revision: i64,
}

impl DbOracle {
    pub(crate) fn new(store: Store, scopes: Vec<WorkspaceScope>) -> Self {
        Self {
            store,
            scopes,
            messages: HashMap::new(),
            heads: HashMap::new(),
        }
    }

    /// Compares an event with the database; returns what is wrong.
    pub(crate) async fn check(&mut self, event: &Event, to: &Identity) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        let (heads, messages): (Vec<&Conversation>, &[Message]) = match event {
            Event::Welcome { conversation, .. } => (conversation.iter().collect(), &[]),
            Event::Started {
                conversation,
                message,
            } => (vec![conversation], std::slice::from_ref(message)),
            Event::Subscribed {
                conversation,
                messages,
                ..
            } => (vec![conversation], messages),
            Event::Page { messages, .. } => (Vec::new(), messages),
            Event::Inbox { conversations, .. } | Event::InboxChanges { conversations, .. } => {
                (conversations.iter().collect(), &[])
            }
            Event::Changed { conversation }
            | Event::ConversationChanged { conversation }
            | Event::InboxChanged { conversation, .. } => (vec![conversation], &[]),
            Event::MessageCreated { message } => (Vec::new(), std::slice::from_ref(message)),
            Event::Saved {
                conversation_id,
                client_id,
                seq,
                ..
            } => {
                let message = self.message(*conversation_id, *seq).await?;
                if message.and_then(|message| message.client_id) != Some(*client_id) {
                    wrong.push(format!(
                        "{client_id} was acknowledged as {seq} of {conversation_id}, but is not in the database"
                    ));
                }
                self.check_owner(*conversation_id, to, &mut wrong).await?;
                (Vec::new(), &[])
            }
            _ => return Ok(wrong),
        };
        for head in heads {
            self.check_head(head, to, &mut wrong).await?;
        }
        for message in messages {
            let id = message.conversation_id;
            self.check_owner(id, to, &mut wrong).await?;
            if self.message(id, message.seq).await?.as_ref() != Some(message) {
                let seq = message.seq;
                wrong.push(format!(
                    "{seq} of conversation {id} was sent, but is not in the database"
                ));
            }
        }
        Ok(wrong)
    }

    async fn message(&mut self, id: ConversationId, seq: Seq) -> Result<Option<Message>> {
        if let Some(message) = self.messages.get(&(id, seq)) {
            return Ok(Some(message.clone()));
        }
        let Some(head) = self.head(id, 0).await? else {
            return Ok(None);
        };
        let mut reader = self.store.read().await?;
        let (page, _) = messages::page_after(&mut reader, head.workspace, id, seq - 1, 1).await?;
        let message = page.into_iter().find(|message| message.seq == seq);
        if let Some(message) = &message {
            self.messages.insert((id, seq), message.clone());
        }
        Ok(message)
    }

    async fn check_head(
        &mut self,
        head: &Conversation,
        to: &Identity,
        wrong: &mut Vec<String>,
    ) -> Result<()> {
        self.check_owner(head.id, to, wrong).await?;
        let known = self.head(head.id, head.revision).await?;
        if known.is_none_or(|known| known.revision < head.revision) {
            let (id, revision) = (head.id, head.revision);
            wrong.push(format!(
                "revision {revision} of {id} was sent, but is not in the database"
            ));
        }
        Ok(())
    }

    async fn check_owner(
        &mut self,
        id: ConversationId,
        to: &Identity,
        wrong: &mut Vec<String>,
    ) -> Result<()> {
        let is_visible = self.head(id, 0).await?.is_some_and(|head| match to {
            Identity::Visitor { id, workspace, .. } => {
                head.visitor == *id && head.workspace == *workspace
            }
            Identity::Agent { workspace, .. } => head.workspace == *workspace,
        });
        if !is_visible {
            wrong.push(format!(
                "a frame was about conversation {id}, which the person may not see"
            ));
        }
        Ok(())
    }

    /// The known state of a conversation, which must have reached this revision.
    async fn head(&mut self, id: ConversationId, revision: i64) -> Result<Option<HeadState>> {
        if let Some(known) = self.heads.get(&id)
            && known.revision >= revision
        {
            return Ok(Some(*known));
        }
        for scope in &self.scopes {
            let mut reader = self.store.read().await?;
            match conversations::get_for_agent(&mut reader, scope, id).await {
                Ok(head) => {
                    let known = HeadState {
                        workspace: scope.workspace_id,
                        visitor: head.visitor.id,
                        revision: head.revision,
                    };
                    self.heads.insert(id, known);
                    return Ok(Some(known));
                }
                Err(Error::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}
