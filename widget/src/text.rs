//! The text catalog: every sentence that the panel shows, ready for translation.
//!
//! One term per concept, as in the dashboard's catalog. A sentence with a name begins with the name:
//! joining two strings is much smaller than the formatting machinery. Only `index.html`, which the
//! browser shows before this program runs, has text of its own.

use deskbell_protocol::Body;

// The head.
pub(crate) const CHAT: &str = "Chat";
pub(crate) const CLOSE_CHAT: &str = "Close chat";
pub(crate) const NOT_CONNECTED: &str = "Not connected";
pub(crate) const CONNECTING: &str = "Connecting…";
pub(crate) const ONLINE: &str = "Online";
/// The agent who has the conversation is out of reach.
pub(crate) const AWAY: &str = "Away";
/// The whole team is out of reach.
pub(crate) const TEAM_AWAY: &str = "We're away. Leave a message.";
pub(crate) const WAITING: &str = "Waiting for a reply";
pub(crate) const RESOLVED: &str = "Resolved";
pub(crate) const CLOSED: &str = "Conversation closed";

// The bar under the head.
pub(crate) const RECONNECTING: &str = "Reconnecting… Your messages are saved.";
pub(crate) const RETRY_NOW: &str = "Retry now";
pub(crate) const DISCONNECTED: &str = "Disconnected. Reload the page to continue.";

// The thread.
pub(crate) const MESSAGES: &str = "Messages";
pub(crate) const LOADING_OLDER: &str = "Loading older messages…";
pub(crate) const GREETING: &str = "Hello, how can we help?";
pub(crate) const GREETING_DETAIL: &str = "Send us a message and someone from the team will reply. \
    You can leave and come back; the conversation stays here.";
pub(crate) const GREETING_AWAY: &str =
    "We're away right now. Leave a message and we'll reply here when we're back.";
pub(crate) const RECEIVED: &str =
    "Got it. We'll reply here as soon as we can. You can close this window.";
pub(crate) const RECEIVED_AWAY: &str =
    "Got it. We're away right now and will reply here when we're back.";
pub(crate) const NEW_MESSAGES: &str = "New messages";
pub(crate) const TODAY: &str = "Today";
pub(crate) const YESTERDAY: &str = "Yesterday";
pub(crate) fn is_typing(name: &str) -> String {
    name.to_owned() + " is typing…"
}

// One message.
pub(crate) const QUEUED: &str = "Not sent yet";
pub(crate) const SENDING: &str = "Sending";
pub(crate) const SENT: &str = "Sent";
pub(crate) const DELIVERED: &str = "Delivered";
pub(crate) const SEEN: &str = "Seen";
pub(crate) const RETRY: &str = "Retry";
pub(crate) const DISCARD: &str = "Discard";

/// A message of Deskbell itself. The names are those of agents.
pub(crate) fn system(body: &Body) -> String {
    let (name, words) = match body {
        Body::Joined { name } | Body::Assigned { name, .. } => {
            (name.as_str(), " joined the conversation")
        }
        Body::Resolved { name } => (
            name.as_str(),
            " marked this as resolved. Reply to reopen it.",
        ),
        Body::Reopened { .. } => ("", "Conversation reopened"),
        Body::Returned { name } | Body::Released { name } => (
            name.as_str(),
            " had to leave. Someone else will reply here.",
        ),
        Body::Closed { name } => (name.as_str(), " closed the conversation"),
        Body::Text { .. } | Body::Unknown => ("", "Reload the page to see this message"),
    };
    name.to_owned() + words
}

// The composer.
pub(crate) const MESSAGE: &str = "Message";
pub(crate) const WRITE_A_MESSAGE: &str = "Write a message…";
pub(crate) const SEND: &str = "Send";
pub(crate) const CLOSED_DETAIL: &str = "This conversation is closed. You can still read it.";
pub(crate) const START_NEW: &str = "Start a new conversation";

// The notice that replaces the thread when the panel could not start.
pub(crate) const CANNOT_CONNECT: &str = "Can't connect right now";
pub(crate) const CANNOT_CONNECT_DETAIL: &str = "Check your connection and try again.";
pub(crate) const NOT_SET_UP: &str = "Chat isn't set up for this page";
pub(crate) const NOT_SET_UP_DETAIL: &str =
    "Is this your website? Check its key and addresses in the settings.";
pub(crate) const CANNOT_START: &str = "Chat couldn't start";
pub(crate) const TRY_AGAIN: &str = "Try again";
