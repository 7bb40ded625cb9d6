//! The engine driven by one tokio task.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbell_engine::{Action, Effect, Engine, Input, Side, Token};
use deskbell_protocol::{ClientFrame, CloseCode, ServerFrame, UnixMs};
use futures_util::future::BoxFuture;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::socket::{ConnectionClosed, Socket};
use crate::RenewError;
use crate::clock::Clock;

/// The capacity of a subscriber's queue of changes and refusals.
const CHANGES: usize = 1_024;
/// The timeout of a renewal.
const RENEW_TIMEOUT: Duration = Duration::from_secs(10);

/// A function that renews a token.
#[derive(Clone)]
pub struct Renew(Arc<dyn Fn() -> BoxFuture<'static, Result<Token, RenewError>> + Send + Sync>);

impl Renew {
    /// Wraps a function.
    pub fn new<F>(renew: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Token, RenewError>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(renew())))
    }

    async fn call(&self) -> Result<Token, RenewError> {
        let renewed = timeout(RENEW_TIMEOUT, (self.0)()).await;
        renewed.unwrap_or(Err(RenewError::Unreachable))
    }
}

impl fmt::Debug for Renew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renew")
    }
}

/// The address and the identity of a client.
#[derive(Clone, Debug)]
pub struct Config {
    /// `ws://`, the host, `/api/v1/socket`.
    pub url: String,
    /// Visitor or agent.
    pub side: Side,
    /// A visitor's token or an agent's access token, sent in `hello`.
    pub token: Option<Token>,
    /// Called when the token has to be renewed or has expired. Without it the client continues with
    /// the same token.
    pub renew: Option<Renew>,
    /// Headers of the upgrade request: a cookie, an origin.
    pub headers: Vec<(String, String)>,
}

/// A running client. Clones are the same client; with the last one it ends.
#[derive(Clone, Debug)]
pub struct Client(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
    commands: mpsc::UnboundedSender<DriverCommand>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    engine: Mutex<Engine>,
    /// The number of inputs that the engine has handled.
    inputs_handled: watch::Sender<u64>,
    changes: broadcast::Sender<Effect>,
}

#[derive(Debug)]
enum DriverCommand {
    Handle(Input),
    Disconnect,
    Reconnect,
}

/// The error of [`Client::wait_until`]: the condition did not hold in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the condition did not hold in time")
    }
}

impl std::error::Error for TimedOut {}

impl Client {
    /// Starts a client on the current runtime and connects; see [`Client::wait_until`].
    pub fn connect(config: Config) -> Self {
        let mut engine = Engine::new(config.side);
        engine.set_token(config.token.clone());
        let shared = Arc::new(Shared {
            engine: Mutex::new(engine),
            inputs_handled: watch::Sender::new(0),
            changes: broadcast::Sender::new(CHANGES),
        });
        let (commands, inbox) = mpsc::unbounded_channel();
        let driver = Driver::new(config, shared.clone(), inbox);
        let task = tokio::spawn(driver.run());
        Self(Arc::new(Handle {
            shared,
            commands,
            task,
        }))
    }

    /// Performs an action of the person.
    pub fn act(&self, action: Action) {
        self.send(DriverCommand::Handle(Input::Action(action)));
    }

    /// Reads the engine's state. The client waits meanwhile, so the closure must be short.
    pub fn with<T>(&self, read: impl FnOnce(&Engine) -> T) -> T {
        read(&self.0.shared.engine())
    }

    /// Subscribes to changes and refusals.
    pub fn changes(&self) -> broadcast::Receiver<Effect> {
        self.0.shared.changes.subscribe()
    }

    /// Waits until the condition holds.
    pub async fn wait_until(
        &self,
        holds: impl Fn(&Engine) -> bool,
        limit: Duration,
    ) -> Result<(), TimedOut> {
        let mut inputs_handled = self.0.shared.inputs_handled.subscribe();
        let wait = async {
            while !self.with(&holds) {
                if inputs_handled.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        timeout(limit, wait).await.map_err(|_| TimedOut)
    }

    /// Drops the connection without a close frame; none is opened before [`Client::reconnect`].
    pub fn disconnect(&self) {
        self.send(DriverCommand::Disconnect);
    }

    /// Allows connections again, and connects.
    pub fn reconnect(&self) {
        self.send(DriverCommand::Reconnect);
    }

    fn send(&self, command: DriverCommand) {
        // The task lives as long as this handle.
        let _ = self.0.commands.send(command);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task: drives the engine with a socket, a clock and random numbers.
struct Driver {
    config: Config,
    shared: Arc<Shared>,
    commands: mpsc::UnboundedReceiver<DriverCommand>,
    socket: Option<Socket>,
    tick_at: Option<UnixMs>,
    is_disconnected: bool,
    clock: Clock,
    started_at: Instant,
}

/// An effect of the engine that needs the socket or a new token.
enum SocketEffect {
    Send(ClientFrame),
    Open,
    RenewAndOpen,
    RenewToken,
    Drop,
}

impl Driver {
    fn new(
        config: Config,
        shared: Arc<Shared>,
        commands: mpsc::UnboundedReceiver<DriverCommand>,
    ) -> Self {
        Self {
            config,
            shared,
            commands,
            socket: None,
            tick_at: None,
            is_disconnected: false,
            clock: Clock::default(),
            started_at: Instant::now(),
        }
    }

    async fn run(mut self) {
        self.handle(Input::Online).await;
        loop {
            let deadline = self.tick_at.map(|at| self.instant(at));
            let input = tokio::select! {
                command = self.commands.recv() => match command {
                    None => return,
                    Some(command) => self.input_of(command),
                },
                frame = read(&mut self.socket) => Some(match frame {
                    Ok(frame) => Input::Frame(frame),
                    Err(closed) => {
                        self.socket = None;
                        Input::Closed { code: closed.code }
                    }
                }),
                () = wait_for(deadline) => {
                    self.tick_at = None;
                    Some(Input::Tick)
                }
            };
            if let Some(input) = input {
                self.handle(input).await;
            }
        }
    }

    fn input_of(&mut self, command: DriverCommand) -> Option<Input> {
        match command {
            DriverCommand::Handle(input) => Some(input),
            DriverCommand::Disconnect => {
                self.is_disconnected = true;
                self.socket.take().map(|_| Input::Closed { code: None })
            }
            DriverCommand::Reconnect => {
                self.is_disconnected = false;
                Some(Input::Online)
            }
        }
    }

    /// Passes an input to the engine, performs the effects, and handles the inputs that follow.
    async fn handle(&mut self, input: Input) {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            for effect in self.run_engine(input) {
                match effect {
                    SocketEffect::Send(frame) => {
                        if let Some(socket) = &mut self.socket
                            && socket.send(&frame).await.is_err()
                        {
                            // The close code, if there is one, is still to be read.
                            break;
                        }
                    }
                    SocketEffect::Drop => self.socket = None,
                    SocketEffect::Open => next = Some(self.open().await),
                    SocketEffect::RenewAndOpen => next = Some(self.renew_and_open().await),
                    SocketEffect::RenewToken => self.renew_token(),
                }
            }
        }
    }

    /// Runs the engine for one input. Returns the effects that need the socket or a token.
    fn run_engine(&mut self, input: Input) -> Vec<SocketEffect> {
        let effects = {
            let now = self.now();
            self.shared.engine().handle(input, now, &mut random)
        };
        let mut needed = Vec::new();
        for effect in effects {
            match effect {
                Effect::Transmit(frame) => needed.push(SocketEffect::Send(frame)),
                Effect::Connect => needed.push(SocketEffect::Open),
                Effect::Renew => needed.push(SocketEffect::RenewAndOpen),
                Effect::RenewToken => needed.push(SocketEffect::RenewToken),
                Effect::Disconnect => needed.push(SocketEffect::Drop),
                Effect::TickAt(at) => self.tick_at = Some(at),
                effect => {
                    // The others are for the program; there may be no subscriber.
                    let _ = self.shared.changes.send(effect);
                }
            }
        }
        self.shared
            .inputs_handled
            .send_modify(|inputs_handled| *inputs_handled += 1);
        needed
    }

    fn now(&mut self) -> UnixMs {
        let elapsed = self.started_at.elapsed().as_millis();
        let elapsed = i64::try_from(elapsed).unwrap_or(i64::MAX);
        self.clock.now(wall_clock(), elapsed)
    }

    fn instant(&mut self, at: UnixMs) -> Instant {
        let wait = u64::try_from(at - self.now()).unwrap_or(0);
        Instant::now() + Duration::from_millis(wait)
    }

    async fn renew_and_open(&mut self) -> Input {
        self.socket = None;
        let Some(renew) = self.config.renew.clone() else {
            return self.open().await;
        };
        match renew.call().await {
            Ok(token) => {
                self.shared.engine().set_token(Some(token));
                self.open().await
            }
            Err(RenewError::Rejected) => Input::Closed {
                code: Some(CloseCode::Unauthenticated.code()),
            },
            Err(RenewError::Unreachable) => Input::Closed { code: None },
        }
    }

    /// Renews the token in a task of its own; the connection stays. After a failure the engine requests
    /// it again.
    fn renew_token(&self) {
        let Some(renew) = self.config.renew.clone() else {
            return;
        };
        let shared = Arc::downgrade(&self.shared);
        tokio::spawn(async move {
            if let (Ok(token), Some(shared)) = (renew.call().await, shared.upgrade()) {
                shared.engine().set_token(Some(token));
            }
        });
    }

    async fn open(&mut self) -> Input {
        self.socket = None;
        if self.is_disconnected {
            return Input::Closed { code: None };
        }
        let headers = self.config.headers.iter();
        let headers: Vec<_> = headers.map(|(name, value)| (&**name, &**value)).collect();
        match timeout(
            Duration::from_secs(10),
            Socket::open(&self.config.url, &headers),
        )
        .await
        {
            Ok(Ok(socket)) => {
                self.socket = Some(socket);
                Input::Opened
            }
            Ok(Err(_)) | Err(_) => Input::Closed { code: None },
        }
    }
}

async fn read(socket: &mut Option<Socket>) -> Result<ServerFrame, ConnectionClosed> {
    match socket {
        Some(socket) => socket.receive().await,
        None => std::future::pending().await,
    }
}

async fn wait_for(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn wall_clock() -> UnixMs {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixMs::try_from(since.as_millis()).unwrap_or(UnixMs::MAX)
}

fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes
}
