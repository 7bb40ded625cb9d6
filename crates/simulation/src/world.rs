//! The world of a plan: the people, the network between them and the server, and the event queue.

mod server;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use deskbell::simulation::{Node, Outgoing};
use deskbell_client::{Action, Effect, Side};
use deskbell_engine::Input;
use deskbell_protocol::{ServerFrame, UnixMs};
use deskbell_store::Store;
use deskbell_testkit_checks::seeded_rng::SeededRng;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::connection::{Connection, Received};
use crate::db_oracle::DbOracle;
use crate::fixture::{Identity, Workspaces};
use crate::invariants;
use crate::person::Person;
use crate::plan::Plan;
use crate::sim_hooks::START;
use crate::trace::Trace;

/// The simulated time after the last step within which the view of every client must equal the
/// database.
const SETTLE_MS: u64 = 240_000;
/// How often the views are compared meanwhile.
const COMPARE_INTERVAL_MS: u64 = 4_000;
/// The retry delay when a pipe is full.
const FULL_MS: u64 = 5;

pub(crate) struct World<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) rng: SeededRng,
    start: Instant,
    store: Store,
    pub(crate) node: Option<Node>,
    /// The previous server, if it is stopping.
    stopping: Option<JoinHandle<()>>,
    pub(crate) people: Vec<Person>,
    pub(crate) connections: Vec<Connection>,
    /// The number of connection attempts of each person: events of an earlier attempt are ignored.
    attempts: Vec<usize>,
    queue: BTreeMap<(u64, u64), Event>,
    scheduled: u64,
    frames_sender: mpsc::UnboundedSender<Received>,
    frames: mpsc::UnboundedReceiver<Received>,
    oracle: DbOracle,
    workspaces: Workspaces,
    is_comparing: Rc<Cell<bool>>,
    pub(crate) trace: Trace,
    pub(crate) violations: Vec<String>,
}

/// An event at a simulated time.
pub(crate) enum Event {
    Step(usize),
    /// A frame arrives at the server.
    Up(usize),
    /// A frame arrives at the client.
    Down(usize, Down),
    /// A person's attempt to connect succeeds or fails.
    Connect(usize, usize),
    /// A person's engine has requested a tick at this time of its clock.
    Tick(usize, UnixMs),
    /// A person's network is available again.
    Return(usize),
    /// A person's client reads again.
    Unstall(usize),
    /// Both ends detect that a connection is broken.
    Notice(usize),
    /// A server is started in place of the previous one.
    Start,
}

pub(crate) enum Down {
    Frame(ServerFrame),
    /// The connection has ended, with this code if the server sent one.
    Closed(Option<u16>),
}

impl<'a> World<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        store: Store,
        workspaces: Workspaces,
        is_comparing: Rc<Cell<bool>>,
    ) -> Self {
        let (frames_sender, frames) = mpsc::unbounded_channel();
        let scopes = vec![
            workspaces.north.scope.clone(),
            workspaces.south.scope.clone(),
        ];
        let mut world = Self {
            plan,
            rng: SeededRng::new(plan.seed ^ 0x00f0_17a1),
            start: Instant::now(),
            oracle: DbOracle::new(store.clone(), scopes),
            store,
            node: None,
            stopping: None,
            people: Vec::new(),
            connections: Vec::new(),
            attempts: Vec::new(),
            queue: BTreeMap::new(),
            scheduled: 0,
            frames_sender,
            frames,
            workspaces,
            is_comparing,
            trace: Trace::default(),
            violations: Vec::new(),
        };
        world.start_node();
        world.add_people();
        world
    }

    fn add_people(&mut self) {
        let (north, south) = (self.workspaces.north.clone(), self.workspaces.south.clone());
        let visitors = north.visitors.into_iter().take(self.plan.visitors);
        for (number, identity) in visitors.enumerate() {
            self.add_person(&format!("vera {}", number + 1), identity);
        }
        let agents = north.agents.into_iter().take(self.plan.agents);
        for (identity, name) in agents.zip(["ada 1", "ben 1", "ada 2", "ben 2"]) {
            self.add_person(name, identity);
        }
        if self.plan.south {
            for (name, identity) in [("sven", &south.visitors), ("stella", &south.agents)] {
                self.add_person(name, identity[0].clone());
            }
        }
    }

    fn add_person(&mut self, name: &str, identity: Identity) {
        let rng = self.rng.split();
        self.people.push(Person::new(name, identity, rng));
        self.attempts.push(0);
        let who = self.people.len() - 1;
        self.load_page(who);
    }

    /// A person's page has loaded.
    pub(crate) fn load_page(&mut self, who: usize) {
        self.renew(who);
        if self.people[who].side() == Side::Agent {
            self.input(who, Input::Action(Action::FollowInbox));
        }
        self.input(who, Input::Online);
    }

    /// Runs the plan to its end, then until all views match or the timeout ends.
    pub(crate) async fn run(&mut self) -> Result<()> {
        let mut at = 0;
        for (number, step) in self.plan.steps.iter().enumerate() {
            at += step.wait_ms;
            self.schedule(at, Event::Step(number));
        }
        self.run_until(at).await?;
        self.end_faults();
        let deadline = self.now() + SETTLE_MS;
        loop {
            let differences = self.compare().await?;
            if differences.is_empty() || !self.violations.is_empty() {
                return Ok(());
            }
            if self.now() >= deadline {
                self.violations = differences;
                return Ok(());
            }
            self.run_until(self.now() + COMPARE_INTERVAL_MS).await?;
        }
    }

    /// Handles all events up to this time; ends early after a violation.
    async fn run_until(&mut self, end: u64) -> Result<()> {
        while self.violations.is_empty() {
            let next = self.queue.keys().next().map_or(u64::MAX, |(at, _)| *at);
            let next = next.min(end + 1);
            tokio::select! {
                biased;
                received = self.frames.recv() => {
                    if let Some((connection, outgoing)) = received {
                        self.handle_sent(connection, outgoing).await?;
                    }
                }
                () = sleep_until(self.start + Duration::from_millis(next)) => {
                    if next > end {
                        return Ok(());
                    }
                    if let Some((_, event)) = self.queue.pop_first() {
                        self.handle_event(event);
                    }
                }
            }
        }
        Ok(())
    }

    /// The simulated time since the start, in milliseconds.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The server's clock.
    pub(crate) fn clock(&self) -> UnixMs {
        START + UnixMs::try_from(self.now()).unwrap_or(0)
    }

    pub(crate) fn schedule(&mut self, at: u64, event: Event) {
        self.scheduled += 1;
        self.queue.insert((at, self.scheduled), event);
    }

    pub(crate) fn log(&mut self, what: impl Display) {
        let now = self.now();
        self.trace.add(now, what);
    }

    fn add_violations(&mut self, name: &str, wrong: Vec<String>) {
        for wrong in wrong {
            let wrong = format!("{name}: {wrong}");
            self.log(format_args!("VIOLATION {wrong}"));
            self.violations.push(wrong);
        }
    }

    /// The latency of the next frame.
    fn latency(&mut self) -> u64 {
        let latency = self.rng.millis(self.plan.latency_ms);
        u64::try_from(latency.as_millis()).unwrap_or(0)
    }

    fn handle_event(&mut self, event: Event) {
        match event {
            Event::Step(number) => self.run_step(number),
            Event::Up(connection) => self.deliver_to_server(connection),
            Event::Down(connection, down) => self.deliver_to_client(connection, down),
            Event::Connect(who, attempt) if self.attempts[who] == attempt => self.open(who),
            Event::Connect(..) => {}
            Event::Tick(who, at) => {
                if self.people[who].tick_at == Some(at) {
                    self.people[who].tick_at = None;
                    self.input(who, Input::Tick);
                }
            }
            Event::Return(who) => {
                self.people[who].is_away = false;
                self.input(who, Input::Online);
            }
            Event::Unstall(connection) => self.connections[connection].stall(false),
            Event::Notice(connection) => {
                self.connections[connection].break_at_server();
                self.notice(connection);
            }
            Event::Start => self.start_next(),
        }
    }

    /// Delivers a frame of the client.
    fn deliver_to_server(&mut self, number: usize) {
        match self.connections[number].deliver_next() {
            Ok(Some(frame)) => {
                let name = &self.people[self.connections[number].who].name;
                let arrived = format!("{name} → {number} {frame:?}");
                self.log(arrived);
            }
            Ok(None) => {}
            Err(_) => self.schedule(self.now() + FULL_MS, Event::Up(number)),
        }
    }

    /// Handles a frame that the server has sent.
    async fn handle_sent(&mut self, number: usize, outgoing: Option<Outgoing>) -> Result<()> {
        let who = self.connections[number].who;
        let down = match outgoing {
            Some(Outgoing::Frame(bytes)) => {
                let frame: ServerFrame = serde_json::from_slice(&bytes)?;
                let text = String::from_utf8_lossy(&bytes);
                let name = self.people[who].name.clone();
                self.log(format_args!("{name} ← {number} {text}"));
                let mut wrong = self.connections[number].check_frame(&frame);
                self.is_comparing.set(true);
                let identity = &self.people[who].identity;
                let wrong_in_database = self.oracle.check(&frame.event, identity).await;
                self.is_comparing.set(false);
                wrong.extend(wrong_in_database?);
                self.add_violations(&name, wrong);
                Down::Frame(frame)
            }
            Some(Outgoing::Close(code)) => Down::Closed(Some(code.code())),
            None => Down::Closed(None),
        };
        if self.connections[number].down_works {
            let at = (self.now() + self.latency()).max(self.connections[number].down_last);
            self.connections[number].down_last = at;
            self.schedule(at, Event::Down(number, down));
        }
        Ok(())
    }

    /// Delivers a frame of the server.
    fn deliver_to_client(&mut self, number: usize, down: Down) {
        let who = self.connections[number].who;
        if self.people[who].connection != Some(number) || !self.connections[number].down_works {
            return;
        }
        let input = match down {
            Down::Frame(frame) => Input::Frame(frame),
            Down::Closed(code) => {
                let name = &self.people[who].name;
                let closed = format!("{name} receives the close of {number}: {code:?}");
                self.log(closed);
                self.people[who].connection = None;
                self.connections[number].break_at_server();
                Input::Closed { code }
            }
        };
        self.input(who, input);
    }

    /// A client detects that its connection is broken.
    pub(crate) fn notice(&mut self, number: usize) {
        let who = self.connections[number].who;
        self.connections[number].down_works = false;
        if self.people[who].connection == Some(number) {
            self.people[who].connection = None;
            self.input(who, Input::Closed { code: None });
        }
    }

    /// Passes an input to a person's engine, and performs its effects.
    pub(crate) fn input(&mut self, who: usize, input: Input) {
        let now = self.clock();
        if let Input::Action(action) = &input {
            self.people[who].record_action(action);
        }
        let (effects, wrong) = self.people[who].handle(input, now);
        if !wrong.is_empty() {
            let name = self.people[who].name.clone();
            self.add_violations(&name, wrong);
        }
        for effect in effects {
            match effect {
                Effect::Transmit(frame) => {
                    let Some(number) = self.people[who].connection else {
                        continue;
                    };
                    let copies = self.people[who].copies(&frame.command);
                    for _ in 0..copies {
                        self.connections[number].queue(frame.clone());
                        self.send_up(number);
                    }
                }
                Effect::Connect => self.connect(who),
                Effect::Renew => {
                    self.renew(who);
                    self.connect(who);
                }
                Effect::Disconnect => {
                    self.attempts[who] += 1;
                    self.disconnect(who);
                }
                Effect::TickAt(at) => {
                    self.people[who].tick_at = Some(at);
                    let at_server = self.people[who].server_time(at) - START;
                    let at_server = u64::try_from(at_server).unwrap_or(0).max(self.now());
                    self.schedule(at_server, Event::Tick(who, at));
                }
                Effect::Refused {
                    action,
                    conversation_id,
                    error,
                } => {
                    let name = &self.people[who].name;
                    let why = error.message;
                    let refused = format!("{name}: {action} {conversation_id:?} is refused: {why}");
                    self.log(refused);
                }
                // The tokens of this world have no time of renewal.
                Effect::Changed(_)
                | Effect::RenewToken
                | Effect::NoteSaved { .. }
                | Effect::Notified(_)
                | Effect::NotificationsChanged => {}
            }
        }
    }

    fn send_up(&mut self, number: usize) {
        let at = (self.now() + self.latency()).max(self.connections[number].up_last);
        self.connections[number].up_last = at;
        self.schedule(at, Event::Up(number));
    }

    fn connect(&mut self, who: usize) {
        self.disconnect(who);
        self.attempts[who] += 1;
        let at = self.now() + self.latency();
        self.schedule(at, Event::Connect(who, self.attempts[who]));
    }

    /// Closes a person's connection; the server is notified after the latency.
    pub(crate) fn disconnect(&mut self, who: usize) {
        if let Some(number) = self.people[who].connection.take() {
            self.connections[number].down_works = false;
            self.connections[number].queue_close();
            self.send_up(number);
        }
    }

    fn open(&mut self, who: usize) {
        let node = self.node.as_mut().filter(|_| !self.people[who].is_away);
        let Some(node) = node else {
            return self.input(who, Input::Closed { code: None });
        };
        let Some(client) = node.connect(self.plan.pipe) else {
            return self.input(who, Input::Closed { code: None });
        };
        let number = self.connections.len();
        self.connections.push(Connection::new(
            who,
            number,
            client,
            self.frames_sender.clone(),
        ));
        self.people[who].connection = Some(number);
        let name = self.people[who].name.clone();
        self.log(format_args!("{name} has connection {number}"));
        self.input(who, Input::Opened);
    }

    /// Gives a person a valid token, even while there is no server: pages keep theirs.
    fn renew(&mut self, who: usize) {
        let person = &mut self.people[who];
        let token = match &person.identity {
            Identity::Visitor {
                id,
                site,
                workspace,
            } => Node::visitor_token(*id, *site, *workspace),
            Identity::Agent {
                id,
                session,
                workspace,
            } => Node::agent_token(*session, *id, *workspace),
        };
        person.engine.set_token(Some(token.into()));
    }

    /// Ends all faults. No client is notified: each detects it by itself.
    fn end_faults(&mut self) {
        self.log("no more faults from here on");
        for connection in &self.connections {
            connection.stall(false);
        }
    }

    async fn compare(&mut self) -> Result<Vec<String>> {
        self.is_comparing.set(true);
        let found = invariants::differences(&self.store, &self.workspaces, &self.people).await;
        self.is_comparing.set(false);
        found
    }
}
