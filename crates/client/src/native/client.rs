//! The engine driven by one tokio task.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbell_engine::{Action, Effect, Engine, Input, Side};
use deskbell_protocol::{ClientFrame, ServerFrame, UnixMs};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::socket::{Gone, Socket};
use crate::clock::Clock;

/// The capacity of a subscriber's queue of changes and refusals.
const CHANGES: usize = 1_024;

/// The address and the identity of a client.
#[derive(Clone, Debug)]
pub struct Config {
    /// `ws://`, the host, `/api/v1/socket`.
    pub url: String,
    /// Visitor or agent.
    pub side: Side,
    /// A visitor's token or an agent's access token, sent in `hello`.
    pub token: Option<String>,
    /// Headers of the upgrade request: a cookie, an origin.
    pub headers: Vec<(String, String)>,
}

/// A running client. Clones are the same client; with the last one it ends.
#[derive(Clone, Debug)]
pub struct Client(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
    orders: mpsc::UnboundedSender<Order>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    engine: Mutex<Engine>,
    /// The number of inputs that the engine has handled.
    turns: watch::Sender<u64>,
    changes: broadcast::Sender<Effect>,
}

#[derive(Debug)]
enum Order {
    Tell(Input),
    Cut,
    Heal,
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
            turns: watch::Sender::new(0),
            changes: broadcast::Sender::new(CHANGES),
        });
        let (orders, inbox) = mpsc::unbounded_channel();
        let driver = Driver::new(config, shared.clone(), inbox);
        let task = tokio::spawn(driver.run());
        Self(Arc::new(Handle {
            shared,
            orders,
            task,
        }))
    }

    /// Performs an action of the person.
    pub fn act(&self, action: Action) {
        self.order(Order::Tell(Input::Action(action)));
    }

    /// Reads the engine's state. The client waits meanwhile, so the closure must be short.
    pub fn with<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        look(&self.0.shared.engine())
    }

    /// Subscribes to changes and refusals.
    pub fn changes(&self) -> broadcast::Receiver<Effect> {
        self.0.shared.changes.subscribe()
    }

    /// Waits until the condition holds.
    pub async fn wait_until(
        &self,
        holds: impl Fn(&Engine) -> bool,
        patience: Duration,
    ) -> Result<(), TimedOut> {
        let mut turns = self.0.shared.turns.subscribe();
        let wait = async {
            while !self.with(&holds) {
                if turns.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        timeout(patience, wait).await.map_err(|_| TimedOut)
    }

    /// Drops the connection without a close frame; none is opened before [`Client::heal`].
    pub fn cut(&self) {
        self.order(Order::Cut);
    }

    /// Allows connections again, and connects.
    pub fn heal(&self) {
        self.order(Order::Heal);
    }

    fn order(&self, order: Order) {
        // The task lives as long as this handle.
        let _ = self.0.orders.send(order);
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
    orders: mpsc::UnboundedReceiver<Order>,
    socket: Option<Socket>,
    wake_at: Option<UnixMs>,
    is_cut: bool,
    clock: Clock,
    started_at: Instant,
}

/// An effect of the engine that needs the socket.
enum Need {
    Send(ClientFrame),
    Open,
    Drop,
}

impl Driver {
    fn new(config: Config, shared: Arc<Shared>, orders: mpsc::UnboundedReceiver<Order>) -> Self {
        Self {
            config,
            shared,
            orders,
            socket: None,
            wake_at: None,
            is_cut: false,
            clock: Clock::default(),
            started_at: Instant::now(),
        }
    }

    async fn run(mut self) {
        self.tell(Input::Online).await;
        loop {
            let alarm = self.wake_at.map(|at| self.instant(at));
            let input = tokio::select! {
                order = self.orders.recv() => match order {
                    None => return,
                    Some(order) => self.take(order),
                },
                frame = read(&mut self.socket) => Some(match frame {
                    Ok(frame) => Input::Frame(frame),
                    Err(gone) => {
                        self.socket = None;
                        Input::Closed { code: gone.code }
                    }
                }),
                () = ring(alarm) => {
                    self.wake_at = None;
                    Some(Input::Tick)
                }
            };
            if let Some(input) = input {
                self.tell(input).await;
            }
        }
    }

    fn take(&mut self, order: Order) -> Option<Input> {
        match order {
            Order::Tell(input) => Some(input),
            Order::Cut => {
                self.is_cut = true;
                self.socket.take().map(|_| Input::Closed { code: None })
            }
            Order::Heal => {
                self.is_cut = false;
                Some(Input::Online)
            }
        }
    }

    /// Gives an input to the engine, and those that follow from it.
    async fn tell(&mut self, input: Input) {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            for need in self.turn(input) {
                match need {
                    Need::Send(frame) => {
                        if let Some(socket) = &mut self.socket
                            && socket.send(&frame).await.is_err()
                        {
                            // The close code, if there is one, is still to be read.
                            break;
                        }
                    }
                    Need::Drop => self.socket = None,
                    Need::Open => next = Some(self.open().await),
                }
            }
        }
    }

    /// One turn of the engine.
    fn turn(&mut self, input: Input) -> Vec<Need> {
        let effects = {
            let now = self.now();
            self.shared.engine().handle(input, now, &mut random)
        };
        let mut needs = Vec::new();
        for effect in effects {
            match effect {
                Effect::Transmit(frame) => needs.push(Need::Send(frame)),
                // A program has a token that lasts, and no way to renew it.
                Effect::Connect | Effect::Renew => needs.push(Need::Open),
                Effect::Disconnect => needs.push(Need::Drop),
                Effect::TickAt(at) => self.wake_at = Some(at),
                Effect::Changed(_) | Effect::Refused { .. } => {
                    // There may be no subscriber.
                    let _ = self.shared.changes.send(effect);
                }
            }
        }
        self.shared.turns.send_modify(|turns| *turns += 1);
        needs
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

    async fn open(&mut self) -> Input {
        self.socket = None;
        if self.is_cut {
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

async fn read(socket: &mut Option<Socket>) -> Result<ServerFrame, Gone> {
    match socket {
        Some(socket) => socket.receive().await,
        None => std::future::pending().await,
    }
}

async fn ring(alarm: Option<Instant>) {
    match alarm {
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
