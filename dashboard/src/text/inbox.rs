//! Text of the list of conversations and of its empty states.

use crate::text::people::count_of;

pub(crate) const CONVERSATIONS: &str = "Conversations";
pub(crate) const VIEWS: &str = "Views";
pub(crate) const VIEW_OPEN: &str = "Open";
pub(crate) const VIEW_RESOLVED: &str = "Resolved";
pub(crate) const VIEW_CLOSED: &str = "Closed";

pub(crate) const GROUP_MINE: &str = "Assigned to me";
pub(crate) const GROUP_WAITING: &str = "Waiting";
pub(crate) const GROUP_OTHERS: &str = "Assigned to others";
pub(crate) const GROUP_SNOOZED: &str = "Snoozed";

pub(crate) const LIST_EMPTY_OPEN: &str = "No open conversations.";
pub(crate) const LIST_EMPTY_RESOLVED: &str = "No resolved conversations.";
pub(crate) const LIST_EMPTY_CLOSED: &str = "No closed conversations.";
pub(crate) const LOAD_MORE: &str = "Show older conversations";
pub(crate) const LOADING_MORE: &str = "Loading older conversations…";

// A row.
pub(crate) const TYPING: &str = "typing…";
pub(crate) const ON_SITE: &str = "on the site now";
pub(crate) fn by_you(preview: &str) -> String {
    format!("You: {preview}")
}
pub(crate) fn by_teammate(first_name: &str, preview: &str) -> String {
    format!("{first_name}: {preview}")
}
pub(crate) fn draft(text: &str) -> String {
    format!("Draft: {text}")
}
pub(crate) fn via(site: &str) -> String {
    format!("via {site}")
}
pub(crate) const ASSIGNED_TO_YOU: &str = "Assigned to you";
pub(crate) fn assigned_to(name: &str) -> String {
    format!("Assigned to {name}")
}
pub(crate) fn waiting_for(duration: &str) -> String {
    format!("waiting for {duration}")
}
pub(crate) fn last_message(when: &str) -> String {
    format!("last message {when}")
}
pub(crate) fn new_messages(count: usize) -> String {
    count_of(count, "new message", "new messages")
}

// Nothing selected.
pub(crate) const SELECT_CONVERSATION: &str = "Select a conversation";
pub(crate) const KEYS_MOVE: &str = " to move · ";
pub(crate) const KEYS_ALL: &str = " for shortcuts";
pub(crate) fn visitors_waiting(count: usize) -> String {
    match count {
        0 => "No one is waiting.".to_owned(),
        1 => "1 visitor is waiting.".to_owned(),
        n => format!("{n} visitors are waiting."),
    }
}

// No conversation yet.
pub(crate) const NO_CONVERSATIONS: &str = "No conversations yet";
pub(crate) const NO_CONVERSATIONS_LEAD: &str =
    "Conversations appear here as soon as a visitor writes.";
pub(crate) const ADD_SNIPPET: &str = "Add this to your website:";
pub(crate) const SNIPPET: &str = "Snippet";
pub(crate) const NO_SITE: &str = "Add a website first to get its snippet.";
pub(crate) const OPEN_SITES: &str = "Open the site settings";
