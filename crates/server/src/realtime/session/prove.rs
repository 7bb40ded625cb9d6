//! A session finds out again whether its person may still be here.

use deskbell_domain::identity::authentication::Credential;
use deskbell_domain::scope::Scope;
use deskbell_hub::{Delivery, Topic};
use deskbell_protocol::{CloseCode, Event};
use tokio::time::Instant;

use super::{End, Session};
use crate::publish::encode;
use crate::realtime::authenticate::authenticate;
use crate::realtime::handshake::{close_code, look_again};

impl Session {
    /// Follows what concerns its person. What has changed about them since they were looked up,
    /// nobody could tell this session: then they are looked up again.
    pub(super) async fn follow_oneself(&mut self, looked_up_at: Instant) -> Result<(), End> {
        let topic = match &self.scope {
            Scope::Visitor(visitor) => Topic::Visitors(visitor.workspace_id),
            Scope::Agent(agent) => Topic::Member(agent.user.id),
        };
        let missed = self.mailbox.follow_since(topic, looked_up_at).await;
        let mut missed = missed.iter();
        let is_changed = missed.any(|delivery| match **delivery {
            Delivery::Reauthenticate { visitor_id } => self.scope.is_meant(visitor_id),
            _ => true,
        });
        match is_changed {
            true => self.prove_again().await,
            false => Ok(()),
        }
    }

    /// Something about them may have changed: what the database says now holds from here on.
    pub(super) async fn prove_again(&mut self) -> Result<(), End> {
        match authenticate(&self.realtime, &self.credential, self.from).await {
            Ok(principal) => {
                self.scope = principal.scope;
                self.reads_only = principal.reads_only;
                if let (Some(present), Scope::Agent(_)) = (&self.present, &self.scope) {
                    present.rename(&self.scope);
                }
                if let Credential::ApiToken { .. } = self.credential {
                    self.expires = Instant::now() + look_again(principal.ends_at);
                }
                Ok(())
            }
            Err(error) => {
                error.log();
                if let Some(present) = &self.present {
                    present.end();
                }
                Err(End::Close(close_code(&error)))
            }
        }
    }

    /// The same in the midst of a session. An agent hears of it if they are somebody else now than
    /// they were told.
    pub(super) async fn prove_again_aloud(&mut self) -> Result<(), End> {
        let before = self.scope.principal();
        self.prove_again().await?;
        let you = self.scope.principal();
        match self.scope {
            Scope::Agent(_) if you != before => {
                let event = Event::YouChanged { you };
                Ok(self.connection.queue(encode(event).into()).await?)
            }
            _ => Ok(()),
        }
    }

    /// The time is over that their token was good for. A program's says none: it is looked at again.
    pub(super) async fn token_ends(&mut self) -> Result<(), End> {
        match self.credential {
            Credential::ApiToken { .. } => self.prove_again_aloud().await,
            Credential::Visitor { .. } | Credential::Session { .. } => {
                Err(End::Close(CloseCode::TokenExpired))
            }
        }
    }
}
