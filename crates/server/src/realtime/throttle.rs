//! The limits of one connection: its own bucket of frames, then the shared limits.

use std::num::NonZeroU32;

use deskbell_base::client_address::ClientAddress;
use deskbell_base::error::AppResult;
use deskbell_base::limits::{Bucket, Limits};
use deskbell_base::scope::Scope;
use deskbell_protocol::{Command, limits};
use governor::Quota;

pub(super) struct Throttle {
    from: ClientAddress,
    frames: Bucket,
    /// The tolerance for frames over a limit.
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
            (Command::Send { .. } | Command::Note { .. }, _) => limits.send(scope, self.from),
            // These cost nothing, and must not be refused because another client of the address has
            // used up a limit.
            (Command::Ping | Command::Unsubscribe { .. }, _) => Ok(self.frames.take()?),
            _ => {
                self.frames.take()?;
                limits.read(scope, self.from)
            }
        }
    }

    /// Counts a control frame, which has to be read as well.
    pub(super) fn allows_control_frame(&self) -> bool {
        self.frames.take().is_ok()
    }

    /// Whether there were too many frames over a limit, including this one.
    pub(super) fn is_flood(&self) -> bool {
        self.patience.take().is_err()
    }
}
