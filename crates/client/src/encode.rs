//! An encoder of client frames without serde's derived implementations, for the reason given in
//! `decode.rs`. The golden files ensure that both encoders give the same result (`tests/wire`).

use deskbell_engine::UnsentText;
#[cfg(feature = "agent")]
use deskbell_protocol::{Assignment, Mention};
use deskbell_protocol::{ClientFrame, Command};
use uuid::Uuid;

/// Encodes a frame.
pub fn frame(frame: &ClientFrame) -> String {
    let mut json = Json::object();
    json.number("id", i64::from(frame.id));
    json.key("command");
    json.text.push('{');
    command(&frame.command, &mut json);
    json.text.push('}');
    json.end()
}

/// The body of the request for a token
/// ([`CreateVisitor`](deskbell_protocol::api::visitors::CreateVisitor)). `identity` is JSON already, written
/// by the script of the host page.
pub fn create_visitor(site_key: &str, token: Option<&str>, identity: Option<&str>) -> String {
    let mut json = Json::object();
    json.string("site_key", site_key);
    if let Some(token) = token {
        json.string("token", token);
    }
    if let Some(identity) = identity {
        json.key("identity");
        json.text.push_str(identity);
    }
    json.end()
}

/// Encodes the unsent texts for storage in a page: by their ids, each after its conversation and a
/// space; empty if there are none. [`unsent_text`](crate::decode::unsent_text) decodes them.
pub fn unsent_texts(texts: &[UnsentText]) -> String {
    let mut json = Json::object();
    for text in texts {
        let mut entry = text
            .conversation_id
            .map_or_else(String::new, |id| uuid(id.0));
        entry.push(' ');
        entry.push_str(&text.text);
        json.string(&uuid(text.client_id.0), &entry);
    }
    match json.text.len() {
        1 => String::new(),
        _ => json.end(),
    }
}

fn command(command: &Command, json: &mut Json) {
    let id = match command {
        Command::Hello { level, token } => {
            json.string("type", "hello");
            json.number("level", i64::from(*level));
            if let Some(token) = token {
                json.string("token", token);
            }
            return;
        }
        Command::Ping => return json.string("type", "ping"),
        Command::Start { client_id, text } => {
            json.string("type", "start");
            json.string("client_id", &uuid(client_id.0));
            return json.string("text", text);
        }
        Command::Send {
            conversation_id,
            client_id,
            text,
            assignee,
        } => {
            json.string("type", "send");
            json.string("client_id", &uuid(client_id.0));
            json.string("text", text);
            if let Some(assignee) = assignee {
                json.string("assignee", &uuid(assignee.0));
            }
            conversation_id
        }
        Command::Subscribe {
            conversation_id,
            after_seq,
        } => {
            json.string("type", "subscribe");
            json.numbers(&[("after_seq", *after_seq)]);
            conversation_id
        }
        Command::Unsubscribe { conversation_id } => {
            json.string("type", "unsubscribe");
            conversation_id
        }
        Command::Load {
            conversation_id,
            before_seq,
        } => {
            json.string("type", "load");
            json.number("before_seq", *before_seq);
            conversation_id
        }
        Command::Typing {
            conversation_id,
            active,
        } => {
            json.string("type", "typing");
            json.flag("active", *active);
            conversation_id
        }
        Command::Receipt {
            conversation_id,
            delivered,
            seen,
        } => {
            json.string("type", "receipt");
            json.numbers(&[("delivered", *delivered), ("seen", *seen)]);
            conversation_id
        }
        #[cfg(feature = "agent")]
        command => return agents(command, json),
        // An agent's command, which this build does not encode.
        #[cfg(not(feature = "agent"))]
        _ => return,
    };
    json.string("conversation_id", &uuid(id.0));
}

#[cfg(feature = "agent")]
fn assignment(key: &'static str, assignment: Assignment, json: &mut Json) {
    json.key(key);
    let mut object = Json::object();
    match assignment {
        Assignment::Queue => object.string("kind", "queue"),
        Assignment::Agent { user_id } => {
            object.string("kind", "agent");
            object.string("user_id", &uuid(user_id.0));
        }
    }
    json.text.push_str(&object.end());
}

#[cfg(feature = "agent")]
fn mentions(mentions: &[Mention], json: &mut Json) {
    json.key("mentions");
    let objects = mentions.iter().map(|mention| {
        let (kind, id, name) = match mention {
            Mention::Member { id, name } => ("member", id.0, name),
            Mention::Team { id, name } => ("team", id.0, name),
            Mention::Unknown => return "{\"kind\":\"unknown\"}".to_owned(),
        };
        let mut object = Json::object();
        object.string("kind", kind);
        object.string("id", &uuid(id));
        object.string("name", name);
        object.end()
    });
    let objects: Vec<_> = objects.collect();
    json.text.push_str(&["[", &objects.join(","), "]"].concat());
}

#[cfg(feature = "agent")]
fn agents(command: &Command, json: &mut Json) {
    let (kind, id) = match command {
        Command::Claim { conversation_id } => ("claim", conversation_id),
        Command::Assign {
            conversation_id,
            to,
            from,
        } => {
            assignment("to", *to, json);
            if let Some(from) = from {
                assignment("from", *from, json);
            }
            ("assign", conversation_id)
        }
        Command::Update {
            conversation_id,
            priority,
            subject,
        } => {
            if let Some(priority) = priority {
                json.string("priority", priority.as_str());
            }
            if let Some(subject) = subject {
                json.string("subject", subject);
            }
            ("update", conversation_id)
        }
        Command::Note {
            conversation_id,
            client_id,
            text,
            mentions: all,
        } => {
            json.string("client_id", &uuid(client_id.0));
            json.string("text", text);
            if !all.is_empty() {
                mentions(all, json);
            }
            ("note", conversation_id)
        }
        Command::SubscribeNotes {
            conversation_id,
            after,
        } => {
            json.numbers(&[("after", *after)]);
            ("subscribe_notes", conversation_id)
        }
        Command::Snooze {
            conversation_id,
            snooze,
        } => {
            if let Some(snooze) = snooze {
                json.key("snooze");
                let mut object = Json::object();
                object.numbers(&[("until", snooze.until)]);
                json.text.push_str(&object.end());
            }
            ("snooze", conversation_id)
        }
        Command::Resolve { conversation_id } => ("resolve", conversation_id),
        Command::Reopen { conversation_id } => ("reopen", conversation_id),
        Command::Close { conversation_id } => ("close", conversation_id),
        Command::SubscribeInbox { after } => {
            json.string("type", "subscribe_inbox");
            return json.numbers(&[("after", *after)]);
        }
        Command::Presence { away, idle } => {
            json.string("type", "presence");
            for (key, flag) in [("away", away), ("idle", idle)] {
                if let Some(flag) = flag {
                    json.flag(key, *flag);
                }
            }
            return;
        }
        // The commands of both sides.
        _ => return,
    };
    json.string("type", kind);
    json.string("conversation_id", &uuid(id.0));
}

/// The text of an id, without the formatting machinery of the standard library.
pub fn uuid(id: Uuid) -> String {
    let mut buffer = Uuid::encode_buffer();
    id.hyphenated().encode_lower(&mut buffer).to_owned()
}

/// A JSON writer.
struct Json {
    text: String,
}

impl Json {
    fn object() -> Self {
        let text = "{".to_owned();
        Self { text }
    }

    fn end(mut self) -> String {
        self.text.push('}');
        self.text
    }

    fn key(&mut self, key: &str) {
        if !self.text.ends_with('{') {
            self.text.push(',');
        }
        self.quote(key);
        self.text.push(':');
    }

    fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        self.quote(value);
    }

    fn number(&mut self, key: &str, value: i64) {
        self.key(key);
        self.text.push_str(&value.to_string());
    }

    /// Writes the fields that have a value.
    fn numbers(&mut self, pairs: &[(&str, Option<i64>)]) {
        for (key, value) in pairs {
            if let Some(value) = value {
                self.number(key, *value);
            }
        }
    }

    fn flag(&mut self, key: &str, value: bool) {
        self.key(key);
        self.text.push_str(if value { "true" } else { "false" });
    }

    fn quote(&mut self, text: &str) {
        self.text.push('"');
        for char in text.chars() {
            match char {
                '"' | '\\' => {
                    self.text.push('\\');
                    self.text.push(char);
                }
                // JSON requires that control characters are escaped.
                '\0'..='\u{1f}' => {
                    let [high, low] = [char as u32 / 16, char as u32 % 16];
                    self.text.push_str("\\u00");
                    for digit in [high, low] {
                        self.text.extend(char::from_digit(digit, 16));
                    }
                }
                _ => self.text.push(char),
            }
        }
        self.text.push('"');
    }
}
