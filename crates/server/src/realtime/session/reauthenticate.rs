//! Reauthentication: checks whether the principal of a session still has access.

use deskbell_base::scope::Scope;
use deskbell_domain::identity::authentication::Credential;
use deskbell_hub::{Delivery, Topic};
use deskbell_protocol::{CloseCode, Event};
use tokio::time::Instant;

use super::{End, Session};
use crate::publish::encode;
use crate::realtime::authenticate::authenticate;
use crate::realtime::handshake::{close_code, recheck_interval};

impl Session {
    /// Follows the topics of the principal. If a change since the look-up may have been missed, the
    /// principal is loaded again.
    pub(super) async fn follow_principal(&mut self, looked_up_at: Instant) -> Result<(), End> {
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
            true => self.reauthenticate().await,
            false => Ok(()),
        }
    }

    /// Loads the principal again; the new permissions apply from here on.
    pub(super) async fn reauthenticate(&mut self) -> Result<(), End> {
        match authenticate(&self.realtime, &self.credential, self.from).await {
            Ok(principal) => {
                self.scope = principal.scope;
                self.reads_only = principal.reads_only;
                if let (Some(present), Scope::Agent(_)) = (&self.present, &self.scope) {
                    present.rename(&self.scope);
                }
                if let Credential::ApiToken { .. } = self.credential {
                    self.expires = Instant::now() + recheck_interval(principal.ends_at);
                }
                Ok(())
            }
            Err(error) => {
                error.log();
                if let Some(present) = &self.present {
                    present.end();
                }
                let is_api_token = matches!(self.credential, Credential::ApiToken { .. });
                Err(End::Close(close_code(&error, is_api_token)))
            }
        }
    }

    /// Reauthenticates during a session. An agent is informed if their role or name has changed.
    pub(super) async fn reauthenticate_and_notify(&mut self) -> Result<(), End> {
        let before = self.scope.principal();
        self.reauthenticate().await?;
        let you = self.scope.principal();
        match self.scope {
            Scope::Agent(_) if you != before => {
                let event = Event::YouChanged { you };
                Ok(self.connection.queue(encode(event).into()).await?)
            }
            _ => Ok(()),
        }
    }

    /// The token has expired. An API token is checked again: it may have been revoked, too.
    pub(super) async fn token_ends(&mut self) -> Result<(), End> {
        match self.credential {
            Credential::ApiToken { .. } => self.reauthenticate_and_notify().await,
            Credential::Visitor { .. } | Credential::Session { .. } => {
                Err(End::Close(CloseCode::TokenExpired))
            }
        }
    }
}
