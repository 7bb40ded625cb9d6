//! A minimal server: one conversation, small pages, and all guarantees of the protocol.

use std::collections::{BTreeMap, BTreeSet};

use deskbell_protocol::{
    AgentView, Body, ClientMessageId, Command, ConnectionId, Conversation, ConversationId,
    ErrorBody, ErrorCode, Event, LEVEL, Mention, Message, MessageId, Note, Position, Principal,
    Queue, Receipts, Role, SeenMarker, Sender, Seq, SiteId, SiteView, Status, UserId, VisitorId,
    VisitorView, WorkspaceId,
};

const PAGE: usize = 3;
const RESUME: usize = 2;
/// Longer than the first backoffs of the engine.
const RETRY_AFTER_MS: u32 = 7_000;

/// The subscriptions of a connection.
#[derive(Clone, Default)]
pub(crate) struct Session {
    pub(crate) follows: bool,
    pub(crate) inbox: bool,
    pub(crate) notes: bool,
    /// When a text that was refused because of a rate limit may be sent again.
    not_before: BTreeMap<ClientMessageId, i64>,
}

#[derive(Clone, Default)]
pub(crate) struct Server {
    conversation: Option<Conversation>,
    messages: Vec<Message>,
    notes: Vec<Note>,
    client_ids: BTreeSet<ClientMessageId>,
    pub(crate) receipts: Receipts,
    /// Ada's read marker.
    pub(crate) marker: Option<SeenMarker>,
    now: i64,
    position: Position,
    /// The number of restores from a backup.
    restores: u8,
    /// The number of texts that are still to be refused temporarily.
    pub(crate) failures: u32,
    /// The number of texts that are still to be refused because of a rate limit.
    pub(crate) floods: u32,
}

/// The answer to a command, and the events that it causes.
pub(crate) struct Outcome {
    pub(crate) reply: Event,
    pub(crate) events: Vec<Event>,
}

pub(crate) fn text_of(message: &Message) -> String {
    match &message.body {
        Body::Text { text } => text.clone(),
        _ => String::new(),
    }
}

pub(crate) fn vera() -> Principal {
    Principal::Visitor {
        visitor_id: VisitorId::from_parts(1, [1; 10]),
        site_id: SiteId::from_parts(1, [2; 10]),
        workspace_id: WorkspaceId::from_parts(1, [3; 10]),
        name: "Vera".to_owned(),
    }
}

pub(crate) fn ada() -> Principal {
    Principal::Agent {
        user_id: UserId::from_parts(1, [4; 10]),
        workspace_id: WorkspaceId::from_parts(1, [3; 10]),
        role: Role::Agent,
        name: "Ada".to_owned(),
    }
}

fn sender(who: &Principal) -> Sender {
    match who {
        Principal::Visitor {
            visitor_id, name, ..
        } => Sender::Visitor {
            id: *visitor_id,
            name: name.clone(),
        },
        Principal::Agent { user_id, name, .. } => Sender::Agent {
            id: *user_id,
            name: name.clone(),
        },
    }
}

fn error(code: ErrorCode) -> Event {
    Event::Error {
        error: ErrorBody::new(code, "No."),
    }
}

impl Server {
    pub(crate) fn id(&self) -> Option<ConversationId> {
        self.conversation
            .as_ref()
            .map(|conversation| conversation.id)
    }

    pub(crate) fn conversation(&self) -> Option<&Conversation> {
        self.conversation.as_ref()
    }

    /// Restores a backup. The clock is not set back, so that new rows have other ids.
    pub(crate) fn restore(&mut self, backup: Self) {
        let (now, restores) = (self.now, self.restores + 1);
        *self = Self {
            now,
            restores,
            ..backup
        };
    }

    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(crate) fn handle(
        &mut self,
        who: &Principal,
        session: &mut Session,
        command: Command,
        clock: i64,
    ) -> Outcome {
        let mut events = Vec::new();
        if let Command::Start { client_id, .. } | Command::Send { client_id, .. } = &command {
            let not_before = session.not_before.get(client_id).copied();
            assert!(not_before.is_none_or(|time| time <= clock), "sent too soon");
            if self.floods > 0 {
                self.floods -= 1;
                session
                    .not_before
                    .insert(*client_id, clock + i64::from(RETRY_AFTER_MS));
                let mut refusal = ErrorBody::new(ErrorCode::RateLimited, "Too much.");
                refusal.retry_after_ms = Some(RETRY_AFTER_MS);
                let reply = Event::Error { error: refusal };
                return Outcome { reply, events };
            }
        }
        let reply = match command {
            Command::Hello { .. } => Event::Welcome {
                level: LEVEL,
                session_id: ConnectionId::from_parts(1, [5; 10]),
                you: who.clone(),
                now: 0,
                heartbeat_ms: 25_000,
                conversation: match who {
                    Principal::Visitor { .. } => self.conversation.clone(),
                    Principal::Agent { .. } => None,
                },
                team_online: None,
                past: Vec::new(),
            },
            Command::Ping => Event::Pong,
            // The model has one agent, who neither assigns nor prioritises.
            Command::Assign { .. } | Command::Update { .. } | Command::Snooze { .. } => {
                error(ErrorCode::Conflict)
            }
            Command::Note {
                conversation_id,
                client_id,
                text,
                mentions,
            } => match self.save_note(who, conversation_id, client_id, text, mentions) {
                Some(note) => {
                    events.push(Event::NoteCreated { note: note.clone() });
                    Event::NoteSaved { note }
                }
                None => error(ErrorCode::NotFound),
            },
            Command::SubscribeNotes {
                conversation_id,
                after,
            } => {
                assert!(session.follows, "what is not followed does not exist");
                session.notes = true;
                let (notes, more) = self.notes_after(after.unwrap_or(0));
                Event::Notes {
                    conversation_id,
                    notes,
                    more,
                }
            }
            Command::Start { .. } | Command::Send { .. } if self.failures > 0 => {
                self.failures -= 1;
                error(ErrorCode::Unavailable)
            }
            Command::Start { client_id, text } => {
                let message =
                    self.save_text(who, Some(client_id), Body::Text { text }, &mut events);
                let conversation = self
                    .conversation
                    .clone()
                    .expect("the model keeps its own state whole");
                Event::Started {
                    conversation,
                    message,
                }
            }
            Command::Send {
                conversation_id,
                client_id,
                text,
                ..
            } => {
                if self.id() != Some(conversation_id) {
                    return Outcome {
                        reply: error(ErrorCode::NotFound),
                        events,
                    };
                }
                if !self.client_ids.contains(&client_id) {
                    self.assign(who, &mut events);
                }
                let message =
                    self.save_text(who, Some(client_id), Body::Text { text }, &mut events);
                Event::Saved {
                    conversation_id,
                    client_id,
                    message_id: message.id,
                    seq: message.seq,
                    created_at: message.created_at,
                }
            }
            Command::Subscribe {
                conversation_id,
                after_seq,
            } => {
                if self.id() != Some(conversation_id) {
                    let reply = error(ErrorCode::NotFound);
                    return Outcome { reply, events };
                }
                session.follows = true;
                self.subscribed(after_seq)
            }
            Command::Unsubscribe { .. } => {
                session.follows = false;
                session.notes = false;
                Event::Done
            }
            Command::Load {
                conversation_id,
                before_seq,
            } => {
                let end =
                    usize::try_from(before_seq - 1).expect("the model keeps its own state whole");
                let begin = end.saturating_sub(PAGE);
                let messages = self.messages[begin..end].to_vec();
                Event::Page {
                    conversation_id,
                    messages,
                    more: begin > 0,
                }
            }
            Command::SubscribeInbox { after } => {
                session.inbox = true;
                if let Some(marker) = self.marker {
                    let markers = vec![marker];
                    events.push(Event::Seen { markers });
                }
                let conversations = self.conversation.iter().cloned();
                match after {
                    Some(after) if after <= self.position => Event::InboxChanges {
                        conversations: conversations.filter(|_| after < self.position).collect(),
                        position: self.position,
                        queue: self.queue(),
                    },
                    _ => Event::Inbox {
                        conversations: conversations.collect(),
                        position: self.position,
                        queue: self.queue(),
                        next_cursor: None,
                    },
                }
            }
            Command::Claim { .. } => self.set_status(who, Status::Active, &mut events),
            Command::Resolve { .. } => self.set_status(who, Status::Resolved, &mut events),
            Command::Reopen { .. } | Command::Close { .. } => error(ErrorCode::Forbidden),
            Command::Typing {
                conversation_id,
                active,
            } => {
                assert!(session.follows, "what is not followed does not exist");
                events.push(Event::Typing {
                    conversation_id,
                    sender: sender(who),
                    active,
                });
                Event::Done
            }
            Command::Receipt {
                conversation_id,
                delivered,
                seen,
            } => {
                assert!(session.follows, "what is not followed does not exist");
                self.read(who, delivered, seen, &mut events);
                assert_eq!(self.id(), Some(conversation_id));
                Event::Done
            }
            Command::Presence { .. } => Event::Done,
        };
        Outcome { reply, events }
    }

    pub(crate) fn notes(&self) -> &[Note] {
        &self.notes
    }

    fn notes_after(&self, after: Seq) -> (Vec<Note>, bool) {
        let count = self.notes.len();
        let begin = usize::try_from(after).expect("the model keeps its own state whole");
        let begin = begin.min(count);
        let end = (begin + RESUME).min(count);
        (self.notes[begin..end].to_vec(), end < count)
    }

    fn save_note(
        &mut self,
        who: &Principal,
        conversation_id: ConversationId,
        client_id: ClientMessageId,
        text: String,
        mentions: Vec<Mention>,
    ) -> Option<Note> {
        let saved = self.notes.iter().find(|note| note.client_id == client_id);
        let Principal::Agent { user_id, name, .. } = who else {
            return None;
        };
        if saved.is_some() || self.id() != Some(conversation_id) {
            return saved.cloned();
        }
        self.now += 1;
        let seq = Seq::try_from(self.notes.len() + 1).expect("they are few");
        let note = Note {
            conversation_id,
            seq,
            client_id,
            after_seq: Seq::try_from(self.messages.len()).expect("they are few"),
            author: AgentView {
                id: *user_id,
                name: name.clone(),
            },
            text,
            mentions,
            created_at: self.now,
        };
        self.notes.push(note.clone());
        Some(note)
    }

    fn queue(&self) -> Queue {
        let count = |status| {
            let with = self.conversation.iter().filter(|it| it.status == status);
            i64::try_from(with.count()).expect("the model keeps its own state whole")
        };
        Queue {
            waiting: count(Status::Waiting),
            active: count(Status::Active),
            resolved: count(Status::Resolved),
        }
    }

    fn read(
        &mut self,
        who: &Principal,
        delivered: Option<Seq>,
        seen: Option<Seq>,
        events: &mut Vec<Event>,
    ) {
        let (Some(conversation_id), Some(delivered)) = (self.id(), delivered) else {
            return;
        };
        let seen = seen.unwrap_or(0);
        let last = Seq::try_from(self.messages.len()).expect("they are few");
        assert!(
            seen <= delivered && delivered <= last,
            "{seen} {delivered} {last}"
        );
        let mut receipts = Receipts::default();
        if let Principal::Visitor { .. } = who {
            (receipts.visitor_delivered, receipts.visitor_seen) = (delivered, seen);
        } else {
            (receipts.agent_delivered, receipts.agent_seen) = (delivered, seen);
            let by_visitor = |it: &&Message| matches!(it.sender, Sender::Visitor { .. });
            let texts = self.messages.iter().filter(|it| it.seq <= seen);
            let marker = SeenMarker {
                conversation_id,
                seq: seen,
                visitor_texts: i64::try_from(texts.filter(by_visitor).count())
                    .expect("they are few"),
            };
            if self.marker.is_none_or(|client_ids| client_ids.seq < seen) {
                self.marker = Some(marker);
                let markers = vec![marker];
                events.push(Event::Seen { markers });
            }
        }
        if self.receipts.merge(receipts) {
            events.push(Event::Receipts {
                conversation_id,
                receipts: self.receipts,
            });
        }
    }

    fn subscribed(&self, after_seq: Option<Seq>) -> Event {
        let conversation = self
            .conversation
            .clone()
            .expect("the model keeps its own state whole");
        let count = self.messages.len();
        let (messages, more) = match after_seq {
            None => {
                let begin = count.saturating_sub(PAGE);
                (self.messages[begin..].to_vec(), begin > 0)
            }
            Some(after) => {
                let begin = usize::try_from(after).expect("the model keeps its own state whole");
                let begin = begin.min(count);
                let end = (begin + RESUME).min(count);
                (self.messages[begin..end].to_vec(), end < count)
            }
        };
        Event::Subscribed {
            conversation,
            messages,
            more,
            receipts: self.receipts,
        }
    }

    fn save_text(
        &mut self,
        who: &Principal,
        client_id: Option<ClientMessageId>,
        body: Body,
        events: &mut Vec<Event>,
    ) -> Message {
        if let Some(id) = client_id.filter(|id| !self.client_ids.insert(*id)) {
            let found = self
                .messages
                .iter()
                .find(|message| message.client_id == Some(id));
            return found.expect("the model keeps its own state whole").clone();
        }
        self.now += 1;
        let now = self.now;
        let conversation = self.conversation.get_or_insert_with(|| Conversation {
            id: ConversationId::from_parts(1, [6 + self.restores; 10]),
            revision: 0,
            status: Status::Waiting,
            site: SiteView {
                id: SiteId::from_parts(1, [2; 10]),
                name: "Shop".to_owned(),
            },
            visitor: VisitorView {
                id: VisitorId::from_parts(1, [1; 10]),
                name: "Vera".to_owned(),
                verified: false,
            },
            assignee: None,
            last_seq: 0,
            preview: String::new(),
            preview_by_agent: false,
            last_message_at: now,
            waiting_since: Some(now),
            created_at: now,
            visitor_texts: 0,
            attributes: Default::default(),
        });
        conversation.revision += 1;
        conversation.last_seq += 1;
        conversation.last_message_at = now;
        let is_system = client_id.is_none();
        let by_visitor = !is_system && matches!(who, Principal::Visitor { .. });
        conversation.visitor_texts += i64::from(by_visitor);
        let message = Message {
            id: MessageId::from_parts(now, [7; 10]),
            conversation_id: conversation.id,
            seq: conversation.last_seq,
            client_id,
            sender: if is_system {
                Sender::System
            } else {
                sender(who)
            },
            body,
            created_at: now,
        };
        self.messages.push(message.clone());
        events.push(Event::MessageCreated {
            message: message.clone(),
        });
        let conversation = conversation.clone();
        events.push(Event::ConversationChanged {
            conversation: conversation.clone(),
        });
        self.position += 1;
        events.push(Event::InboxChanged {
            position: self.position,
            queue: self.queue(),
            conversation,
        });
        message
    }

    /// An agent's message claims a waiting conversation and reopens a resolved one.
    fn assign(&mut self, who: &Principal, events: &mut Vec<Event>) {
        let is_active = |it: &Conversation| it.status == Status::Active;
        let is_agent = matches!(who, Principal::Agent { .. });
        if is_agent && !self.conversation.as_ref().is_some_and(is_active) {
            self.set_status(who, Status::Active, events);
        }
    }

    fn set_status(&mut self, who: &Principal, status: Status, events: &mut Vec<Event>) -> Event {
        let Some(conversation) = &mut self.conversation else {
            return error(ErrorCode::NotFound);
        };
        conversation.status = status;
        if let Principal::Agent { user_id, name, .. } = who {
            conversation.assignee = Some(AgentView {
                id: *user_id,
                name: name.clone(),
            });
        }
        self.save_text(
            who,
            None,
            Body::Joined {
                name: who.name().to_owned(),
            },
            events,
        );
        Event::Changed {
            conversation: self
                .conversation
                .clone()
                .expect("the model keeps its own state whole"),
        }
    }
}
