//! Assignment: what a client assumes about the assignee when it sends, and what a visitor is shown.

use deskbell_engine::{Action, Effect, Engine, Input, Side};
use deskbell_protocol::{
    AgentView, Command, ConnectionId, Conversation, ConversationId, ErrorBody, ErrorCode, Event,
    LEVEL, Principal, Role, ServerFrame, SiteId, SiteView, Status, UserId, VisitorId, VisitorView,
    WorkspaceId,
};

struct Client {
    engine: Engine,
    rolls: u8,
}

impl Client {
    fn connecting(side: Side) -> Self {
        let mut client = Self {
            engine: Engine::new(side),
            rolls: 0,
        };
        client.input(Input::Online);
        client
    }

    fn input(&mut self, input: Input) -> Vec<Command> {
        let rolls = &mut self.rolls;
        let effects = self.engine.handle(input, 1_000_000, &mut || {
            *rolls += 1;
            [*rolls; 10]
        });
        let sent = effects.into_iter().filter_map(|effect| match effect {
            Effect::Transmit(frame) => Some(frame.command),
            _ => None,
        });
        sent.collect()
    }

    fn receive(&mut self, reply_to: Option<u32>, event: Event) -> Vec<Command> {
        self.input(Input::Frame(ServerFrame { reply_to, event }))
    }

    fn welcome(&mut self, you: Principal, past: Vec<Conversation>) -> Vec<Command> {
        self.input(Input::Opened);
        let welcome = Event::Welcome {
            level: LEVEL,
            session_id: ConnectionId::from_parts(1, [3; 10]),
            you,
            now: 1_000_000,
            heartbeat_ms: 25_000,
            conversation: None,
            team_online: None,
            past,
        };
        self.receive(None, welcome)
    }
}

fn workspace() -> WorkspaceId {
    WorkspaceId::from_parts(1, [2; 10])
}

fn ada() -> Principal {
    Principal::Agent {
        user_id: UserId::from_parts(1, [1; 10]),
        workspace_id: workspace(),
        role: Role::Agent,
        name: "Ada".to_owned(),
    }
}

fn vera() -> Principal {
    Principal::Visitor {
        visitor_id: VisitorId::from_parts(1, [6; 10]),
        site_id: SiteId::from_parts(1, [5; 10]),
        workspace_id: workspace(),
        name: "Vera".to_owned(),
    }
}

fn ben() -> AgentView {
    AgentView {
        id: UserId::from_parts(1, [7; 10]),
        name: "Ben".to_owned(),
    }
}

fn id() -> ConversationId {
    ConversationId::from_parts(1, [4; 10])
}

fn conversation(revision: i64, status: Status, assignee: Option<AgentView>) -> Conversation {
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
        assignee,
        last_seq: 1,
        preview: String::new(),
        preview_by_agent: false,
        last_message_at: 1,
        waiting_since: None,
        created_at: 1,
        visitor_texts: 1,
        attributes: Default::default(),
    }
}

fn send(text: &str) -> Input {
    Input::Action(Action::Send {
        conversation_id: Some(id()),
        text: text.to_owned(),
    })
}

/// The assignee that each message names.
fn named(commands: &[Command]) -> Vec<Option<UserId>> {
    let named = commands.iter().filter_map(|command| match command {
        Command::Send { assignee, .. } => Some(*assignee),
        _ => None,
    });
    named.collect()
}

#[test]
fn a_message_names_the_assignee_that_the_agent_saw_or_was_informed_of() {
    let mut agent = Client::connecting(Side::Agent);
    agent.welcome(ada(), Vec::new());
    let waiting = conversation(1, Status::Waiting, None);
    agent.receive(
        None,
        Event::ConversationChanged {
            conversation: waiting,
        },
    );
    assert_eq!(named(&agent.input(send("Hi."))), [None]);
    let mut error = ErrorBody::new(ErrorCode::AlreadyClaimed, "Ben claimed this conversation.");
    error.winner = Some(ben());
    agent.receive(
        Some(1),
        Event::Error {
            error: error.clone(),
        },
    );
    agent.receive(Some(2), Event::Error { error });
    let timeline = agent.engine.timeline(id()).expect("it was written in");
    let failed = timeline.unsettled().next().expect("a text that failed");
    let failed = failed.key.client_id().expect("a text of ours");
    let again = agent.input(Input::Action(Action::Retry(failed)));
    assert_eq!(named(&again), [Some(ben().id)], "knowingly, this time");
    let bens = conversation(2, Status::Active, Some(ben()));
    agent.receive(None, Event::ConversationChanged { conversation: bens });
    agent.input(Input::Closed { code: None });
    agent.input(send("I can help, too."));
    agent.input(Input::Online);
    let resent = agent.welcome(ada(), Vec::new());
    assert_eq!(named(&resent), [Some(ben().id)]);
}

#[test]
fn a_closed_conversation_is_shown_until_the_visitor_dismisses_it() {
    let mut visitor = Client::connecting(Side::Visitor);
    let closed = conversation(3, Status::Closed, Some(ben()));
    let asked = visitor.welcome(vera(), vec![closed.clone()]);
    assert!(
        matches!(asked[..], [Command::Subscribe { conversation_id, .. }] if conversation_id == id()),
        "{asked:?}"
    );
    assert_eq!(visitor.engine.own_conversation(), Some(id()));
    visitor.input(Input::Action(Action::NewConversation));
    assert_eq!(visitor.engine.own_conversation(), None);
    visitor.input(Input::Closed { code: None });
    visitor.input(Input::Online);
    visitor.welcome(vera(), vec![closed]);
    assert_eq!(visitor.engine.own_conversation(), None, "it stays away");
}

#[test]
fn a_visitor_who_has_written_already_starts_a_new_conversation() {
    let mut visitor = Client::connecting(Side::Visitor);
    visitor.input(Input::Action(Action::Send {
        conversation_id: None,
        text: "Hello?".to_owned(),
    }));
    let closed = conversation(3, Status::Closed, Some(ben()));
    let asked = visitor.welcome(vera(), vec![closed]);
    assert!(matches!(asked[..], [Command::Start { .. }]), "{asked:?}");
}

#[test]
fn an_agent_is_absent_from_the_announcement_until_another_is_assigned() {
    let mut visitor = Client::connecting(Side::Visitor);
    visitor.welcome(vera(), Vec::new());
    let active = conversation(2, Status::Active, Some(ben()));
    visitor.receive(
        None,
        Event::ConversationChanged {
            conversation: active,
        },
    );
    let assignee_event = |online| Event::Assignee {
        conversation_id: id(),
        online,
    };
    assert!(!visitor.engine.is_agent_absent());
    visitor.receive(None, assignee_event(false));
    assert!(visitor.engine.is_agent_absent());
    visitor.receive(None, assignee_event(true));
    assert!(!visitor.engine.is_agent_absent());
    visitor.receive(None, assignee_event(false));
    let another = AgentView {
        id: UserId::from_parts(1, [8; 10]),
        name: "Cara".to_owned(),
    };
    let changed = conversation(3, Status::Active, Some(another));
    visitor.receive(
        None,
        Event::ConversationChanged {
            conversation: changed,
        },
    );
    assert!(
        !visitor.engine.is_agent_absent(),
        "Cara has just claimed it"
    );
}
