//! Limits of sizes and times, which servers and clients share.

/// The longest text of a message, in characters.
pub const TEXT_CHARS: usize = 4_000;
/// The largest WebSocket frame from a client, in bytes. It fits the longest text also where each
/// character is written as two `\u` escapes.
pub const FRAME_BYTES: usize = 48 * 1024;
/// The longest preview in a conversation's head, in characters.
pub const PREVIEW_CHARS: usize = 120;
/// Bytes in the word of a status, a role or another string enum.
pub const WORD_BYTES: usize = 31;
/// Messages in a page.
pub const PAGE_MESSAGES: usize = 50;
/// The approximate size of the messages in one answer, in bytes: long messages are fewer.
pub const PAGE_BYTES: usize = 256 * 1024;
/// Messages in one answer to `subscribe` with `after_seq`.
pub const RESUME_MESSAGES: usize = 200;
/// Conversations in an inbox snapshot; a client that missed more changes gets a new snapshot.
pub const INBOX_ROWS: usize = 200;
/// Conversations in one page of the list: the maximum, and the default.
pub const LIST_ROWS: usize = 100;
/// The timeout for `hello`, in milliseconds.
pub const HELLO_TIMEOUT_MS: u32 = 10_000;
/// The interval of pings, in milliseconds. After three without a frame the server closes.
pub const HEARTBEAT_MS: u32 = 25_000;
/// The longest wait of a poll, in milliseconds.
pub const POLL_WAIT_MS: u32 = 20_000;
/// Frames in one poll, either way.
pub const POLL_FRAMES: usize = 64;
/// Subscribed conversations per connection.
pub const SUBSCRIPTIONS: usize = 100;
/// The interval in which a client repeats `typing`, in milliseconds.
pub const TYPING_EVERY_MS: u32 = 3_000;
/// The time after which `typing` expires, in milliseconds.
pub const TYPING_MS: u32 = 6_000;
/// The shortest interval between two receipts for a conversation, in milliseconds.
pub const RECEIPT_EVERY_MS: u32 = 1_000;
/// Visitors in one `presence`.
pub const PRESENCE_VISITORS: usize = 500;
/// Invalid frames before the connection is closed.
pub const BAD_FRAMES: u32 = 10;
/// Frames over a limit within a minute before the connection is closed.
pub const FLOOD_FRAMES: u32 = 100;
/// The shortest and longest name of a person, in characters.
pub const NAME_CHARS: (usize, usize) = (2, 50);
/// The shortest password, in characters; the longest is bcrypt's 72 bytes.
pub const PASSWORD_CHARS: usize = 8;
/// The longest password, in bytes: bcrypt ignores the rest.
pub const PASSWORD_BYTES: usize = 72;
/// The longest e-mail address, in bytes.
pub const EMAIL_BYTES: usize = 254;
/// Blocks of one workspace.
pub const BLOCKS: usize = 1_000;
/// Teams of one workspace.
pub const TEAMS: usize = 100;
/// Members of one team.
pub const TEAM_MEMBERS: usize = 500;
/// Sites of one team.
pub const TEAM_SITES: usize = 500;
/// Languages of one team.
pub const TEAM_LANGUAGES: usize = 20;
/// Canned responses that the members of one workspace share.
pub const CANNED_RESPONSES: usize = 2_000;
/// Canned responses of one member's own, in one workspace.
pub const OWN_CANNED_RESPONSES: usize = 500;
/// The longest shortcut of a canned response, in characters.
pub const SHORTCUT_CHARS: usize = 40;
/// The longest category of a canned response, in characters.
pub const CATEGORY_CHARS: usize = 50;
/// The largest file of canned responses to import, in bytes.
pub const IMPORT_BYTES: usize = 2 * 1024 * 1024;
/// Rows of a file of canned responses to import.
pub const IMPORT_ROWS: usize = 2_500;
/// Errors of an import that are listed.
pub const IMPORT_ERRORS: usize = 100;
/// Intervals of business hours on one day.
pub const HOURS_PER_DAY: usize = 10;
/// Holidays of one site or team.
pub const HOLIDAYS: usize = 400;
/// The largest iCalendar file, in bytes; also the largest body with holidays.
pub const ICALENDAR_BYTES: usize = 256 * 1024;
/// Notes of one conversation.
pub const NOTES: usize = 1_000;
/// Notes in one answer.
pub const PAGE_NOTES: usize = 200;
/// Mentions in one note.
pub const MENTIONS: usize = 20;
/// Notifications of one member that are kept, in one workspace.
pub const NOTIFICATIONS: usize = 200;
/// Notifications in one page.
pub const PAGE_NOTIFICATIONS: usize = 50;
/// The longest snooze, in milliseconds: a year.
pub const SNOOZE_MS: i64 = 366 * 24 * 3_600_000;
/// The longest external id of a visitor, in bytes.
pub const EXTERNAL_ID_BYTES: usize = 200;
/// The largest picture of a person, in bytes.
pub const AVATAR_BYTES: usize = 256 * 1024;
/// The widest and the highest picture of a person, in pixels.
pub const AVATAR_PIXELS: usize = 2_048;
/// The largest body of an HTTP request, in bytes; a picture may be larger.
pub const BODY_BYTES: usize = 64 * 1024;
