//! Text around every screen: page titles, the rail, menus, dialogs, notifications and errors.

use crate::text::people::count_of;

pub(crate) const INBOX: &str = "Inbox";
/// In the rail, short for canned responses.
pub(crate) const CANNED: &str = "Canned";
pub(crate) const SETTINGS: &str = "Settings";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const SAVE: &str = "Save";
pub(crate) const DONE: &str = "Done";
pub(crate) const COPY: &str = "Copy";
pub(crate) const COPIED: &str = "Copied";
pub(crate) const DISMISS: &str = "Dismiss";
pub(crate) const UNDO: &str = "Undo (Z)";
pub(crate) const TRY_AGAIN: &str = "Try again";
pub(crate) const RETRY_NOW: &str = "Retry now";
pub(crate) const LEAVE: &str = "Leave";
pub(crate) const WORKING: &str = "Working";
pub(crate) const SIGN_OUT: &str = "Sign out";

/// The title of the browser's tab, with the number of things that need attention.
pub(crate) fn tab_title(count: usize, page: &str) -> String {
    match count {
        0 => format!("{page} · Deskbell"),
        n => format!("({n}) {page} · Deskbell"),
    }
}

// The rail.
pub(crate) const RAIL: &str = "Deskbell";
pub(crate) fn inbox_button(count: usize) -> String {
    match count {
        0 => INBOX.to_owned(),
        1 => format!("{INBOX}, 1 needs attention"),
        n => format!("{INBOX}, {n} need attention"),
    }
}

// The account menu.
pub(crate) const ACCOUNT: &str = "Account";
pub(crate) const YOUR_ACCOUNT: &str = "Your account";
pub(crate) const KEYBOARD_SHORTCUTS: &str = "Keyboard shortcuts";
pub(crate) const WORKSPACES: &str = "Workspaces";
pub(crate) const SUSPENDED: &str = "Suspended";
pub(crate) const TEAM: &str = "Teammates";
pub(crate) const NO_ONE_ONLINE: &str = "No one else is online";
pub(crate) fn account_of(name: &str, availability: &str) -> String {
    format!("Account of {name}, {availability}")
}

// The theme menu.
pub(crate) const THEME: &str = "Theme";
pub(crate) const THEME_SYSTEM: &str = "System";
pub(crate) const THEME_LIGHT: &str = "Light";
pub(crate) const THEME_DARK: &str = "Dark";

// The connection chip.
pub(crate) const CONNECTED: &str = "Connected";
pub(crate) const CONNECTED_DETAIL: &str = "New messages appear right away.";
pub(crate) const CONNECTING: &str = "Connecting";
pub(crate) const CONNECTING_DETAIL: &str = "This takes a moment.";
pub(crate) const RECONNECTING: &str = "Reconnecting";
pub(crate) const UNRESPONSIVE_DETAIL: &str =
    "The server isn't answering. Your messages are saved and will be sent.";
pub(crate) const OFFLINE: &str = "Offline";
pub(crate) const OFFLINE_DETAIL: &str =
    "There is no network. Your messages are saved and will be sent when you're back online.";
pub(crate) const STOPPED_DETAIL: &str = "Your messages are saved on this device.";
pub(crate) const OFFLINE_BANNER: &str = "You're offline. This may be out of date.";
pub(crate) const RECONNECTING_BANNER: &str = "Reconnecting…";
pub(crate) fn connection(state: &str) -> String {
    format!("Connection: {state}")
}
pub(crate) fn retrying_in(seconds: i64) -> String {
    format!("Retrying in {seconds} s. Your messages are saved and will be sent.")
}
pub(crate) fn seconds_left(seconds: i64) -> String {
    format!("{seconds} s")
}

// Notifications.
pub(crate) const ALERTS: &str = "Alerts";
pub(crate) const ALERTS_MUTED: &str = "Alerts, muted";
pub(crate) fn alerts_unread(label: &str, unread: i64) -> String {
    format!("{label}, {unread} unread")
}
pub(crate) fn mentioned_you(name: &str) -> String {
    format!("{name} mentioned you")
}
pub(crate) fn assigned_to_you(name: &str) -> String {
    format!("{name} assigned a conversation to you")
}
pub(crate) const SNOOZE_ENDED: &str = "A snooze has ended";
pub(crate) fn notified_you(name: &str) -> String {
    format!("{name} notified you")
}
pub(crate) const NO_NOTICES: &str = "No mentions or assignments yet.";
pub(crate) const NOTICES_FAILED: &str = "Couldn't load your notifications.";
pub(crate) const NOTICES_RETRY: &str = "Try again";
pub(crate) const NOTICE_UNREAD: &str = "Unread";
pub(crate) const READ_ALL: &str = "Mark all as read";
pub(crate) const OLDER_NOTICES: &str = "Show older";
pub(crate) const SOUND: &str = "Sound";
pub(crate) const DESKTOP_NOTIFICATIONS: &str = "Desktop notifications";
pub(crate) const MUTE_ALL: &str = "Mute everything";
pub(crate) const DESKTOP_BLOCKED: &str =
    "Your browser blocks notifications from this address. Allow them in the browser's settings.";
pub(crate) const DESKTOP_UNSUPPORTED: &str = "This browser can't show notifications here.";
pub(crate) fn new_conversation_from(name: &str) -> String {
    format!("New conversation from {name}")
}
pub(crate) fn new_message_from(name: &str) -> String {
    format!("New message from {name}")
}

// Areas whose content comes from the server.
pub(crate) fn loading(what: &str) -> String {
    format!("Loading {what}")
}
pub(crate) fn cannot_load(what: &str) -> String {
    format!("Couldn't load the {what}")
}
pub(crate) fn last_updated(error: &str, when: &str) -> String {
    format!("{error} Last updated {when}.")
}

// Banners.
pub(crate) const OPERATOR: &str = "Operator";
pub(crate) const OPERATOR_NOTE: &str = "Members can see your actions in the audit log.";
pub(crate) fn operator_in(workspace: &str) -> String {
    format!("You're in {workspace} as operator.")
}
pub(crate) const MAINTENANCE_NOTE: &str =
    "Your messages are saved here and will be sent when Deskbell is back.";
pub(crate) const DOWN_FOR_MAINTENANCE: &str = "Down for maintenance";
pub(crate) fn maintenance(reason: &str) -> String {
    format!("{DOWN_FOR_MAINTENANCE}: {reason}")
}

// Errors.
pub(crate) const NO_ANSWER: &str = "Deskbell isn't answering. Check your connection and try again.";
pub(crate) const CANNOT_COPY: &str = "Couldn't copy. Select the text and copy it.";
pub(crate) fn with_request_id(message: &str, id: &str) -> String {
    format!("{message} (request {id})")
}

// A page that does not exist.
pub(crate) const PAGE_NOT_FOUND: &str = "Page not found";
pub(crate) const PAGE_NOT_FOUND_LEAD: &str = "There is no page at this address.";
pub(crate) const OPEN_INBOX: &str = "Open the inbox";

// Pickers.
pub(crate) const NO_MATCHES: &str = "No matches.";

// Keyboard shortcuts.
pub(crate) const SINGLE_KEYS: &str = "Use single-key shortcuts";
pub(crate) const SHORTCUTS: [(&str, &[&str]); 14] = [
    ("Next conversation", &["J"]),
    ("Previous conversation", &["K"]),
    ("Claim", &["C"]),
    ("Assign", &["A"]),
    ("Set the priority", &["P"]),
    ("Snooze", &["S"]),
    ("Resolve", &["E"]),
    ("Undo resolve", &["Z"]),
    ("Close", &["Shift", "E"]),
    ("Write a reply", &["R"]),
    ("Write a note", &["N"]),
    ("Insert a canned response, in a reply", &["/"]),
    ("Back to the list", &["Esc"]),
    ("Show shortcuts", &["?"]),
];

/// What a screen reader announces when the number of new rows in a frozen list changes.
pub(crate) fn new_rows(count: usize) -> String {
    count_of(count, "new", "new")
}
