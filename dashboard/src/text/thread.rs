//! Text of an open conversation: its head, messages, composer, details and dialogs.

use deskbell_protocol::Priority;

use crate::text::people::count_of;

pub(crate) const BACK_TO_LIST: &str = "Back to the list";
pub(crate) const DETAILS: &str = "Details";
pub(crate) const HIDE_DETAILS: &str = "Hide details";
pub(crate) const NOT_FOUND: &str = "Conversation not found";
pub(crate) const CANNOT_SHOW: &str = "Couldn't load this conversation";
pub(crate) const NEXT_WAITING: &str = "Next waiting";

// Status.
pub(crate) const STATUS_WAITING: &str = "Waiting";
pub(crate) const STATUS_ACTIVE: &str = "Active";
pub(crate) const STATUS_RESOLVED: &str = "Resolved";
pub(crate) const STATUS_CLOSED: &str = "Closed";
pub(crate) const STATUS_UNKNOWN: &str = "Unknown";

// Actions.
pub(crate) const CLAIM: &str = "Claim";
pub(crate) const CLAIM_TITLE: &str = "Assign to me (C)";
pub(crate) const RESOLVE: &str = "Resolve";
pub(crate) const RESOLVE_TITLE: &str = "Resolve (E)";
pub(crate) const REOPEN: &str = "Reopen";
pub(crate) const REOPEN_TITLE: &str = "Reopen and assign to me";
pub(crate) const MORE: &str = "More actions";
pub(crate) const CLOSE: &str = "Close conversation…";
pub(crate) const ASSIGN: &str = "Assign…";
pub(crate) const ASSIGN_TITLE: &str = "Assign conversation";
pub(crate) const ASSIGN_PLACEHOLDER: &str = "Assign to…";
pub(crate) const RETURN_TO_QUEUE: &str = "Return to the queue";
pub(crate) const RETURN_TO_QUEUE_DETAIL: &str = "Unassigned";
pub(crate) fn assign_to_me(name: &str) -> String {
    format!("{name} (you)")
}
pub(crate) const PRIORITY: &str = "Priority…";
pub(crate) const PRIORITY_TITLE: &str = "Set priority";
pub(crate) const PRIORITY_PLACEHOLDER: &str = "Priority…";
pub(crate) fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "Low",
        Priority::Normal | Priority::Other(_) => "Normal",
        Priority::High => "High",
        Priority::Urgent => "Urgent",
    }
}
pub(crate) fn with_priority(priority: &str) -> String {
    format!("{priority} priority")
}
pub(crate) fn escalated(priority: &str) -> String {
    format!("{priority} priority, one step higher after a long wait")
}
pub(crate) const SNOOZE: &str = "Snooze…";
pub(crate) const SNOOZE_TITLE: &str = "Snooze conversation";
pub(crate) const SNOOZE_PLACEHOLDER: &str = "Snooze until…";
pub(crate) const SNOOZE_HOUR: &str = "In 1 hour";
pub(crate) const SNOOZE_HOURS: &str = "In 3 hours";
pub(crate) const SNOOZE_TOMORROW: &str = "Tomorrow morning";
pub(crate) const SNOOZE_MONDAY: &str = "Monday morning";
pub(crate) const SNOOZE_UNTIL_REPLY: &str = "Until the visitor replies";
pub(crate) const SNOOZE_END: &str = "End the snooze";
pub(crate) const SNOOZED_UNTIL_REPLY: &str = "Snoozed until a reply";
pub(crate) fn snoozed_until(when: &str) -> String {
    format!("Snoozed until {when}")
}
pub(crate) const SUBJECT: &str = "Subject";
pub(crate) const ADD_SUBJECT: &str = "Add a subject";
pub(crate) const NO_SUBJECT: &str = "None";
pub(crate) const EDIT_SUBJECT: &str = "Subject of the conversation";
pub(crate) const SUBJECT_HINT: &str = "Only your team sees it.";
pub(crate) const NUMBER: &str = "Number";
pub(crate) const PRIORITY_FACT: &str = "Priority";
pub(crate) fn number(number: i64) -> String {
    format!("#{number}")
}
pub(crate) const RESOLVED_TOAST: &str = "Conversation resolved.";

pub(crate) const CLOSE_QUESTION: &str = "Close this conversation?";
pub(crate) const CLOSE_CONFIRM: &str = "Close conversation";
pub(crate) fn close_consequence(visitor: &str) -> String {
    format!("You can still read it, but neither you nor {visitor} can write in it again.")
}
pub(crate) fn resolve_question(assignee: &str) -> String {
    format!("Resolve {assignee}'s conversation?")
}
pub(crate) fn resolve_consequence(assignee: &str) -> String {
    format!("This conversation is assigned to {assignee}, not to you.")
}
pub(crate) fn claimed_by(name: &str) -> String {
    format!("{name} claimed this conversation.")
}

// Messages.
pub(crate) const MESSAGES: &str = "Messages";
pub(crate) const NEW_MESSAGES_LOG: &str = "New messages";
pub(crate) const LOADING_OLDER: &str = "Loading older messages…";
pub(crate) const NEW_MESSAGES: &str = "New messages";
pub(crate) const JUMP_TO_LATEST: &str = "Jump to latest";
pub(crate) const YOU: &str = "You";
pub(crate) const UNKNOWN_BODY: &str = "This message needs a newer Deskbell. Reload the page.";
pub(crate) const SENDING: &str = "Sending";
pub(crate) const RETRY: &str = "Retry";
pub(crate) const DISCARD: &str = "Discard";
pub(crate) const SENT: &str = "Sent";
pub(crate) const DELIVERED: &str = "Delivered";
pub(crate) const SEEN: &str = "Seen";
pub(crate) fn not_sent(reason: &str) -> String {
    format!("Not sent. {reason}")
}
/// A message in one line, for a screen reader.
pub(crate) fn spoken(author: &str, text: &str) -> String {
    format!("{author}: {text}")
}
pub(crate) fn author(name: &str) -> String {
    format!("{name}: ")
}
pub(crate) fn claimed(name: &str) -> String {
    format!("{name} claimed this")
}
pub(crate) fn returned(name: &str) -> String {
    format!("{name} was away, so this conversation is waiting again")
}
pub(crate) fn assigned(name: &str, by: &str) -> String {
    format!("{by} assigned this to {name}")
}
pub(crate) fn released(name: &str) -> String {
    format!("{name} returned this to the queue")
}
pub(crate) fn resolved(name: &str) -> String {
    format!("{name} resolved this")
}
pub(crate) const REOPENED: &str = "Conversation reopened";
pub(crate) fn closed(name: &str) -> String {
    format!("{name} closed this")
}

// The composer.
pub(crate) const REPLY: &str = "Reply";
pub(crate) const REPLY_TITLE: &str = "Reply to the visitor (R)";
pub(crate) const WRITE_A_REPLY: &str = "Write a reply";
pub(crate) const COMPOSER_KIND: &str = "Write";
pub(crate) const NOTE: &str = "Note";
pub(crate) const NOTE_TITLE: &str = "Write a note that only your team sees (N)";
pub(crate) const WRITE_A_NOTE: &str = "Write a note. Type @ to mention someone.";
pub(crate) const NOTE_HINT: &str = "Only your team sees it · Enter to add";
pub(crate) const NOTE_OFFLINE: &str = "You're offline. Add the note when you're connected again.";
pub(crate) const ADD_NOTE: &str = "Add note";
pub(crate) const ADD_NOTE_TITLE: &str = "Add note (Enter)";
pub(crate) const NOTE_BY: &str = "Note by";
pub(crate) const MENTION: &str = "Mention";
pub(crate) const MENTION_TEAM: &str = "Team";
pub(crate) fn spoken_note(author: &str, words: &str) -> String {
    format!("Note by {author}: {words}")
}
pub(crate) fn mentions_offered(count: usize) -> String {
    count_of(count, "match", "matches")
}
pub(crate) const SEND: &str = "Send";
pub(crate) const SEND_TITLE: &str = "Send (Enter)";
pub(crate) const SEND_HINT: &str = "Enter to send · Shift+Enter for a new line";
pub(crate) const SEND_CLAIMS: &str = "Your first reply assigns this conversation to you.";
pub(crate) const SEND_REOPENS: &str = "Resolved. Your reply reopens this conversation.";
pub(crate) const COMPOSER_CLOSED: &str = "This conversation is closed.";
pub(crate) const COMPOSER_MEMBERS_ONLY: &str = "Only members of this workspace can reply.";
pub(crate) const COMPOSER_OFFLINE: &str = "Offline. Your message will be sent when you're back.";
pub(crate) fn composer_queued(count: usize) -> String {
    format!("Offline. {count} queued, will be sent when you're back.")
}
pub(crate) fn composer_of(assignee: &str) -> String {
    format!("Assigned to {assignee}. You can still reply.")
}
pub(crate) fn is_typing(name: &str) -> String {
    format!("{name} is typing…")
}

// The details.
pub(crate) const ABOUT_VISITOR: &str = "About the visitor";
pub(crate) const VISITOR: &str = "Visitor";
pub(crate) const CONVERSATION: &str = "Conversation";
pub(crate) const OTHER_CONVERSATIONS: &str = "Other conversations";
pub(crate) const STARTED: &str = "Started";
pub(crate) const LAST_MESSAGE: &str = "Last message";
pub(crate) const VISITOR_MESSAGES: &str = "From visitor";
pub(crate) const SITE: &str = "Site";
pub(crate) const EMAIL: &str = "E-mail";
pub(crate) const COPY_EMAIL: &str = "Copy e-mail address";
pub(crate) const ADDRESS: &str = "IP address";
pub(crate) const USER_ID: &str = "User ID";
pub(crate) const FIRST_SEEN: &str = "First seen";
pub(crate) const NOT_VERIFIED: &str = "not verified";
pub(crate) const NAME_NOT_VERIFIED: &str = "Name given by the website, not verified";
pub(crate) const ON_SITE: &str = "On the site now";
/// While there is no connection.
pub(crate) const WAS_ON_SITE: &str = "Was on the site before you lost the connection";
pub(crate) fn message_count(count: usize) -> String {
    count_of(count, "message", "messages")
}
pub(crate) fn last_seen(when: &str) -> String {
    format!("Last seen {when}")
}
