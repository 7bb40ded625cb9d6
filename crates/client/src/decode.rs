//! A decoder of server frames without serde's derived implementations.
//!
//! These cost 31 of 136 KB (brotli) of the widget's release bundle. This decoder parses one JSON tree
//! and looks fields up in it. The types are the protocol's, and its golden files ensure that both
//! decoders give the same result (`tests/wire`); programs that are not downloaded use serde.

#[cfg(feature = "agent")]
mod agents;

use std::collections::BTreeMap;

use deskbell_engine::UnsentText;
use deskbell_protocol::api::conversations::poll::Polled;
use deskbell_protocol::api::visitors::VisitorToken;
use deskbell_protocol::{
    AgentView, Body, ClientMessageId, Conversation, ConversationId, ErrorBody, ErrorCode, Event,
    Message, Principal, Receipts, Role, Sender, ServerFrame, SiteView, Status, VisitorView,
};
use serde_json::Value;
use uuid::Uuid;

#[cfg(feature = "agent")]
use agents::{agent_presence, attributes, marker, note, notification, queue, visitor_presence};

/// Decodes a frame; `None` if `text` is not one.
pub fn frame(text: &str) -> Option<ServerFrame> {
    server_frame(&serde_json::from_str(text).ok()?)
}

/// Decodes the body of the answer to a poll.
pub fn polled(text: &str) -> Option<Polled> {
    let value: Value = serde_json::from_str(text).ok()?;
    Some(Polled {
        session: self::text(&value, "session")?,
        frames: list(&value, "frames", server_frame)?,
        close_code: int(&value, "close_code").and_then(|code| u16::try_from(code).ok()),
    })
}

fn server_frame(value: &Value) -> Option<ServerFrame> {
    let reply_to = value
        .get("reply_to")
        .and_then(Value::as_u64)
        .and_then(|id| u32::try_from(id).ok());
    Some(ServerFrame {
        reply_to,
        event: event(value.get("event")?)?,
    })
}

/// Decodes the body of an HTTP error.
pub fn refusal(text: &str) -> Option<ErrorBody> {
    error(&serde_json::from_str(text).ok()?)
}

/// Decodes the body of the answer with a visitor token.
pub fn visitor_token(text: &str) -> Option<VisitorToken> {
    let value: Value = serde_json::from_str(text).ok()?;
    Some(VisitorToken {
        visitor_id: id(&value, "visitor_id")?,
        token: self::text(&value, "token")?,
        expires_at: int(&value, "expires_at")?,
        renew_at: int(&value, "renew_at")?,
        site_name: self::text(&value, "site_name")?,
    })
}

/// Decodes a text that [`encode::unsent_texts`](crate::encode::unsent_texts) has encoded.
pub fn unsent_text(name: &str, entry: &str) -> Option<UnsentText> {
    let space = entry.find(' ')?;
    Some(UnsentText {
        conversation_id: uuid(&entry[..space]).map(ConversationId),
        client_id: uuid(name).map(ClientMessageId)?,
        text: entry[space + 1..].to_owned(),
    })
}

#[cfg(not(feature = "agent"))]
fn newest(value: &Value) -> Option<Conversation> {
    conversation(value.get("past")?.get(0)?)
}

fn event(value: &Value) -> Option<Event> {
    Some(match str(value, "type")? {
        "welcome" => Event::Welcome {
            level: u16::try_from(int(value, "level")?).ok()?,
            session_id: id(value, "session_id")?,
            you: principal(value.get("you")?)?,
            now: int(value, "now")?,
            heartbeat_ms: u32::try_from(int(value, "heartbeat_ms")?).ok()?,
            conversation: optional(value, "conversation", conversation)?,
            team_online: flag(value, "team_online"),
            #[cfg(feature = "agent")]
            past: list(value, "past", conversation).unwrap_or_default(),
            // The engine reads the newest only.
            #[cfg(not(feature = "agent"))]
            past: newest(value).into_iter().collect(),
        },
        "pong" => Event::Pong,
        "started" => Event::Started {
            conversation: conversation(value.get("conversation")?)?,
            message: message(value.get("message")?)?,
        },
        "saved" => Event::Saved {
            conversation_id: id(value, "conversation_id")?,
            client_id: id(value, "client_id")?,
            message_id: id(value, "message_id")?,
            seq: int(value, "seq")?,
            created_at: int(value, "created_at")?,
        },
        "subscribed" => Event::Subscribed {
            conversation: conversation(value.get("conversation")?)?,
            messages: list(value, "messages", message)?,
            more: flag(value, "more")?,
            receipts: value.get("receipts").map(receipts).unwrap_or_default(),
        },
        "page" => Event::Page {
            conversation_id: id(value, "conversation_id")?,
            messages: list(value, "messages", message)?,
            more: flag(value, "more")?,
        },
        #[cfg(feature = "agent")]
        "inbox" => Event::Inbox {
            conversations: list(value, "conversations", conversation)?,
            position: int(value, "position").unwrap_or_default(),
            queue: optional(value, "queue", queue)?.unwrap_or_default(),
            next_cursor: text(value, "next_cursor"),
        },
        #[cfg(feature = "agent")]
        "inbox_changes" => Event::InboxChanges {
            conversations: list(value, "conversations", conversation)?,
            position: int(value, "position")?,
            queue: queue(value.get("queue")?)?,
        },
        #[cfg(feature = "agent")]
        "inbox_changed" => Event::InboxChanged {
            position: int(value, "position")?,
            queue: queue(value.get("queue")?)?,
            conversation: conversation(value.get("conversation")?)?,
        },
        #[cfg(feature = "agent")]
        "changed" => Event::Changed {
            conversation: conversation(value.get("conversation")?)?,
        },
        #[cfg(feature = "agent")]
        "note_saved" => Event::NoteSaved {
            note: note(value.get("note")?)?,
        },
        #[cfg(feature = "agent")]
        "note_created" => Event::NoteCreated {
            note: note(value.get("note")?)?,
        },
        #[cfg(feature = "agent")]
        "notified" => Event::Notified {
            notification: notification(value.get("notification")?)?,
        },
        #[cfg(feature = "agent")]
        "notifications_changed" => Event::NotificationsChanged,
        #[cfg(feature = "agent")]
        "notes" => Event::Notes {
            conversation_id: id(value, "conversation_id")?,
            notes: list(value, "notes", note)?,
            more: flag(value, "more")?,
        },
        "done" => Event::Done,
        "error" => Event::Error {
            error: error(value.get("error")?)?,
        },
        "message_created" => Event::MessageCreated {
            message: message(value.get("message")?)?,
        },
        "conversation_changed" => Event::ConversationChanged {
            conversation: conversation(value.get("conversation")?)?,
        },
        "assignee" => Event::Assignee {
            conversation_id: id(value, "conversation_id")?,
            online: flag(value, "online")?,
        },
        "typing" => Event::Typing {
            conversation_id: id(value, "conversation_id")?,
            sender: sender(value.get("sender")?)?,
            active: flag(value, "active")?,
        },
        "receipts" => Event::Receipts {
            conversation_id: id(value, "conversation_id")?,
            receipts: receipts(value.get("receipts")?),
        },
        "team" => Event::Team {
            online: flag(value, "online")?,
        },
        #[cfg(feature = "agent")]
        "seen" => Event::Seen {
            markers: list(value, "markers", marker)?,
        },
        #[cfg(feature = "agent")]
        "presence" => Event::Presence {
            all: flag(value, "all").unwrap_or_default(),
            agents: list_or_none(value, "agents", agent_presence)?,
            visitors: list_or_none(value, "visitors", visitor_presence)?,
            typing: list_or_none(value, "typing", |id| id.as_str()?.parse().ok())?,
        },
        #[cfg(feature = "agent")]
        "you_changed" => Event::YouChanged {
            you: principal(value.get("you")?)?,
        },
        _ => Event::Unknown,
    })
}

fn receipts(value: &Value) -> Receipts {
    let seq = |key| int(value, key).unwrap_or_default();
    Receipts {
        visitor_delivered: seq("visitor_delivered"),
        visitor_seen: seq("visitor_seen"),
        agent_delivered: seq("agent_delivered"),
        agent_seen: seq("agent_seen"),
    }
}

fn principal(value: &Value) -> Option<Principal> {
    let workspace_id = id(value, "workspace_id")?;
    let name = text(value, "name")?;
    match str(value, "kind")? {
        "visitor" => {
            let (visitor_id, site_id) = (id(value, "visitor_id")?, id(value, "site_id")?);
            Some(Principal::Visitor {
                visitor_id,
                site_id,
                workspace_id,
                name,
            })
        }
        "agent" => {
            let role = Role::from_word(str(value, "role")?);
            Some(Principal::Agent {
                user_id: id(value, "user_id")?,
                workspace_id,
                role,
                name,
            })
        }
        _ => None,
    }
}

fn conversation(value: &Value) -> Option<Conversation> {
    let (site, visitor) = (value.get("site")?, value.get("visitor")?);
    Some(Conversation {
        id: id(value, "id")?,
        revision: int(value, "revision")?,
        status: Status::from_word(str(value, "status")?),
        site: SiteView {
            id: id(site, "id")?,
            name: text(site, "name")?,
        },
        visitor: VisitorView {
            id: id(visitor, "id")?,
            name: text(visitor, "name")?,
            // Only agents are shown it, so the visitor's smaller build skips it.
            verified: cfg!(feature = "agent") && flag(visitor, "verified").unwrap_or_default(),
        },
        assignee: optional(value, "assignee", agent)?,
        last_seq: int(value, "last_seq")?,
        preview: text(value, "preview")?,
        preview_by_agent: flag(value, "preview_by_agent").unwrap_or_default(),
        last_message_at: int(value, "last_message_at")?,
        waiting_since: value.get("waiting_since").and_then(Value::as_i64),
        created_at: int(value, "created_at")?,
        visitor_texts: int(value, "visitor_texts").unwrap_or_default(),
        #[cfg(feature = "agent")]
        attributes: attributes(value),
        // The server does not send a visitor what only agents may see.
        #[cfg(not(feature = "agent"))]
        attributes: deskbell_protocol::Attributes::default(),
    })
}

fn message(value: &Value) -> Option<Message> {
    Some(Message {
        id: id(value, "id")?,
        conversation_id: id(value, "conversation_id")?,
        seq: int(value, "seq")?,
        client_id: id(value, "client_id"),
        sender: sender(value.get("sender")?)?,
        body: body(value.get("body")?)?,
        created_at: int(value, "created_at")?,
    })
}

fn sender(value: &Value) -> Option<Sender> {
    Some(match str(value, "kind")? {
        "visitor" => Sender::Visitor {
            id: id(value, "id")?,
            name: text(value, "name")?,
        },
        "agent" => Sender::Agent {
            id: id(value, "id")?,
            name: text(value, "name")?,
        },
        "system" => Sender::System,
        _ => Sender::Unknown,
    })
}

fn body(value: &Value) -> Option<Body> {
    Some(match str(value, "type")? {
        "text" => Body::Text {
            text: text(value, "text")?,
        },
        "joined" => Body::Joined {
            name: text(value, "name")?,
        },
        "resolved" => Body::Resolved {
            name: text(value, "name")?,
        },
        "reopened" => Body::Reopened {
            name: text(value, "name")?,
        },
        "returned" => Body::Returned {
            name: text(value, "name")?,
        },
        #[cfg(feature = "agent")]
        "assigned" => Body::Assigned {
            name: text(value, "name")?,
            by: text(value, "by")?,
        },
        #[cfg(feature = "agent")]
        "released" => Body::Released {
            name: text(value, "name")?,
        },
        // A visitor is not shown who has assigned or released.
        #[cfg(not(feature = "agent"))]
        "assigned" => Body::Joined {
            name: text(value, "name")?,
        },
        #[cfg(not(feature = "agent"))]
        "released" => Body::Returned {
            name: text(value, "name")?,
        },
        "closed" => Body::Closed {
            name: text(value, "name")?,
        },
        _ => Body::Unknown,
    })
}

fn agent(value: &Value) -> Option<AgentView> {
    Some(AgentView {
        id: id(value, "id")?,
        name: text(value, "name")?,
    })
}

/// The codes that this side handles; a table is a third of the size of a `match`. Other codes are kept
/// in [`ErrorCode::Other`].
const CODES: &[(&str, ErrorCode)] = &[
    #[cfg(feature = "agent")]
    ("already_claimed", ErrorCode::AlreadyClaimed),
    #[cfg(feature = "agent")]
    ("bad_request", ErrorCode::BadRequest),
    #[cfg(feature = "agent")]
    ("bad_credentials", ErrorCode::BadCredentials),
    #[cfg(feature = "agent")]
    ("blocked", ErrorCode::Blocked),
    #[cfg(feature = "agent")]
    ("conflict", ErrorCode::Conflict),
    #[cfg(feature = "agent")]
    ("conversation_closed", ErrorCode::ConversationClosed),
    #[cfg(feature = "agent")]
    ("email_not_verified", ErrorCode::EmailNotVerified),
    ("forbidden", ErrorCode::Forbidden),
    ("internal", ErrorCode::Internal),
    ("invalid", ErrorCode::Invalid),
    #[cfg(feature = "agent")]
    ("limit_reached", ErrorCode::LimitReached),
    #[cfg(feature = "agent")]
    ("link_expired", ErrorCode::LinkExpired),
    #[cfg(feature = "agent")]
    ("maintenance", ErrorCode::Maintenance),
    ("not_found", ErrorCode::NotFound),
    ("not_ready", ErrorCode::NotReady),
    ("origin_not_allowed", ErrorCode::OriginNotAllowed),
    ("rate_limited", ErrorCode::RateLimited),
    #[cfg(feature = "agent")]
    ("second_factor_required", ErrorCode::SecondFactorRequired),
    ("too_large", ErrorCode::TooLarge),
    ("token_expired", ErrorCode::TokenExpired),
    #[cfg(feature = "agent")]
    ("unauthenticated", ErrorCode::Unauthenticated),
    ("unavailable", ErrorCode::Unavailable),
    #[cfg(feature = "agent")]
    ("unknown_command", ErrorCode::UnknownCommand),
    #[cfg(feature = "agent")]
    ("workspace_suspended", ErrorCode::WorkspaceSuspended),
];

fn error(value: &Value) -> Option<ErrorBody> {
    Some(ErrorBody {
        code: code(str(value, "code")?),
        message: text(value, "message")?,
        #[cfg(feature = "agent")]
        fields: fields(value),
        #[cfg(not(feature = "agent"))]
        fields: BTreeMap::new(),
        #[cfg(feature = "agent")]
        winner: optional(value, "winner", agent)?,
        #[cfg(not(feature = "agent"))]
        winner: None,
        retry_after_ms: int(value, "retry_after_ms").and_then(|ms| u32::try_from(ms).ok()),
    })
}

#[cfg(feature = "agent")]
fn fields(value: &Value) -> BTreeMap<String, String> {
    let fields = value.get("fields").and_then(Value::as_object);
    let texts = fields.into_iter().flatten().filter_map(|(name, problem)| {
        let problem = problem.as_str()?;
        Some((name.clone(), problem.to_owned()))
    });
    texts.collect()
}

fn code(word: &str) -> ErrorCode {
    let known = CODES.iter().find(|(known, _)| *known == word);
    known.map_or_else(
        || ErrorCode::Other(word.to_owned()),
        |(_, code)| code.clone(),
    )
}

fn str<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

fn text(value: &Value, key: &str) -> Option<String> {
    str(value, key).map(ToOwned::to_owned)
}

fn int(value: &Value, key: &str) -> Option<i64> {
    value.get(key)?.as_i64()
}

fn flag(value: &Value, key: &str) -> Option<bool> {
    value.get(key)?.as_bool()
}

fn id<T: From<Uuid>>(value: &Value, key: &str) -> Option<T> {
    uuid(str(value, key)?).map(T::from)
}

/// Parses a UUID in the protocol's one notation: the parser of all notations adds a kilobyte.
fn uuid(text: &str) -> Option<Uuid> {
    let mut bytes = [0_u8; 16];
    let mut digits = 0;
    for (index, char) in text.chars().enumerate() {
        if matches!(index, 8 | 13 | 18 | 23) {
            if char != '-' {
                return None;
            }
            continue;
        }
        let digit = u8::try_from(char.to_digit(16)?).ok()?;
        let byte = bytes.get_mut(digits / 2)?;
        *byte = *byte << 4 | digit;
        digits += 1;
    }
    (digits == 32).then(|| Uuid::from_bytes(bytes))
}

fn list<T>(value: &Value, key: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.get(key)?.as_array()?.iter().map(read).collect()
}

/// A list; a missing one is empty.
#[cfg(feature = "agent")]
fn list_or_none<T>(value: &Value, key: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    match value.get(key) {
        None => Some(Vec::new()),
        Some(_) => list(value, key, read),
    }
}

/// An optional value; `None` if there is one that cannot be parsed.
fn optional<T>(value: &Value, key: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    match value.get(key) {
        None | Some(Value::Null) => Some(None),
        Some(present) => read(present).map(Some),
    }
}
