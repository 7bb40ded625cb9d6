//! Invariants at the end of a plan: the view of every client equals the database.

use std::collections::HashMap;

use anyhow::Result;
use deskbell_client::{RowState, Side, Timeline};
use deskbell_protocol::{ConversationId, Message, Seq};
use deskbell_store::Store;
use deskbell_testkit_checks::consistency::checks::{
    Records, check_database, first_difference, head,
};
use deskbell_testkit_checks::consistency::notes;

use crate::fixture::Workspaces;
use crate::person::Person;

/// Compares the view of every client with the database.
pub(crate) async fn differences(
    store: &Store,
    workspaces: &Workspaces,
    people: &[Person],
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for workspace in [&workspaces.north, &workspaces.south] {
        let records = Records::read(store, &workspace.scope).await?;
        check_database(&records, &mut found);
        let members = people
            .iter()
            .filter(|person| person.identity.workspace() == workspace.scope.workspace_id);
        let mut sent = 0;
        for person in members {
            sent += check_texts(&records, person, &mut found);
            check_person(&records, person, &mut found);
        }
        let saved: usize = records.texts.values().map(Vec::len).sum();
        if sent != saved {
            found.push(format!(
                "{saved} texts in the database, but {sent} were sent"
            ));
        }
    }
    Ok(found)
}

/// Checks that each text of a person is saved once, under the number that was shown, in the order
/// of sending; or not at all, if the client knows that or could not know. Returns how many are
/// saved.
fn check_texts(records: &Records, person: &Person, found: &mut Vec<String>) -> usize {
    let log = &person.log;
    let unsent = person.unsent();
    let mut last: HashMap<(u32, ConversationId), Option<Seq>> = HashMap::new();
    let mut saved_count = 0;
    for sent_text in &log.sent {
        let text = &sent_text.text;
        let positions = records.texts.get(text).map_or(&[][..], Vec::as_slice);
        saved_count += positions.len();
        let seen = log.saved.get(text);
        let unsent = unsent.iter().find(|(_, unsent, _)| unsent == text);
        let is_abandoned = sent_text.reloads < log.reloads || sent_text.is_discarded;
        let is_refused = matches!(unsent, Some((_, _, RowState::Failed { .. })));
        let saved_at = match (positions, seen) {
            ([], None) if is_abandoned || is_refused => continue,
            ([], None) => {
                found.push(format!("“{text}” was never saved: {unsent:?}"));
                continue;
            }
            ([], Some(seen)) => {
                found.push(format!("“{text}” is lost, though acknowledged: {seen:?}"));
                continue;
            }
            ([saved_at], Some(seen)) if seen != saved_at => {
                found.push(format!("“{text}” was seen as {seen:?}, is {saved_at:?}"));
                continue;
            }
            ([saved_at], _) => saved_at,
            (positions, _) => {
                let count = positions.len();
                found.push(format!("“{text}” is saved {count} times: {positions:?}"));
                continue;
            }
        };
        // A client without a subscription to a conversation gets no copies of its own texts. So it
        // does not learn either when a text was refused and an earlier copy of it arrived late.
        let is_allowed = |state: &RowState| {
            matches!(state, RowState::Sent | RowState::Failed { .. })
                && !person.has_open(saved_at.conversation_id)
        };
        if let Some((_, _, state)) = unsent.filter(|(_, _, state)| !is_allowed(state)) {
            found.push(format!("“{text}” is saved, but shown as {state:?}"));
        }
        if !sent_text.is_retried {
            let before = last.insert((sent_text.reloads, saved_at.conversation_id), saved_at.seq);
            if before.flatten() > saved_at.seq {
                found.push(format!(
                    "“{text}” is saved before a text that was sent earlier"
                ));
            }
        }
    }
    saved_count
}

/// Checks that what a person sees matches the database.
fn check_person(records: &Records, person: &Person, found: &mut Vec<String>) {
    let (name, engine) = (&person.name, &person.engine);
    person.log.notes.check(&records.notes, name, found);
    if !person.is_live() {
        found.push(format!(
            "{name} is not connected: {:?}",
            engine.connection()
        ));
        return;
    }
    for (id, expected) in &records.heads {
        if let Some(timeline) = engine.timeline(*id) {
            let is_visible = person.may_see(expected);
            let expected = if is_visible { records.of(*id) } else { &[] };
            if let Some(difference) = difference(timeline, expected, person.has_open(*id)) {
                found.push(format!("{name} shows in conversation {id} {difference}"));
            }
        }
        if person.has_open(*id) && person.may_see(expected) {
            notes::check_view(&records.notes, engine, *id, name, person.side(), found);
        }
        let (seen, is) = match person.side() {
            Side::Agent => (engine.conversation(*id).cloned(), Some(expected.clone())),
            Side::Visitor if engine.own_conversation() == Some(*id) => {
                let seen = engine.conversation(*id).cloned();
                if seen
                    .as_ref()
                    .is_some_and(|it| *it != it.clone().for_visitor())
                {
                    found.push(format!("{name} sees what only agents may see of {id}"));
                }
                // A visitor gets no event each time that the preview of their own text changes.
                let shown = seen.map(|seen| deskbell_protocol::Conversation {
                    status: seen.status,
                    assignee: seen.assignee,
                    ..expected.clone()
                });
                (shown, Some(expected.clone()))
            }
            Side::Visitor => continue,
        };
        if seen != is {
            let (seen, is) = (seen.as_ref().map(head), is.as_ref().map(head));
            found.push(format!(
                "{name} shows conversation {id} as {seen:?}, not {is:?}"
            ));
        }
    }
    if person.side() == Side::Visitor {
        return;
    }
    if !person.known_conversations().iter().eq(records.heads.keys()) {
        let (shown, count) = (person.known_conversations().len(), records.heads.len());
        found.push(format!(
            "{name}'s inbox lists {shown} conversations instead of {count}"
        ));
    }
    let (seen, is) = (engine.inbox(), records.inbox);
    if (seen.position(), seen.queue()) != (Some(is.position), is.queue) {
        let (position, queue) = (seen.position(), seen.queue());
        found.push(format!(
            "{name}'s inbox is at {position:?} with {queue:?}, not {is:?}"
        ));
    }
}

/// A view contains consecutive messages; that of an open conversation reaches its end.
fn difference(timeline: &Timeline, expected: &[Message], is_open: bool) -> Option<String> {
    let seen = timeline.messages();
    let first = seen.first().map_or(1, |message| message.seq);
    let skip = usize::try_from(first - 1).unwrap_or(0).min(expected.len());
    let expected = &expected[skip..];
    let expected = match is_open {
        true => expected,
        false => &expected[..seen.len().min(expected.len())],
    };
    first_difference(seen, expected)
}
