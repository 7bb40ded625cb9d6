//! Where a session's person is writing, as far as others have been told.
//!
//! Nobody keeps this but the session that says it: it is told on, not too often, and taken back
//! when it is not said again in time, or when the session ends.

use std::collections::HashMap;
use std::time::Duration;

use deskbell_protocol::{ConversationId, limits};
use tokio::time::Instant;

/// More often than this nobody is told; a client says it every three seconds.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);
/// What is not said again within this time has ended.
const LASTS: Duration = Duration::from_millis(limits::TYPING_MS as u64);

#[derive(Default)]
pub(super) struct Typing(HashMap<ConversationId, Said>);

struct Said {
    told_at: Instant,
    is_active: bool,
    ends_at: Instant,
}

impl Typing {
    /// SocketPrincipal says whether they are writing; answers whether others are to be told.
    pub(super) fn say(&mut self, id: ConversationId, active: bool, now: Instant) -> bool {
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

    /// What was being written was sent, or the conversation is not followed any more; answers
    /// whether others believe that somebody is writing there. What is written next is told at once.
    pub(super) fn forget(&mut self, id: ConversationId) -> bool {
        self.0.remove(&id).is_some_and(|said| said.is_active)
    }

    /// When the next of them ends by itself.
    pub(super) fn next_end(&self) -> Option<Instant> {
        let active = self.0.values().filter(|said| said.is_active);
        active.map(|said| said.ends_at).min()
    }

    /// Those that have ended by now.
    pub(super) fn ended(&mut self, now: Instant) -> Vec<ConversationId> {
        self.end(|said| said.ends_at <= now)
    }

    /// All that others believe in.
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
            told += usize::from(typing.say(id(1), n % 2 == 0, now));
            now += Duration::from_millis(1);
        }
        assert!((10..=21).contains(&told), "{told}");
    }

    #[test]
    fn typing_that_is_not_repeated_expires_once() {
        let (mut typing, now) = (Typing::default(), Instant::now());
        assert!(typing.say(id(1), true, now));
        assert_eq!(typing.next_end(), Some(now + LASTS));
        let later = now + Duration::from_millis(500);
        assert!(!typing.say(id(1), true, later), "others know");
        assert_eq!(
            typing.next_end(),
            Some(later + LASTS),
            "but it lasts longer"
        );
        assert!(typing.ended(now + LASTS).is_empty());
        assert_eq!(typing.ended(later + LASTS), [id(1)]);
        assert_eq!(typing.next_end(), None);
        assert!(
            !typing.say(id(1), false, later + LASTS),
            "they know that, too"
        );
    }

    #[test]
    fn typing_ends_when_its_session_ends() {
        let (mut typing, now) = (Typing::default(), Instant::now());
        typing.say(id(1), true, now);
        typing.say(id(2), true, now);
        assert!(typing.forget(id(2)));
        assert_eq!(typing.end_all(), [id(1)]);
        assert!(typing.end_all().is_empty());
    }

    #[test]
    fn typing_after_a_sent_message_is_published_at_once() {
        let (mut typing, now) = (Typing::default(), Instant::now());
        assert!(typing.say(id(1), true, now));
        assert!(typing.forget(id(1)));
        assert!(typing.say(id(1), true, now));
    }
}
