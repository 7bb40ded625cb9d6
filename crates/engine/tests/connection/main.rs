//! The engine on one connection: tokens, reconnects and commands, one rule per test.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

mod commands;
mod reconnecting;
mod tokens;

use deskbell_engine::{Action, Effect, Engine, Input, Side};
use deskbell_protocol::{
    Command, ConnectionId, Conversation, ConversationId, ErrorBody, ErrorCode, Event, LEVEL,
    Principal, Queue, Role, ServerFrame, SiteId, SiteView, Status, UserId, VisitorId, VisitorView,
    WorkspaceId,
};

/// Ada's engine, with a clock and predictable random numbers.
pub(crate) struct Ada {
    pub(crate) engine: Engine,
    pub(crate) now: i64,
    rolls: u8,
}

impl Ada {
    pub(crate) fn new() -> Self {
        Self {
            engine: Engine::new(Side::Agent),
            now: 1_000_000,
            rolls: 0,
        }
    }

    pub(crate) fn live() -> Self {
        let mut ada = Self::new();
        ada.handle(Input::Online);
        ada.welcome();
        ada
    }

    pub(crate) fn handle(&mut self, input: Input) -> Vec<Effect> {
        let rolls = &mut self.rolls;
        self.engine.handle(input, self.now, &mut || {
            *rolls += 1;
            [*rolls; 10]
        })
    }

    pub(crate) fn event(&mut self, reply_to: Option<u32>, event: Event) -> Vec<Effect> {
        self.handle(Input::Frame(ServerFrame { reply_to, event }))
    }

    pub(crate) fn act(&mut self, action: Action) -> Vec<Effect> {
        self.handle(Input::Action(action))
    }

    pub(crate) fn close(&mut self, code: u16) -> Vec<Effect> {
        self.handle(Input::Closed { code: Some(code) })
    }

    pub(crate) fn welcome(&mut self) -> Vec<Effect> {
        self.welcome_at(self.now)
    }

    /// Welcomes Ada when the server's clock shows this time.
    pub(crate) fn welcome_at(&mut self, server_now: i64) -> Vec<Effect> {
        let ada = Principal::Agent {
            user_id: UserId::from_parts(1, [1; 10]),
            workspace_id: WorkspaceId::from_parts(1, [2; 10]),
            role: Role::Agent,
            name: "Ada".to_owned(),
        };
        self.welcome_with(ada, server_now)
    }

    pub(crate) fn welcome_as(&mut self, you: Principal) -> Vec<Effect> {
        self.welcome_with(you, self.now)
    }

    pub(crate) fn welcome_with(&mut self, you: Principal, now: i64) -> Vec<Effect> {
        self.handle(Input::Opened);
        let session_id = ConnectionId::from_parts(1, [3; 10]);
        let (level, heartbeat_ms) = (LEVEL, 25_000);
        let conversation = None;
        let welcome = Event::Welcome {
            level,
            session_id,
            you,
            now,
            heartbeat_ms,
            conversation,
            team_online: None,
            past: Vec::new(),
        };
        self.event(None, welcome)
    }

    /// Advances the clock and ticks.
    pub(crate) fn tick(&mut self, ms: i64) -> Vec<Effect> {
        self.now += ms;
        self.handle(Input::Tick)
    }
}

pub(crate) fn id() -> ConversationId {
    ConversationId::from_parts(1, [4; 10])
}

pub(crate) fn conversation(revision: i64, status: Status) -> Conversation {
    Conversation {
        id: id(),
        revision,
        status,
        site: SiteView {
            id: SiteId::from_parts(1, [5; 10]),
            name: "Shop".to_owned(),
        },
        visitor: VisitorView {
            id: VisitorId::from_parts(1, [6; 10]),
            name: "Vera".to_owned(),
            verified: false,
        },
        assignee: None,
        last_seq: 0,
        preview: String::new(),
        preview_by_agent: false,
        last_message_at: 1,
        waiting_since: Some(1),
        created_at: 1,
        visitor_texts: 0,
        attributes: Default::default(),
    }
}

/// The command in the effects, with its number.
pub(crate) fn command(effects: &[Effect]) -> Option<(u32, Command)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Transmit(frame) => Some((frame.id, frame.command.clone())),
        _ => None,
    })
}

pub(crate) fn error(code: ErrorCode) -> ErrorBody {
    ErrorBody::new(code, "No.")
}

pub(crate) fn inbox(conversations: Vec<Conversation>) -> Event {
    Event::Inbox {
        conversations,
        position: 7,
        queue: Queue::default(),
        next_cursor: None,
    }
}
