//! Invariants at the end of a plan: the view of every client equals the database.

use std::collections::HashMap;

use anyhow::Result;
use deskbell_client::{RowState, Side, Timeline};
use deskbell_protocol::{ConversationId, Message, Seq};
use deskbell_store::Store;
use deskbell_testkit::consistency::checks::{Records, check_database, first_difference, head};

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
        let mut said = 0;
        for person in members {
            said += check_texts(&records, person, &mut found);
            check_person(&records, person, &mut found);
        }
        let saved: usize = records.texts.values().map(Vec::len).sum();
        if said != saved {
            found.push(format!(
                "{saved} texts in the database, of which {said} were said"
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
    let mut standing = 0;
    for said in &log.said {
        let text = &said.text;
        let places = records.texts.get(text).map_or(&[][..], Vec::as_slice);
        standing += places.len();
        let seen = log.saved.get(text);
        let unsent = unsent.iter().find(|(_, unsent, _)| unsent == text);
        let is_given_up = said.life < log.life || said.is_discarded;
        let is_refused = matches!(unsent, Some((_, _, RowState::Failed { .. })));
        let place = match (places, seen) {
            ([], None) if is_given_up || is_refused => continue,
            ([], None) => {
                found.push(format!("“{text}” was never saved: {unsent:?}"));
                continue;
            }
            ([], Some(seen)) => {
                found.push(format!("“{text}” is lost, though acknowledged: {seen:?}"));
                continue;
            }
            ([place], Some(seen)) if seen != place => {
                found.push(format!("“{text}” was seen as {seen:?}, is {place:?}"));
                continue;
            }
            ([place], _) => place,
            (places, _) => {
                let count = places.len();
                found.push(format!("“{text}” stands {count} times: {places:?}"));
                continue;
            }
        };
        // A client without a subscription to a conversation gets no copies of its own texts. So it
        // does not learn either when a text was refused and an earlier copy of it arrived late.
        let is_as_known = |state: &RowState| {
            matches!(state, RowState::Sent | RowState::Failed { .. })
                && !person.is_watching(place.conversation_id)
        };
        if let Some((_, _, state)) = unsent.filter(|(_, _, state)| !is_as_known(state)) {
            found.push(format!("“{text}” is saved, but shown as {state:?}"));
        }
        if !said.is_retried {
            let before = last.insert((said.life, place.conversation_id), place.seq);
            if before.flatten() > place.seq {
                found.push(format!("“{text}” stands before what was said before it"));
            }
        }
    }
    standing
}

/// Checks that what a person sees matches the database.
fn check_person(records: &Records, person: &Person, found: &mut Vec<String>) {
    let (name, engine) = (&person.name, &person.engine);
    if !person.is_live() {
        found.push(format!("{name} is not back: {:?}", engine.connection()));
        return;
    }
    for (id, wanted) in &records.heads {
        if let Some(timeline) = engine.timeline(*id) {
            let is_theirs = person.may_see(wanted);
            let wanted = if is_theirs { records.of(*id) } else { &[] };
            if let Some(difference) = difference(timeline, wanted, person.is_watching(*id)) {
                found.push(format!("{name} sees in conversation {id} {difference}"));
            }
        }
        let (seen, is) = match person.side() {
            Side::Agent => (engine.conversation(*id).cloned(), Some(wanted.clone())),
            Side::Visitor if engine.own_conversation() == Some(*id) => {
                let seen = engine.conversation(*id).cloned();
                // A visitor gets no event each time that the preview of their own text changes.
                let shown = seen.map(|seen| deskbell_protocol::Conversation {
                    status: seen.status,
                    assignee: seen.assignee,
                    ..wanted.clone()
                });
                (shown, Some(wanted.clone()))
            }
            Side::Visitor => continue,
        };
        if seen != is {
            let (seen, is) = (seen.as_ref().map(head), is.as_ref().map(head));
            found.push(format!(
                "{name} knows conversation {id} as {seen:?}, not {is:?}"
            ));
        }
    }
    if person.side() == Side::Visitor {
        return;
    }
    if !person.known().iter().eq(records.heads.keys()) {
        let (sees, are) = (person.known().len(), records.heads.len());
        found.push(format!(
            "{name}'s inbox lists {sees} conversations, there are {are}"
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
fn difference(timeline: &Timeline, wanted: &[Message], is_watched: bool) -> Option<String> {
    let seen = timeline.messages();
    let first = seen.first().map_or(1, |message| message.seq);
    let skip = usize::try_from(first - 1).unwrap_or(0).min(wanted.len());
    let wanted = &wanted[skip..];
    let wanted = match is_watched {
        true => wanted,
        false => &wanted[..seen.len().min(wanted.len())],
    };
    first_difference(seen, wanted)
}
