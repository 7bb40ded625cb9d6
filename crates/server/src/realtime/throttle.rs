//! What one connection may say: its own bucket of frames, then the limits it shares with others.

use std::num::NonZeroU32;

use deskbell_domain::client_address::ClientAddress;
use deskbell_domain::error::AppResult;
use deskbell_domain::limits::{Bucket, Limits};
use deskbell_domain::scope::Scope;
use deskbell_protocol::{Command, limits};
use governor::Quota;

pub(super) struct Throttle {
    from: ClientAddress,
    frames: Bucket,
    /// What is left of our patience with frames over a limit.
    patience: Bucket,
}

impl Throttle {
    pub(super) fn new(limits: &Limits, from: ClientAddress) -> Self {
        let patience = NonZeroU32::new(limits::FLOOD_FRAMES).map(Quota::per_minute);
        Self {
            from,
            frames: limits.frames(),
            patience: Bucket::new(patience),
        }
    }

    /// Refuses a command that is over a limit.
    pub(super) fn check(&self, limits: &Limits, scope: &Scope, command: &Command) -> AppResult<()> {
        match (command, scope) {
            (Command::Start { .. }, Scope::Visitor(visitor)) => limits.start(visitor, self.from),
            (Command::Send { .. }, _) => limits.send(scope, self.from),
            // They cost nothing, and must not end because a neighbour asks for too much.
            (Command::Ping | Command::Unsubscribe { .. }, _) => Ok(self.frames.take()?),
            _ => {
                self.frames.take()?;
                limits.read(scope, self.from)
            }
        }
    }

    /// Takes note of what is no command, but has to be read as well.
    pub(super) fn allows_noise(&self) -> bool {
        self.frames.take().is_ok()
    }

    /// Whether the frames over a limit are too many by now, this one included.
    pub(super) fn is_flood(&self) -> bool {
        self.patience.take().is_err()
    }
}
