//! The inbox under random histories: frames are skipped, repeated, lost with their connection, and
//! pages are read meanwhile. In the end the list equals the server's.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use std::collections::{BTreeMap, VecDeque};

use deskbell_engine::{Action, Connection, Effect, Engine, Input, Side};
use deskbell_protocol::api::conversations::Conversations;
use deskbell_protocol::{
    AgentView, ClientFrame, Command, ConnectionId, Conversation, ConversationId, Event, LEVEL,
    Position, Principal, Queue, Role, ServerFrame, SiteId, SiteView, Status, UserId, VisitorId,
    VisitorView, WorkspaceId,
};
use proptest::prelude::*;

/// Small, so that a few conversations exceed it.
const SNAPSHOT: usize = 4;
const PAGE: usize = 2;
const CONVERSATIONS: u8 = 9;

#[derive(Clone, Debug)]
enum Step {
    /// A conversation starts or changes.
    Change(u8, Status),
    /// The server handles a frame.
    DeliverToServer,
    /// The server sends the next change; a conversation that has changed again is sent in its
    /// newest state.
    PublishNext,
    /// Ada's client handles a frame.
    DeliverToClient,
    /// Ada's client handles a frame, which arrives once more later.
    Repeat,
    /// The head of a conversation that she has open arrives by another event.
    Head(u8),
    /// The connection breaks, and all frames in transit are lost.
    Cut,
    /// She scrolls to the end, which requests a page.
    RequestPage,
    /// The requested page arrives.
    Page,
}

fn step() -> impl Strategy<Value = Step> {
    let status = prop_oneof![
        Just(Status::Waiting),
        Just(Status::Active),
        Just(Status::Resolved),
        Just(Status::Closed),
    ];
    prop_oneof![
        8 => (0..CONVERSATIONS, status).prop_map(|(n, status)| Step::Change(n, status)),
        4 => Just(Step::DeliverToServer),
        8 => Just(Step::PublishNext),
        8 => Just(Step::DeliverToClient),
        2 => Just(Step::Repeat),
        1 => (0..CONVERSATIONS).prop_map(Step::Head),
        1 => Just(Step::Cut),
        2 => Just(Step::RequestPage),
        2 => Just(Step::Page),
    ]
}

/// The inbox of a server: the status and the position of each conversation.
#[derive(Default)]
struct Server {
    position: Position,
    heads: BTreeMap<ConversationId, (Position, Conversation)>,
}

impl Server {
    fn change(&mut self, n: u8, status: Status) {
        self.position += 1;
        let id = ConversationId::from_parts(i64::from(n) + 1, [n; 10]);
        let fresh = || (0, conversation(id));
        let (position, head) = self.heads.entry(id).or_insert_with(fresh);
        *position = self.position;
        head.revision += 1;
        head.last_message_at = self.position;
        head.status = status;
        head.assignee = (status == Status::Active).then(|| AgentView {
            id: UserId::from_parts(1, [n; 10]),
            name: "Ben".to_owned(),
        });
    }

    fn queue(&self) -> Queue {
        let count = |status| {
            let heads = self
                .heads
                .values()
                .filter(|(_, head)| head.status == status);
            i64::try_from(heads.count()).expect("a handful")
        };
        Queue {
            waiting: count(Status::Waiting),
            active: count(Status::Active),
            resolved: count(Status::Resolved),
        }
    }

    /// The changes after a position, in order.
    fn after(&self, after: Position) -> Vec<(Position, Conversation)> {
        let mut found: Vec<_> = self.heads.values().cloned().collect();
        found.retain(|(position, _)| *position > after);
        found.sort_by_key(|(position, _)| *position);
        found
    }

    /// The page after a cursor: first the conversations that have not changed since paging started,
    /// by id, then the others, by position.
    fn page(&self, snapshot_position: Position, section: Section, limit: usize) -> Conversations {
        let mut rows: Vec<(Section, Conversation)> = Vec::new();
        for (id, (position, head)) in &self.heads {
            if *position <= snapshot_position {
                rows.push((Section::Still(*id), head.clone()));
            }
        }
        for (position, head) in self.after(snapshot_position) {
            rows.push((Section::Changed(position), head));
        }
        rows.retain(|(at, _)| *at > section);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().map_or(section, |(at, _)| *at);
        Conversations {
            conversations: rows.into_iter().map(|(_, head)| head).collect(),
            seen: Vec::new(),
            next_cursor: has_more.then(|| last.cursor(snapshot_position)),
        }
    }

    fn follow(&self, after: Option<Position>) -> Event {
        let missed = after.map(|after| self.after(after));
        match missed.filter(|missed| missed.len() <= SNAPSHOT) {
            Some(missed) => Event::InboxChanges {
                conversations: missed.into_iter().map(|(_, head)| head).collect(),
                position: self.position,
                queue: self.queue(),
            },
            None => {
                let page = self.page(self.position, Section::Beginning, SNAPSHOT);
                Event::Inbox {
                    conversations: page.conversations,
                    position: self.position,
                    queue: self.queue(),
                    next_cursor: page.next_cursor,
                }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Beginning,
    Still(ConversationId),
    Changed(Position),
}

impl Section {
    fn cursor(self, snapshot_position: Position) -> String {
        match self {
            Self::Beginning => format!("{snapshot_position}"),
            Self::Still(id) => format!("{snapshot_position}/{id}"),
            Self::Changed(position) => format!("{snapshot_position}//{position}"),
        }
    }

    fn parse(cursor: &str) -> (Position, Self) {
        let number = |text: &str| text.parse().expect("a cursor of ours");
        match *cursor.split('/').collect::<Vec<_>>() {
            [begun, "", position] => (number(begun), Self::Changed(number(position))),
            [begun, id] => (
                number(begun),
                Self::Still(id.parse().expect("a cursor of ours")),
            ),
            _ => panic!("a cursor of ours, not {cursor}"),
        }
    }
}

struct World {
    server: Server,
    engine: Engine,
    is_open: bool,
    /// The position up to which the session has sent changes.
    cursor: Option<Position>,
    up: VecDeque<ClientFrame>,
    down: VecDeque<ServerFrame>,
    /// A page in transit, and the cursor of its request.
    page: Option<(String, Conversations)>,
    now: i64,
    tick_at: Option<i64>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            server: Server::default(),
            engine: Engine::new(Side::Agent),
            is_open: false,
            cursor: None,
            up: VecDeque::new(),
            down: VecDeque::new(),
            page: None,
            now: 1_000_000,
            tick_at: None,
        };
        world.input(Input::Action(Action::FollowInbox));
        world.input(Input::Online);
        world
    }

    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Change(n, status) => self.server.change(n, status),
            Step::DeliverToServer => self.deliver_to_server(),
            Step::PublishNext => self.publish_next(),
            Step::DeliverToClient => {
                if let Some(frame) = self.down.pop_front() {
                    self.input(Input::Frame(frame));
                }
            }
            Step::Repeat => {
                if let Some(frame) = self.down.front().cloned() {
                    self.input(Input::Frame(frame));
                }
            }
            Step::Head(n) => {
                if let Some((_, head)) = self.server.heads.values().nth(usize::from(n))
                    && self.cursor.is_some()
                {
                    let conversation = head.clone();
                    self.send(None, Event::ConversationChanged { conversation });
                }
            }
            Step::Cut => {
                self.drop_socket();
                self.input(Input::Closed { code: Some(1006) });
            }
            Step::RequestPage => {
                if let Some(cursor) = self.engine.inbox().next_cursor() {
                    let (snapshot_position, section) = Section::parse(cursor);
                    let page = self.server.page(snapshot_position, section, PAGE);
                    self.page = Some((cursor.to_owned(), page));
                }
            }
            Step::Page => {
                if let Some((cursor, page)) = self.page.take() {
                    self.input(Input::Action(Action::ListMore { cursor, page }));
                }
            }
        }
    }

    fn deliver_to_server(&mut self) {
        let Some(frame) = self.up.pop_front() else {
            return;
        };
        let reply = match frame.command {
            Command::Hello { .. } => welcome(),
            Command::SubscribeInbox { after } => {
                self.cursor = Some(self.server.position);
                self.server.follow(after)
            }
            Command::Ping => Event::Pong,
            other => panic!("{other:?} is not expected here"),
        };
        self.send(Some(frame.id), reply);
    }

    fn publish_next(&mut self) {
        let Some(at) = self.cursor else {
            return;
        };
        let queue = self.server.queue();
        if let Some((position, conversation)) = self.server.after(at).into_iter().next() {
            self.cursor = Some(position);
            let event = Event::InboxChanged {
                position,
                queue,
                conversation,
            };
            self.send(None, event);
        }
    }

    fn send(&mut self, reply_to: Option<u32>, event: Event) {
        self.down.push_back(ServerFrame { reply_to, event });
    }

    /// Delivers everything and reads the list to its end.
    fn recover(&mut self) {
        for _ in 0..100 {
            self.now += 60_000;
            if self.tick_at.is_some_and(|at| at <= self.now) {
                self.tick_at = None;
                self.input(Input::Tick);
            }
            while !self.up.is_empty() || !self.down.is_empty() {
                self.apply(&Step::DeliverToServer);
                self.apply(&Step::DeliverToClient);
            }
            self.apply(&Step::PublishNext);
            self.apply(&Step::DeliverToClient);
        }
        assert_eq!(*self.engine.connection(), Connection::Live);
    }

    fn drop_socket(&mut self) {
        self.is_open = false;
        self.cursor = None;
        self.up.clear();
        self.down.clear();
    }

    fn input(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for effect in self.engine.handle(input, self.now, &mut || [7; 10]) {
                match effect {
                    Effect::Transmit(frame) => {
                        assert!(self.is_open, "sent without a socket");
                        self.up.push_back(frame);
                    }
                    Effect::Connect | Effect::Renew => {
                        self.drop_socket();
                        self.is_open = true;
                        inputs.push_back(Input::Opened);
                    }
                    Effect::Disconnect => self.drop_socket(),
                    Effect::TickAt(at) => self.tick_at = Some(at),
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn after_any_history_the_inbox_is_that_of_the_server(
        steps in prop::collection::vec(step(), 0..120),
    ) {
        let mut world = World::new();
        let mut before = None;
        for step in &steps {
            world.apply(step);
            let now = world.engine.inbox().position();
            prop_assert!(before <= now, "the inbox goes forward");
            before = now;
        }
        world.recover();
        let inbox = world.engine.inbox();
        prop_assert_eq!(inbox.position(), Some(world.server.position));
        prop_assert_eq!(inbox.queue(), world.server.queue());
        // Every row of the list is correct, even before the list is complete.
        for row in inbox.rows() {
            prop_assert_eq!(row, &world.server.heads[&row.id].1);
        }
        world.page = None;
        while world.engine.inbox().next_cursor().is_some() {
            world.apply(&Step::RequestPage);
            world.apply(&Step::Page);
        }
        let mut rows: Vec<_> = world.engine.inbox().rows().into_iter().cloned().collect();
        rows.sort_by_key(|row| row.id);
        let heads: Vec<_> = world.server.heads.values().map(|(_, head)| head.clone()).collect();
        prop_assert_eq!(rows, heads);
    }
}

#[test]
fn a_reconnect_requests_the_changes_since_the_last_position() {
    let mut world = World::new();
    let all = [
        Step::DeliverToServer,
        Step::DeliverToClient,
        Step::DeliverToServer,
        Step::DeliverToClient,
    ];
    all.iter().for_each(|step| world.apply(step));
    world.apply(&Step::Change(1, Status::Waiting));
    world.apply(&Step::PublishNext);
    world.apply(&Step::DeliverToClient);
    world.apply(&Step::Cut);
    world.recover();
    world.apply(&Step::Change(1, Status::Active));
    world.apply(&Step::Cut);
    world.now += 60_000;
    world.input(Input::Tick);
    world.apply(&Step::DeliverToServer);
    world.apply(&Step::DeliverToClient);
    let asked = world.up.front().map(|frame| &frame.command);
    assert_eq!(asked, Some(&Command::SubscribeInbox { after: Some(1) }));
    // Until the answer arrives, the list stays as it was.
    assert!(world.engine.inbox().is_loaded());
    assert_eq!(world.engine.inbox().rows()[0].status, Status::Waiting);
}

fn welcome() -> Event {
    Event::Welcome {
        level: LEVEL,
        session_id: ConnectionId::from_parts(1, [3; 10]),
        you: Principal::Agent {
            user_id: UserId::from_parts(1, [1; 10]),
            workspace_id: WorkspaceId::from_parts(1, [2; 10]),
            role: Role::Agent,
            name: "Ada".to_owned(),
        },
        now: 1_000_000,
        heartbeat_ms: 25_000,
        conversation: None,
        team_online: None,
        past: Vec::new(),
    }
}

fn conversation(id: ConversationId) -> Conversation {
    Conversation {
        id,
        revision: 0,
        status: Status::Waiting,
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
