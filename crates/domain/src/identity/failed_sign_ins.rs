//! Failed sign-in attempts per account, for the audit log.
//!
//! An attacker who tries thousands of passwords must not fill the log. The first attempt on an
//! account is logged at once; later ones are logged once a minute as a count, until a minute passes
//! without any.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deskbell_base::actor::Actor;
use deskbell_base::client_info::ClientInfo;
use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_protocol::UserId;
use deskbell_store::Store;
use deskbell_store::identity::users::User;
use serde_json::json;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::platform::audit::{Action, record_about};

/// The interval at which the count of an account is logged.
const EVERY: Duration = Duration::from_secs(60);

/// The attempts since the last entry, and the client of the last one. Only accounts that exist are
/// counted.
#[derive(Default)]
struct Counts(Mutex<HashMap<(UserId, Action), (u32, ClientInfo)>>);

/// A counter of failed sign-ins, and the background tasks that write the counts. Cheap to clone.
#[derive(Clone)]
pub struct FailedSignIns(Arc<Parts>);

struct Parts {
    counts: Counts,
    db: Store,
    tasks: TaskTracker,
    stopping: watch::Receiver<bool>,
}

impl Counts {
    /// Returns true for the first attempt of a window.
    fn add(&self, key: (UserId, Action), from: &ClientInfo) -> bool {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let more = attempts.get_mut(&key);
        let Some((count, origin)) = more else {
            attempts.insert(key, (0, from.clone()));
            return true;
        };
        *count = count.saturating_add(1);
        origin.clone_from(from);
        false
    }

    /// Takes the count; `None` if there were no more attempts, so that the next one is the first
    /// again.
    fn take(&self, key: (UserId, Action)) -> Option<(u32, ClientInfo)> {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, origin) = attempts.get_mut(&key)?;
        if *count == 0 {
            attempts.remove(&key);
            return None;
        }
        Some((std::mem::take(count), origin.clone()))
    }
}

impl FailedSignIns {
    /// A counter that writes to `db`, in tasks that end when the server stops.
    pub fn new(db: Store, tasks: TaskTracker, stopping: watch::Receiver<bool>) -> Self {
        Self(Arc::new(Parts {
            counts: Counts::default(),
            db,
            tasks,
            stopping,
        }))
    }

    /// Counts a failed sign-in of `user`. It does not wait for the log entry: the response for an
    /// account that exists must not take longer than for one that does not.
    pub fn record(&self, user: &User, action: Action, from: &ClientInfo) {
        if self.0.counts.add((user.id, action), from) {
            let report = self.clone().write(user.clone(), action, from.clone());
            self.0.tasks.spawn(report);
        }
    }

    async fn write(self, user: User, action: Action, from: ClientInfo) {
        let mut stopping = self.0.stopping.clone();
        let mut counted = Some((1, from));
        while let Some((count, from)) = counted {
            if let Err(error) = self.append(&user, action, count, from).await {
                error.log();
            }
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => {}
                () = tokio::time::sleep(EVERY) => {}
            }
            counted = self.0.counts.take((user.id, action));
        }
    }

    async fn append(
        &self,
        user: &User,
        action: Action,
        count: u32,
        from: ClientInfo,
    ) -> AppResult<()> {
        let mut tx = self.0.db.begin(clock::now()).await?;
        let actor = Actor::unknown(from);
        record_about(&mut tx, &actor, action, user, json!({ "count": count })).await?;
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    #[test]
    fn the_first_failed_attempt_is_reported_at_once_and_later_ones_as_a_count() {
        let from = |last| ClientInfo {
            ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)),
            user_agent: String::new(),
        };
        let attempts = Counts::default();
        let ada = UserId::from_parts(1, [7; 10]);
        let key = (ada, Action::SignInFailed);
        assert!(attempts.add(key, &from(1)));
        assert!(!attempts.add(key, &from(2)));
        assert!(!attempts.add(key, &from(3)));
        assert!(attempts.add((ada, Action::SignInThrottled), &from(1)));
        assert_eq!(attempts.take(key), Some((2, from(3))));
        assert_eq!(attempts.take(key), None, "a minute without any");
        assert!(attempts.add(key, &from(1)), "the next is the first again");
    }
}
