//! The followers of a topic: a set of sessions.
//!
//! Nearly all topics are conversations that only their visitor follows, so one session is stored without
//! a hash set.

use deskbell_protocol::ConnectionId;

use crate::det_map::HashSet;

/// The sessions that follow a topic; never empty.
pub(crate) enum Followers {
    One(ConnectionId),
    /// Two or more.
    Many(HashSet<ConnectionId>),
}

impl Followers {
    pub(crate) fn insert(&mut self, id: ConnectionId) {
        match self {
            Self::One(only) if *only == id => {}
            Self::One(only) => *self = Self::Many([*only, id].into_iter().collect()),
            Self::Many(all) => {
                all.insert(id);
            }
        }
    }

    /// Removes a session. Returns false if it was the last one, which stays: the caller removes the
    /// topic.
    pub(crate) fn remove(&mut self, id: ConnectionId) -> bool {
        match self {
            Self::One(only) => *only != id,
            Self::Many(all) => {
                all.remove(&id);
                if let (1, Some(only)) = (all.len(), all.iter().next()) {
                    *self = Self::One(*only);
                }
                true
            }
        }
    }

    pub(crate) fn contains(&self, id: ConnectionId) -> bool {
        match self {
            Self::One(only) => *only == id,
            Self::Many(all) => all.contains(&id),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = ConnectionId> {
        let (one, many) = match self {
            Self::One(only) => (Some(*only), None),
            Self::Many(all) => (None, Some(all)),
        };
        one.into_iter().chain(many.into_iter().flatten().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_come_and_go_and_the_last_one_ends_the_topic() {
        let [ada, ben, vera] = [1, 2, 3].map(|number| ConnectionId::from_parts(number, [0; 10]));
        let mut followers = Followers::One(vera);
        followers.insert(vera);
        followers.insert(ada);
        followers.insert(ben);
        let mut all: Vec<_> = followers.iter().collect();
        all.sort_unstable();
        assert_eq!(all, [ada, ben, vera]);
        assert!(followers.contains(ben));
        assert!(followers.remove(ben));
        assert!(followers.remove(ben), "it is no longer there");
        assert!(followers.remove(vera));
        assert!(!followers.contains(vera));
        assert!(followers.contains(ada));
        assert!(!followers.remove(ada), "ada was the last one");
    }
}
