//! A plan: who takes part, what they do, and what goes wrong. All of it is data.

use deskbell_testkit::seeded_rng::SeededRng;
use serde::{Deserialize, Serialize};

/// What is to happen. The same plan always goes the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Decides what the steps leave open: ids, delays, how long a statement takes.
    pub seed: u64,
    /// Visitors of north.
    pub visitors: usize,
    /// Agents of north.
    pub agents: usize,
    /// Whether south, a workspace that nobody of north must notice, takes part: Sven and Stella.
    pub south: bool,
    /// Frames that a connection holds before its writer waits.
    pub pipe: usize,
    /// Deliveries that may wait for a session before it counts as too slow.
    pub mailbox: usize,
    /// A frame is under way for so long, in milliseconds: at least, at most.
    pub latency_ms: (u64, u64),
    /// One statement in so many takes time …
    pub slow_one_in: u64,
    /// … at most so much, in milliseconds.
    pub slow_ms: u64,
    /// One after the other.
    pub steps: Vec<Step>,
}

/// One thing that somebody does, or that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// This long after the step before, in milliseconds.
    pub wait_ms: u64,
    /// Whom it concerns, counted around.
    pub who: usize,
    /// Which of the things that could be meant, counted around.
    pub which: usize,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// See [`Step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Says so many texts: a visitor in their conversation or a new one, an agent in one they know.
    Say {
        count: usize,
    },
    Claim,
    Resolve,
    Reopen,
    Close,
    Open,
    Leave,
    LoadOlder,
    NewConversation,
    /// Sends a refused text again.
    Retry,
    /// Throws a text away.
    Discard,
    /// Opens a conversation of somebody else's, or one of another workspace.
    Pry,
    /// Forgets everything but the token.
    Reload,
    /// Says that the network is there, whether it was away or not.
    Hurry,
    /// Their network is away for so long.
    Away {
        ms: u64,
    },
    /// Their connection breaks.
    Cut {
        noticed: Noticed,
    },
    /// What they say arrives, what they are told is lost; after so long they notice.
    LoseAnswers {
        ms: u64,
    },
    /// What is said from now on, both ways, takes at least so long.
    Delay {
        ms: u64,
    },
    /// They read nothing for so long.
    Stall {
        ms: u64,
    },
    /// What they change next arrives twice.
    Repeat,
    /// The server ends so, and is back after so long.
    Restart {
        how: Restart,
        ms: u64,
    },
}

/// Who learns at once that a connection is broken; others find out by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noticed {
    ByBoth,
    ByClient,
    ByServer,
    ByNobody,
}

/// How a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// Everybody is told to come back.
    Stop,
    /// In the middle of everything; connections break.
    Crash,
    /// With its machine: nobody hears anything more.
    Vanish,
}

impl Plan {
    /// The plan of a seed.
    pub fn draw(seed: u64) -> Self {
        let mut rng = SeededRng::new(seed);
        let steps = 8 + rng.up_to(40);
        let visitors = 1 + rng.up_to(3);
        let agents = 1 + rng.up_to(2);
        // Calm plans and hectic ones.
        let pace_ms = [60, 300, 1_500][rng.up_to(2)];
        let trouble = 2 + rng.up_to(6);
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
                what: if rng.one_in(trouble as u64) {
                    What::draw_fault(&mut rng)
                } else {
                    What::draw_deed(&mut rng)
                },
            });
        }
        plan
    }
}

impl What {
    fn draw_deed(rng: &mut SeededRng) -> Self {
        match rng.up_to(39) {
            0..=17 => Self::Say { count: 1 },
            18..=19 => Self::Say {
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
            38 => Self::Pry,
            _ => Self::Hurry,
        }
    }

    fn draw_fault(rng: &mut SeededRng) -> Self {
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
