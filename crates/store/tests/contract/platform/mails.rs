//! The queue of outgoing mail.

use deskbell_store::platform::mails::{self, Mail, NewMail};
use deskbell_store::{Effect, Result, Store};

use crate::fixture::{NOW, on_both_engines};

const HOUR_MS: i64 = 3_600_000;

async fn write(store: &Store, recipient: &str) {
    let mut tx = store.begin(NOW).await.unwrap();
    assert!(!tx.collected().effects.contains(&Effect::MailQueued));
    let new = NewMail {
        recipient: recipient.to_owned(),
        letter: "sealed".to_owned(),
        expires_at: NOW + HOUR_MS,
    };
    mails::create_mail(&mut tx, new).await.unwrap();
    assert!(tx.collected().effects.contains(&Effect::MailQueued));
    tx.commit().await.unwrap();
}

async fn take(store: &Store, now: i64, limit: i64) -> Result<Vec<Mail>> {
    let mut tx = store.begin(now).await?;
    let taken = mails::take_mails(&mut tx, now + 1_000, limit).await?;
    tx.commit().await?;
    Ok(taken)
}

async fn next_due(store: &Store, now: i64) -> Option<i64> {
    let mut reader = store.read().await.unwrap();
    mails::find_next_due(&mut reader, now).await.unwrap()
}

#[tokio::test]
async fn a_leased_mail_is_not_taken_again_before_its_lease_ends() {
    on_both_engines(async |store| {
        assert_eq!(next_due(&store, NOW).await, None);
        write(&store, "ada@north.example").await;
        assert_eq!(next_due(&store, NOW).await, Some(NOW));

        let taken = take(&store, NOW, 10).await.unwrap();
        assert_eq!((taken.len(), taken[0].attempts), (1, 1));
        assert_eq!(next_due(&store, NOW).await, Some(NOW + 1_000));
        assert_eq!(take(&store, NOW, 10).await.unwrap(), []);
        let again = take(&store, NOW + 1_000, 10).await.unwrap();
        assert_eq!((again[0].id, again[0].attempts), (taken[0].id, 2));
    })
    .await;
}

#[tokio::test]
async fn each_mail_is_taken_by_one_of_ten_nodes() {
    on_both_engines(async |store| {
        for number in 0..20 {
            write(&store, &format!("ada+{number}@north.example")).await;
        }
        let nodes: Vec<_> = (0..10)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { take(&store, NOW, 20).await.unwrap() })
            })
            .collect();
        let mut taken = Vec::new();
        for node in nodes {
            taken.extend(node.await.unwrap().into_iter().map(|mail| mail.id));
        }
        taken.sort();
        taken.dedup();
        assert_eq!(taken.len(), 20);
        assert_eq!(take(&store, NOW, 20).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn unsent_mail_is_retried_or_given_up_and_sent_mail_is_deleted() {
    on_both_engines(async |store| {
        for name in ["ada", "ben", "nora"] {
            write(&store, name).await;
        }
        let taken = take(&store, NOW, 10).await.unwrap();
        let id = |name: &str| taken.iter().find(|mail| mail.recipient == name).unwrap().id;
        let mut tx = store.begin(NOW).await.unwrap();
        mails::delete_mail(&mut tx, id("ada")).await.unwrap();
        mails::set_next_attempt(&mut tx, id("ben"), Some(NOW + 5_000), Some("451 not now"))
            .await
            .unwrap();
        mails::set_next_attempt(&mut tx, id("nora"), None, Some("550 nobody"))
            .await
            .unwrap();
        tx.commit().await.unwrap();

        assert_eq!(next_due(&store, NOW).await, Some(NOW + 5_000));
        let mut reader = store.read().await.unwrap();
        let mut waiting: Vec<_> = mails::list_mails(&mut reader, NOW, 10)
            .await
            .unwrap()
            .into_iter()
            .map(|mail| (mail.recipient, mail.next_at, mail.last_error))
            .collect();
        waiting.sort();
        let (later, never) = ("451 not now".to_owned(), "550 nobody".to_owned());
        assert_eq!(
            waiting,
            [
                ("ben".to_owned(), Some(NOW + 5_000), Some(later)),
                ("nora".to_owned(), None, Some(never)),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn expired_mail_is_neither_sent_nor_listed_and_is_deleted() {
    on_both_engines(async |store| {
        write(&store, "ada").await;
        let end = NOW + HOUR_MS;
        assert_eq!(next_due(&store, end).await, None);
        assert_eq!(take(&store, end, 10).await.unwrap(), []);
        let mut reader = store.read().await.unwrap();
        assert_eq!(mails::list_mails(&mut reader, end, 10).await.unwrap(), []);
        drop(reader);
        let mut tx = store.begin(end).await.unwrap();
        mails::delete_expired_mails(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.count("SELECT COUNT(*) FROM mails").await.unwrap(), 0);
    })
    .await;
}
