//! The token of a client, and when it is renewed.

use deskbell_protocol::UnixMs;

/// The pause between two attempts to renew a token, in milliseconds. A visitor's token is valid for
/// months after the first attempt.
const RETRY_MS: i64 = 3_600_000;

/// A token for `hello`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The text of the token.
    pub text: String,
    /// When it is renewed, by the server's clock: [`VisitorToken::renew_at`]. `None`: only after it
    /// has expired.
    ///
    /// [`VisitorToken::renew_at`]: deskbell_protocol::api::visitors::VisitorToken::renew_at
    pub renew_at: Option<UnixMs>,
}

impl From<String> for Token {
    /// A token that is renewed only after it has expired.
    fn from(text: String) -> Self {
        Self {
            text,
            renew_at: None,
        }
    }
}

/// The timer of renewals: translates `renew_at` to the clock of this device, and limits how often a
/// renewal is tried.
#[derive(Debug, Default)]
pub(crate) struct RenewalTimer {
    renew_at: Option<UnixMs>,
    /// The server's time minus ours, at the last `welcome`.
    offset: i64,
    /// When the next attempt is allowed, by our clock.
    next_attempt_at: UnixMs,
}

impl RenewalTimer {
    pub(crate) fn set(&mut self, token: Option<&Token>) {
        self.renew_at = token.and_then(|token| token.renew_at);
    }

    pub(crate) fn welcomed(&mut self, server_now: UnixMs, now: UnixMs) {
        self.offset = server_now.saturating_sub(now);
        self.next_attempt_at = self.next_attempt_at.max(now);
    }

    /// When the next attempt is due, by our clock.
    pub(crate) fn due(&self) -> Option<UnixMs> {
        let renew_at = self.renew_at?.saturating_sub(self.offset);
        Some(renew_at.max(self.next_attempt_at))
    }

    /// Whether an attempt is due; it counts as started.
    pub(crate) fn start(&mut self, now: UnixMs) -> bool {
        let is_due = self.due().is_some_and(|due| due <= now);
        if is_due {
            self.next_attempt_at = now + RETRY_MS;
        }
        is_due
    }
}
