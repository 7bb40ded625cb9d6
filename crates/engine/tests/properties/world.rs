//! Two people, their engines, and a network between them and the server with controllable faults.

use std::collections::VecDeque;

use deskbell_engine::{Action, Connection, Effect, Engine, Input, Side};
use deskbell_protocol::{
    ClientFrame, ClientMessageId, Command, ConversationId, Event, Message, Principal, Sender,
    ServerFrame,
};

use crate::server::{Server, Session, ada, vera};

pub(crate) const VERA: usize = 0;
pub(crate) const ADA: usize = 1;

pub(crate) struct Person {
    pub(crate) side: Side,
    pub(crate) engine: Engine,
    is_open: bool,
    session: Session,
    up: VecDeque<ClientFrame>,
    down: VecDeque<ServerFrame>,
    tick_at: Option<i64>,
    pub(crate) newest_visible: bool,
    receipt_at: Option<i64>,
}

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) people: [Person; 2],
    /// The texts that each has written, with the keys that their rows had at once.
    pub(crate) written: [Vec<(ClientMessageId, String)>; 2],
    now: i64,
    rng_state: u64,
}

fn principal(who: usize) -> Principal {
    if who == VERA { vera() } else { ada() }
}

impl World {
    pub(crate) fn new() -> Self {
        let person = |side| Person {
            side,
            engine: Engine::new(side),
            is_open: false,
            session: Session::default(),
            up: VecDeque::new(),
            down: VecDeque::new(),
            tick_at: None,
            newest_visible: false,
            receipt_at: None,
        };
        let mut world = Self {
            server: Server::default(),
            people: [person(Side::Visitor), person(Side::Agent)],
            written: [Vec::new(), Vec::new()],
            now: 1_000_000,
            rng_state: 1,
        };
        world.input(ADA, Input::Action(Action::FollowInbox));
        world.input(VERA, Input::Online);
        world.input(ADA, Input::Online);
        world
    }

    /// Writes a unique text.
    pub(crate) fn write(&mut self, who: usize) {
        let conversation_id = match who {
            VERA => None,
            _ => match self.server.id() {
                Some(id) => Some(id),
                None => return,
            },
        };
        let text = format!("{who}:{}", self.written[who].len());
        self.input(
            who,
            Input::Action(Action::Send {
                conversation_id,
                text: text.clone(),
            }),
        );
        let engine = &self.people[who].engine;
        let rows = match conversation_id {
            Some(id) => engine.timeline(id).expect("the model is consistent").rows(),
            None => engine.visitor_rows(),
        };
        let key = rows
            .last()
            .expect("the model is consistent")
            .key
            .client_id()
            .expect("the model is consistent");
        self.written[who].push((key, text));
    }

    pub(crate) fn act_on_conversation(
        &mut self,
        who: usize,
        action: impl Fn(ConversationId) -> Action,
    ) {
        if let Some(id) = self.server.id() {
            self.input(who, Input::Action(action(id)));
        }
    }

    /// Ada writes a note with a unique text.
    pub(crate) fn write_note(&mut self) {
        self.rng_state += 1;
        let client_id =
            ClientMessageId::from_parts(self.now, [self.rng_state.to_le_bytes()[0]; 10]);
        self.act_on_conversation(ADA, |conversation_id| Action::Note {
            conversation_id,
            client_id,
            text: format!("Note {client_id}"),
            mentions: Vec::new(),
        });
    }

    pub(crate) fn set_newest_visible(&mut self, who: usize, visible: bool) {
        self.people[who].newest_visible = visible;
        self.input(who, Input::Action(Action::NewestVisible(visible)));
    }

    pub(crate) fn set_typing(&mut self, who: usize, active: bool) {
        let conversation_id = match who {
            VERA => None,
            _ => self.server.id(),
        };
        self.input(
            who,
            Input::Action(Action::Typing {
                conversation_id,
                active,
            }),
        );
    }

    pub(crate) fn deliver_to_server(&mut self, who: usize) {
        let Some(frame) = self.people[who].up.pop_front() else {
            return;
        };
        let session = &mut self.people[who].session;
        let outcome = self
            .server
            .handle(&principal(who), session, frame.command, self.now);
        let reply = ServerFrame {
            reply_to: Some(frame.id),
            event: outcome.reply,
        };
        // The answer may arrive before the event or after it.
        let first = frame.id % 2 == 0;
        if first {
            self.people[who].down.push_back(reply.clone());
        }
        for event in outcome.events {
            for person in self.people.iter_mut().filter(|person| person.is_open) {
                let is_own_typing = matches!(&event, Event::Typing { sender, .. }
                    if matches!(sender, Sender::Visitor { .. }) == (person.side == Side::Visitor));
                let is_subscribed = match event {
                    Event::InboxChanged { .. } => person.session.inbox,
                    Event::Seen { .. } => person.side == Side::Agent,
                    Event::NoteCreated { .. } => person.session.notes,
                    _ => person.session.follows && !is_own_typing,
                };
                if is_subscribed {
                    let event = event.clone();
                    person.down.push_back(ServerFrame {
                        reply_to: None,
                        event,
                    });
                }
            }
        }
        if !first {
            self.people[who].down.push_back(reply);
        }
    }

    pub(crate) fn has_outgoing(&self, who: usize) -> bool {
        !self.people[who].up.is_empty()
    }

    pub(crate) fn has_incoming(&self, who: usize) -> bool {
        !self.people[who].down.is_empty()
    }

    /// Delivers all frames in transit without advancing the clock.
    pub(crate) fn deliver_all(&mut self) {
        while (0..2).any(|who| self.has_outgoing(who) || self.has_incoming(who)) {
            for who in [VERA, ADA] {
                self.deliver_to_server(who);
                self.deliver_to_client(who);
            }
        }
    }

    pub(crate) fn deliver_to_client(&mut self, who: usize) {
        if let Some(frame) = self.people[who].down.pop_front() {
            self.input(who, Input::Frame(frame));
        }
    }

    pub(crate) fn deliver_twice(&mut self, who: usize) {
        if let Some(frame) = self.people[who].down.front().cloned() {
            self.input(who, Input::Frame(frame));
        }
    }

    pub(crate) fn swap_frames(&mut self, who: usize) {
        let down = &mut self.people[who].down;
        // Answers and events of an inbox stay in order, as on a connection.
        let is_inbox_event = |frame: &&ServerFrame| {
            matches!(
                frame.event,
                Event::Inbox { .. } | Event::InboxChanges { .. } | Event::InboxChanged { .. }
            )
        };
        if down.len() > 1 && down.iter().take(2).filter(is_inbox_event).count() < 2 {
            down.swap(0, 1);
        }
    }

    pub(crate) fn cut_connection(&mut self, who: usize) {
        self.drop_socket(who);
        self.input(who, Input::Closed { code: Some(1006) });
    }

    /// The server is stopped, restored from a backup and started again.
    pub(crate) fn restore(&mut self, backup: Server) {
        self.server.restore(backup);
        for who in [VERA, ADA] {
            self.cut_connection(who);
        }
    }

    /// Vera writes on another device while no client is connected here.
    pub(crate) fn server_writes(&mut self) {
        self.rng_state += 1;
        let client_id =
            ClientMessageId::from_parts(self.now, [self.rng_state.to_le_bytes()[0]; 10]);
        let text = format!("other device:{}", self.rng_state);
        let command = match self.server.id() {
            Some(conversation_id) => Command::Send {
                conversation_id,
                client_id,
                text,
                assignee: None,
            },
            None => Command::Start { client_id, text },
        };
        let mut session = Session::default();
        self.server.handle(&vera(), &mut session, command, self.now);
    }

    /// Loads all older messages of the conversation, on both sides.
    pub(crate) fn load_all(&mut self) {
        let Some(id) = self.server.id() else { return };
        for who in [VERA, ADA] {
            let has_older = |world: &Self| {
                let timeline = world.people[who].engine.timeline(id);
                timeline.is_some_and(deskbell_engine::Timeline::has_older)
            };
            while has_older(self) {
                self.input(who, Input::Action(Action::LoadOlder(id)));
                self.deliver_all();
            }
        }
    }

    /// The texts that a person sees.
    pub(crate) fn texts(&self, who: usize) -> Vec<String> {
        let engine = &self.people[who].engine;
        let rows = match who {
            VERA => engine.visitor_rows(),
            _ => {
                let id = self.server.id();
                id.and_then(|id| engine.timeline(id))
                    .map_or_else(Vec::new, deskbell_engine::Timeline::rows)
            }
        };
        let texts = rows.into_iter().filter_map(|row| match row.body {
            deskbell_protocol::Body::Text { text } => Some(text),
            _ => None,
        });
        texts.collect()
    }

    pub(crate) fn open_next_page(&mut self) {
        self.drop_socket(VERA);
        let vera = &mut self.people[VERA];
        let newest_visible = vera.newest_visible;
        let before = std::mem::replace(&mut vera.engine, Engine::new(Side::Visitor));
        (vera.tick_at, vera.receipt_at) = (None, None);
        self.input(VERA, Input::Online);
        self.input(VERA, Input::Action(Action::Restore(before.unsent_texts())));
        self.set_newest_visible(VERA, newest_visible);
    }

    pub(crate) fn advance_clock(&mut self, ms: i64) {
        self.now += ms;
        for who in [VERA, ADA] {
            if self.people[who].tick_at.is_some_and(|at| at <= self.now) {
                self.people[who].tick_at = None;
                self.input(who, Input::Tick);
            }
        }
    }

    /// Delivers everything and advances the clock until nothing happens any more.
    pub(crate) fn recover(&mut self) {
        self.server.failures = 0;
        self.server.floods = 0;
        self.act_on_conversation(ADA, Action::Open);
        for _ in 0..200 {
            while self
                .people
                .iter()
                .any(|person| !person.up.is_empty() || !person.down.is_empty())
            {
                for who in [VERA, ADA] {
                    self.deliver_to_server(who);
                    self.deliver_to_client(who);
                }
            }
            // Opens it again, in case the conversation has started only now.
            self.act_on_conversation(ADA, Action::Open);
            self.advance_clock(500);
        }
        for who in [VERA, ADA] {
            while !self.people[who].up.is_empty() || !self.people[who].down.is_empty() {
                self.deliver_to_server(who);
                self.deliver_to_client(who);
            }
            assert_eq!(*self.people[who].engine.connection(), Connection::Live);
        }
    }

    /// A new client, which loads everything from the server.
    pub(crate) fn load_fresh(&self, who: usize) -> Engine {
        let mut engine = Engine::new(self.people[who].side);
        let mut session = Session::default();
        let mut copy = self.server.clone();
        let mut inputs = VecDeque::from([Input::Online]);
        if who == ADA {
            inputs.push_front(Input::Action(Action::FollowInbox));
            inputs.push_front(Input::Action(Action::Open(
                self.server.id().expect("the model is consistent"),
            )));
        }
        while let Some(input) = inputs.pop_front() {
            for effect in engine.handle(input, self.now, &mut || [9; 10]) {
                match effect {
                    Effect::Connect => inputs.push_back(Input::Opened),
                    Effect::Transmit(frame) => {
                        let reply = copy
                            .handle(&principal(who), &mut session, frame.command, self.now)
                            .reply;
                        let frame = ServerFrame {
                            reply_to: Some(frame.id),
                            event: reply,
                        };
                        inputs.push_back(Input::Frame(frame));
                    }
                    _ => {}
                }
            }
        }
        engine
    }

    pub(crate) fn is_by(&self, message: &Message, who: usize) -> bool {
        match message.sender {
            Sender::Visitor { .. } => who == VERA,
            Sender::Agent { .. } => who == ADA,
            Sender::System | Sender::Unknown => false,
        }
    }

    fn drop_socket(&mut self, who: usize) {
        let person = &mut self.people[who];
        person.is_open = false;
        person.session = Session::default();
        person.up.clear();
        person.down.clear();
    }

    fn input(&mut self, who: usize, input: Input) {
        let is_leaving = matches!(input, Input::Action(Action::Leave(_)));
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let rng_state = &mut self.rng_state;
            let mut random = || {
                *rng_state = rng_state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let [a, b, c, d, e, f, g, h] = rng_state.to_le_bytes();
                [a, b, c, d, e, f, g, h, a, b]
            };
            let effects = self.people[who].engine.handle(input, self.now, &mut random);
            for effect in effects {
                match effect {
                    Effect::Transmit(frame) => {
                        assert!(self.people[who].is_open, "sent without a socket");
                        if let Command::Receipt { .. } = frame.command {
                            let before = self.people[who].receipt_at.replace(self.now);
                            let is_rare = before.is_none_or(|at| self.now - at >= 1_000);
                            assert!(is_rare || is_leaving, "receipts come too often");
                        }
                        self.people[who].up.push_back(frame);
                    }
                    Effect::Connect | Effect::Renew => {
                        self.drop_socket(who);
                        self.people[who].is_open = true;
                        inputs.push_back(Input::Opened);
                    }
                    Effect::Disconnect => self.drop_socket(who),
                    Effect::TickAt(at) => self.people[who].tick_at = Some(at),
                    Effect::Changed(_)
                    | Effect::Refused { .. }
                    | Effect::RenewToken
                    | Effect::NoteSaved { .. }
                    | Effect::Notified(_)
                    | Effect::NotificationsChanged => {}
                }
            }
        }
    }
}
