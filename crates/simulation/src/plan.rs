//! A plan: the participants, their actions and the faults, as data.

use deskbell_testkit_checks::seeded_rng::SeededRng;
use serde::{Deserialize, Serialize};

/// A plan. Running it again repeats it exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The seed of random values that the steps do not determine: ids, delays, the time of statements.
    pub seed: u64,
    /// Number of visitors of North.
    pub visitors: usize,
    /// Number of agents of North.
    pub agents: usize,
    /// Whether South takes part, with Sven and Stella; nothing of it may be visible in North.
    pub south: bool,
    /// The capacity of a connection, in frames.
    pub pipe: usize,
    /// The capacity of a mailbox, in deliveries.
    pub mailbox: usize,
    /// The shortest and the longest latency of a frame, in milliseconds.
    pub latency_ms: (u64, u64),
    /// One of this many statements is slow.
    pub slow_one_in: u64,
    /// The longest delay of a slow statement, in milliseconds.
    pub slow_ms: u64,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One action of a person, or one fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The delay after the previous step, in milliseconds.
    pub wait_ms: u64,
    /// The person, modulo the number of people.
    pub who: usize,
    /// Selects among the possible objects, modulo their number.
    pub which: usize,
    /// The action or the fault.
    #[serde(flatten)]
    pub kind: StepKind,
}

/// See [`Step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum StepKind {
    /// Sends this many texts: a visitor in their conversation or a new one, an agent in one they
    /// know.
    #[serde(rename = "say")]
    Send {
        count: usize,
    },
    Claim,
    /// Assigns a conversation to an agent, whom `which` selects.
    Assign,
    /// Returns a conversation to the queue.
    Release,
    /// Writes a note.
    Note,
    /// Snoozes a conversation for so long, or until a reply.
    Snooze {
        ms: Option<i64>,
    },
    /// Sets a priority, which `which` selects.
    SetPriority,
    Resolve,
    Reopen,
    Close,
    Open,
    Leave,
    LoadOlder,
    NewConversation,
    /// Retries a refused text.
    Retry,
    /// Discards a text.
    Discard,
    /// Opens a conversation of another visitor or of another workspace.
    #[serde(rename = "pry")]
    OpenForeign,
    /// Reloads the page: all state but the token is lost.
    Reload,
    /// Reports that the network is available, whether it was or not.
    #[serde(rename = "hurry")]
    ReportOnline,
    /// The network is unavailable for a while.
    Away {
        ms: u64,
    },
    /// The connection breaks.
    Cut {
        noticed: Noticed,
    },
    /// Commands arrive and their answers are lost; the client notices after a while.
    LoseAnswers {
        ms: u64,
    },
    /// Frames in both directions have at least this latency from now on.
    Delay {
        ms: u64,
    },
    /// The client does not read for a while.
    Stall {
        ms: u64,
    },
    /// The next command that changes something arrives twice.
    Repeat,
    /// The server ends in this way, and restarts after a while.
    Restart {
        how: Restart,
        ms: u64,
    },
}

/// Who learns at once that a connection is broken; the others detect it by a timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noticed {
    ByBoth,
    ByClient,
    ByServer,
    ByNobody,
}

/// The way in which a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// A graceful stop: clients are asked to reconnect.
    Stop,
    /// A crash of the process; connections break.
    Crash,
    /// A crash of the machine: clients get no notice.
    Vanish,
}

impl Plan {
    /// Generates the plan of a seed.
    pub fn from_seed(seed: u64) -> Self {
        let mut rng = SeededRng::new(seed);
        let steps = 8 + rng.up_to(40);
        let visitors = 1 + rng.up_to(3);
        let agents = 1 + rng.up_to(2);
        // Some plans are slow and some are fast.
        let pace_ms = [60, 300, 1_500][rng.up_to(2)];
        let fault_one_in = 2 + rng.up_to(6);
        let mut plan = Self {
            seed,
            visitors,
            agents,
            south: rng.one_in(3),
            pipe: [2, 8, 64][rng.up_to(2)],
            mailbox: [4, 32, 256][rng.up_to(2)],
            latency_ms: [(0, 3), (5, 60), (1, 400)][rng.up_to(2)],
            slow_one_in: [2, 6, 30][rng.up_to(2)],
            slow_ms: [3, 40, 200][rng.up_to(2)],
            steps: Vec::new(),
        };
        for _ in 0..steps {
            let long = match rng.up_to(149) {
                0 => 1_000_000,
                1..=5 => 90_000,
                _ => pace_ms,
            };
            plan.steps.push(Step {
                wait_ms: rng.next_u64() % (long + 1),
                who: rng.up_to(9),
                which: rng.up_to(9),
                kind: if rng.one_in(fault_one_in as u64) {
                    StepKind::random_fault(&mut rng)
                } else {
                    StepKind::random_action(&mut rng)
                },
            });
        }
        plan
    }
}

impl StepKind {
    fn random_action(rng: &mut SeededRng) -> Self {
        match rng.up_to(47) {
            0..=17 => Self::Send { count: 1 },
            18..=19 => Self::Send {
                count: 2 + rng.up_to(6),
            },
            20..=25 => Self::Claim,
            26..=27 => Self::Resolve,
            28 => Self::Reopen,
            29 => Self::Close,
            30..=32 => Self::Open,
            33 => Self::Leave,
            34 => Self::LoadOlder,
            35 => Self::NewConversation,
            36 => Self::Retry,
            37 => Self::Discard,
            38 => Self::OpenForeign,
            39..=41 => Self::Assign,
            42 => Self::Release,
            43 => Self::SetPriority,
            44..=45 => Self::Note,
            46 => Self::Snooze {
                ms: [None, Some(2_000), Some(60_000)][rng.up_to(2)],
            },
            _ => Self::ReportOnline,
        }
    }

    fn random_fault(rng: &mut SeededRng) -> Self {
        let ms = match rng.up_to(3) {
            0 => rng.next_u64() % 20_000,
            _ => rng.next_u64() % 1_000,
        };
        match rng.up_to(15) {
            0..=3 => Self::Cut {
                noticed: [
                    Noticed::ByBoth,
                    Noticed::ByClient,
                    Noticed::ByServer,
                    Noticed::ByNobody,
                ][rng.up_to(3)],
            },
            4..=5 => Self::LoseAnswers { ms },
            6 => Self::Away { ms },
            7..=8 => Self::Delay { ms },
            9..=10 => Self::Stall { ms },
            11..=12 => Self::Repeat,
            13 => Self::Reload,
            _ => Self::Restart {
                how: [
                    Restart::Stop,
                    Restart::Crash,
                    Restart::Crash,
                    Restart::Vanish,
                ][rng.up_to(3)],
                ms,
            },
        }
    }
}
