//! Typing indicators of a session's person, as they were published.
//!
//! Only the session knows them. Typing is published at a limited rate, and ends when it is not repeated
//! in time or when the session ends.

use std::collections::HashMap;
use std::time::Duration;

use deskbell_protocol::{ConversationId, limits};
use tokio::time::Instant;

/// The minimum interval between publications; a client repeats typing every three seconds.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);
/// Typing that is not repeated within this time ends.
const LASTS: Duration = Duration::from_millis(limits::TYPING_MS as u64);

#[derive(Default)]
pub(super) struct Typing(HashMap<ConversationId, Said>);

struct Said {
    told_at: Instant,
    is_active: bool,
    ends_at: Instant,
}

impl Typing {
    /// Records that the person is typing, or has stopped; returns whether that has to be published.
    pub(super) fn set(&mut self, id: ConversationId, active: bool, now: Instant) -> bool {
        let said = self.0.get_mut(&id);
        let may_tell = said
            .as_ref()
            .is_none_or(|said| now.duration_since(said.told_at) >= AT_MOST_EVERY);
        match said {
            Some(said) if !active => std::mem::take(&mut said.is_active),
            None if !active => false,
            Some(said) if !may_tell => {
                if said.is_active {
                    said.ends_at = now + LASTS;
                }
                false
            }
            _ => {
                let said = Said {
                    told_at: now,
                    is_active: true,
                    ends_at: now + LASTS,
                };
                self.0.insert(id, said);
                true
            }
        }
    }

    /// Ends typing because the message was sent, or the conversation is not followed any more;
    /// returns whether typing was published. Later typing is published at once.
    pub(super) fn forget(&mut self, id: ConversationId) -> bool {
        self.0.remove(&id).is_some_and(|said| said.is_active)
    }

    /// When the next one expires.
    pub(super) fn next_end(&self) -> Option<Instant> {
        let active = self.0.values().filter(|said| said.is_active);
        active.map(|said| said.ends_at).min()
    }

    /// Removes and returns the expired ones.
    pub(super) fn ended(&mut self, now: Instant) -> Vec<ConversationId> {
        self.end(|said| said.ends_at <= now)
    }

    /// Ends all; returns those that were published.
    pub(super) fn end_all(&mut self) -> Vec<ConversationId> {
        self.end(|_| true)
    }

    fn end(&mut self, ends: impl Fn(&Said) -> bool) -> Vec<ConversationId> {
        let active = self.0.iter_mut().filter(|(_, said)| said.is_active);
        let ended = active.filter(|(_, said)| ends(said));
        ended
            .map(|(id, said)| {
                said.is_active = false;
                *id
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> ConversationId {
        ConversationId::from_parts(1, [n; 10])
    }

    #[test]
    fn repeated_typing_is_published_once_a_second() {
        let (mut typing, mut now) = (Typing::default(), Instant::now());
        let mut told = 0;
        for n in 0..10_000 {
            told += usize::from(typing.set(id(1), n % 2 == 0, now));
            now += Duration::from_millis(1);
        }
        assert!((10..=21).contains(&told), "{told}");
    }

    #[test]
    fn typing_that_is_not_repeated_expires_once() {
        let (mut typing, now) = (Typing::default(), Instant::now());
        assert!(typing.set(id(1), true, now));
        assert_eq!(typing.next_end(), Some(now + LASTS));
        let later = now + Duration::from_millis(500);
        assert!(!typing.set(id(1), true, later), "others know");
        assert_eq!(
            typing.next_end(),
            Some(later + LASTS),
            "but it lasts longer"
        );
        assert!(typing.ended(now + LASTS).is_empty());
        assert_eq!(typing.ended(later + LASTS), [id(1)]);
        assert_eq!(typing.next_end(), None);
        assert!(
            !typing.set(id(1), false, later + LASTS),
            "they know that, too"
        );
    }

    #[test]
    fn typing_ends_when_its_session_ends() {
        let (mut typing, now) = (Typing::default(), Instant::now());
        typing.set(id(1), true, now);
        typing.set(id(2), true, now);
        assert!(typing.forget(id(2)));
        assert_eq!(typing.end_all(), [id(1)]);
        assert!(typing.end_all().is_empty());
    }

    #[test]
    fn typing_after_a_sent_message_is_published_at_once() {
        let (mut typing, now) = (Typing::default(), Instant::now());
        assert!(typing.set(id(1), true, now));
        assert!(typing.forget(id(1)));
        assert!(typing.set(id(1), true, now));
    }
}
