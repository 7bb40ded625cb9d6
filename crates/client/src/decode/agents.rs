//! The decoder of what only agents receive.

use deskbell_protocol::{
    AgentPresence, Attributes, Availability, Mention, Note, Notification, NotificationKind,
    Priority, Queue, SeenMarker, Snooze, VisitorPresence,
};
use serde_json::Value;

use super::{agent, flag, id, int, list_or_none, str, text};

pub(super) fn marker(value: &Value) -> Option<SeenMarker> {
    Some(SeenMarker {
        conversation_id: id(value, "conversation_id")?,
        seq: int(value, "seq")?,
        visitor_texts: int(value, "visitor_texts")?,
    })
}

pub(super) fn agent_presence(value: &Value) -> Option<AgentPresence> {
    Some(AgentPresence {
        agent: agent(value.get("agent")?)?,
        availability: match str(value, "availability")? {
            "online" => Availability::Online,
            "away" => Availability::Away,
            "offline" => Availability::Offline,
            _ => Availability::Unknown,
        },
        viewing: list_or_none(value, "viewing", |id| id.as_str()?.parse().ok())?,
    })
}

pub(super) fn visitor_presence(value: &Value) -> Option<VisitorPresence> {
    Some(VisitorPresence {
        visitor_id: id(value, "visitor_id")?,
        online: flag(value, "online")?,
        last_seen_at: int(value, "last_seen_at")?,
    })
}

pub(super) fn attributes(value: &Value) -> Attributes {
    Attributes {
        number: int(value, "number"),
        priority: str(value, "priority").map_or(Priority::Normal, Priority::from_word),
        escalated: flag(value, "escalated").unwrap_or_default(),
        subject: text(value, "subject").unwrap_or_default(),
        snooze: value.get("snooze").map(|snooze| Snooze {
            until: int(snooze, "until"),
        }),
    }
}

pub(super) fn queue(value: &Value) -> Option<Queue> {
    Some(Queue {
        waiting: int(value, "waiting")?,
        active: int(value, "active")?,
        resolved: int(value, "resolved")?,
    })
}

pub(super) fn note(value: &Value) -> Option<Note> {
    Some(Note {
        conversation_id: id(value, "conversation_id")?,
        seq: int(value, "seq")?,
        client_id: id(value, "client_id")?,
        after_seq: int(value, "after_seq")?,
        author: agent(value.get("author")?)?,
        text: text(value, "text")?,
        mentions: list_or_none(value, "mentions", mention)?,
        created_at: int(value, "created_at")?,
    })
}

fn mention(value: &Value) -> Option<Mention> {
    Some(match str(value, "kind")? {
        "member" => Mention::Member {
            id: id(value, "id")?,
            name: text(value, "name")?,
        },
        "team" => Mention::Team {
            id: id(value, "id")?,
            name: text(value, "name")?,
        },
        _ => Mention::Unknown,
    })
}

pub(super) fn notification(value: &Value) -> Option<Notification> {
    Some(Notification {
        id: id(value, "id")?,
        kind: NotificationKind::from_word(str(value, "kind")?),
        conversation_id: id(value, "conversation_id")?,
        by: agent(value.get("by")?)?,
        text: text(value, "text")?,
        created_at: int(value, "created_at")?,
        read: flag(value, "read").unwrap_or_default(),
    })
}
