//! What is written down of those who try to sign in as somebody and fail.
//!
//! Not each try: whoever tries thousands must not fill the log. Of an account the first is written at
//! once, and from then on once a minute how many there were, until a minute passes without any.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use deskbell_protocol::UserId;
use deskbell_store::users::User;
use serde_json::json;

use crate::app::App;
use crate::auth::member::Actor;
use crate::auth::origin::Origin;
use crate::domain::audit::{Action, record_about};
use crate::error::AppResult;
use crate::serve::shutdown_requested;

/// An account's tries are written down no more often.
const EVERY: Duration = Duration::from_secs(60);

/// How many failed since it was last written down, and where the last of them came from. Only
/// accounts that exist have a place here.
#[derive(Default)]
pub struct Attempts(Mutex<HashMap<(UserId, Action), (u32, Origin)>>);

impl Attempts {
    /// True: it is the first for a while.
    fn add(&self, key: (UserId, Action), from: &Origin) -> bool {
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

    /// `None`: there were no more, and the next is the first again.
    fn take(&self, key: (UserId, Action)) -> Option<(u32, Origin)> {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, origin) = attempts.get_mut(&key)?;
        if *count == 0 {
            attempts.remove(&key);
            return None;
        }
        Some((std::mem::take(count), origin.clone()))
    }
}

/// Somebody failed to sign in as `user`. Does not wait until it is written: an account that exists
/// is answered for as fast as one that does not.
pub fn note(app: &App, user: &User, action: Action, from: &Origin) {
    if app.attempts.add((user.id, action), from) {
        let report = write_down(app.clone(), user.clone(), action, from.clone());
        app.tasks.spawn(report);
    }
}

async fn write_down(app: App, user: User, action: Action, from: Origin) {
    let mut stopping = app.stopping.clone();
    let mut tried = Some((1, from));
    while let Some((count, from)) = tried {
        if let Err(error) = record(&app, &user, action, count, from).await {
            error.log();
        }
        tokio::select! {
            () = shutdown_requested(&mut stopping) => {}
            () = tokio::time::sleep(EVERY) => {}
        }
        tried = app.attempts.take((user.id, action));
    }
}

async fn record(app: &App, user: &User, action: Action, count: u32, from: Origin) -> AppResult<()> {
    let mut tx = app.begin().await?;
    let actor = Actor::unknown(from);
    record_about(&mut tx, &actor, action, user, json!({ "count": count })).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_those_after_it_as_a_number() {
        let from = |last| Origin {
            ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)),
            user_agent: String::new(),
        };
        let attempts = Attempts::default();
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
