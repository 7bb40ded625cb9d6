//! A session finds out again whether its person may still be here.

use deskbell_protocol::CloseCode;
use tokio::time::Instant;

use super::{End, Session};
use crate::auth::proof::{self, Proof};
use crate::realtime::handshake::{PROVE_EVERY, close_code};

impl Session {
    /// Something about them may have changed: what the database says now holds from here on.
    pub(super) async fn prove_again(&mut self) -> Result<(), End> {
        match proof::prove(&self.app, &self.proof, self.from).await {
            Ok(somebody) => {
                self.scope = somebody.scope;
                self.reads_only = somebody.reads_only;
                Ok(())
            }
            Err(error) => {
                error.log();
                Err(End::Close(close_code(&error)))
            }
        }
    }

    /// The time is over that their token was good for. A program's has none: it is looked at again.
    pub(super) async fn token_ends(&mut self) -> Result<(), End> {
        match self.proof {
            Proof::ApiToken { .. } => {
                self.expires = Instant::now() + PROVE_EVERY;
                self.prove_again().await
            }
            Proof::Visitor { .. } | Proof::Session { .. } => {
                Err(End::Close(CloseCode::TokenExpired))
            }
        }
    }
}
