//! One connection: the frames in transit, and checks of the server's guarantees.

use std::collections::{BTreeMap, VecDeque};

use deskbell::simulation::{Client, ClientText, Outgoing};
use deskbell_protocol::{
    ClientFrame, Command, ConversationId, ErrorCode, Event, Position, Seq, ServerFrame,
};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

/// A frame that a session has sent, or `None` when the session has ended.
pub(crate) type Received = (usize, Option<Outgoing>);

pub(crate) struct Connection {
    pub(crate) who: usize,
    /// Sends to the session; `None` when the client has closed the connection.
    sender: Option<mpsc::Sender<ClientText>>,
    /// Frames in transit to the server.
    up: VecDeque<Up>,
    /// The arrival time of the last frame in transit, in each direction.
    pub(crate) up_last: u64,
    pub(crate) down_last: u64,
    /// Whether frames in transit arrive, in each direction.
    pub(crate) up_works: bool,
    pub(crate) down_works: bool,
    stall: watch::Sender<bool>,
    reader: AbortHandle,
    guarantees: Guarantees,
}

enum Up {
    Frame(ClientFrame),
    Close,
}

impl Connection {
    /// Creates the client's end of a connection; received frames go to `frames`.
    pub(crate) fn new(
        who: usize,
        number: usize,
        client: Client,
        frames: mpsc::UnboundedSender<Received>,
    ) -> Self {
        let (stall, stalled) = watch::channel(false);
        let reader = tokio::spawn(read(number, client.receiver, stalled, frames)).abort_handle();
        Self {
            who,
            sender: Some(client.sender),
            up: VecDeque::new(),
            up_last: 0,
            down_last: 0,
            up_works: true,
            down_works: true,
            stall,
            reader,
            guarantees: Guarantees::default(),
        }
    }

    pub(crate) fn queue(&mut self, frame: ClientFrame) {
        self.up.push_back(Up::Frame(frame));
    }

    pub(crate) fn queue_close(&mut self) {
        self.up.push_back(Up::Close);
    }

    /// Delivers the next frame to the server. Returns the frame, or `Err` if the pipe is full.
    pub(crate) fn deliver_next(&mut self) -> Result<Option<ClientFrame>, Full> {
        let Some(next) = self.up.pop_front() else {
            return Ok(None);
        };
        let frame = match next {
            Up::Frame(frame) if self.up_works => frame,
            Up::Frame(_) => return Ok(None),
            Up::Close => {
                if self.up_works {
                    self.break_at_server();
                }
                return Ok(None);
            }
        };
        let Some(sender) = &self.sender else {
            return Ok(None);
        };
        let text = serde_json::to_string(&frame).expect("our frames are plain JSON");
        match sender.try_send(text.into()) {
            Ok(()) => {
                self.guarantees.unanswered.push_back(frame.clone());
                Ok(Some(frame))
            }
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.up.push_front(Up::Frame(frame));
                Err(Full)
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Ok(None),
        }
    }

    /// Handles that the server detects a broken connection.
    pub(crate) fn break_at_server(&mut self) {
        self.sender = None;
        self.reader.abort();
    }

    pub(crate) fn stall(&self, stalled: bool) {
        self.stall.send_replace(stalled);
    }

    /// Checks a frame of the session against the guarantees.
    pub(crate) fn check_frame(&mut self, frame: &ServerFrame) -> Vec<String> {
        self.guarantees.check_frame(frame)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// The pipe is full.
pub(crate) struct Full;

async fn read(
    number: usize,
    mut receiver: mpsc::Receiver<Outgoing>,
    mut stalled: watch::Receiver<bool>,
    frames: mpsc::UnboundedSender<Received>,
) {
    loop {
        if stalled.wait_for(|stalled| !stalled).await.is_err() {
            return;
        }
        let outgoing = receiver.recv().await;
        let is_end = outgoing.is_none();
        if frames.send((number, outgoing)).is_err() || is_end {
            return;
        }
    }
}

/// The guarantees of a connection, see docs/protocol.md.
#[derive(Default)]
struct Guarantees {
    /// Delivered commands without an answer.
    unanswered: VecDeque<ClientFrame>,
    /// The last sequence number that was sent, for subscribed conversations that have caught up.
    cursors: BTreeMap<ConversationId, Seq>,
    /// The last position of the inbox that was sent.
    position: Option<Position>,
}

impl Guarantees {
    fn check_frame(&mut self, frame: &ServerFrame) -> Vec<String> {
        let mut wrong = Vec::new();
        match frame.reply_to {
            Some(id) => match self.unanswered.pop_front() {
                Some(sent) if sent.id == id => self.check_reply(&sent.command, frame, &mut wrong),
                other => wrong.push(format!("{id} was answered, not {other:?}")),
            },
            None => self.check_event(&frame.event, &mut wrong),
        }
        wrong
    }

    fn check_reply(&mut self, command: &Command, frame: &ServerFrame, wrong: &mut Vec<String>) {
        match (command, &frame.event) {
            (_, Event::Error { error }) if error.code == ErrorCode::Internal => {
                wrong.push(format!("something broke: {}", error.message));
            }
            (
                Command::Subscribe {
                    conversation_id: id,
                    after_seq,
                },
                Event::Subscribed {
                    conversation,
                    messages,
                    more,
                    ..
                },
            ) => {
                if conversation.id != *id {
                    wrong.push(format!("{id} was requested, not {}", conversation.id));
                }
                let numbers: Vec<_> = messages.iter().map(|message| message.seq).collect();
                let first =
                    after_seq.map_or_else(|| numbers.first().copied(), |after| Some(after + 1));
                let is_dense =
                    first.is_none_or(|first| (first..).zip(&numbers).all(|(a, b)| a == *b));
                if !is_dense {
                    wrong.push(format!("after {after_seq:?} came {numbers:?}"));
                }
                if after_seq.is_some() && *more {
                    self.cursors.remove(id);
                } else {
                    let last = numbers.last().copied().or(*after_seq).unwrap_or(0);
                    self.cursors.insert(*id, last);
                }
            }
            (
                Command::SubscribeInbox { .. },
                Event::Inbox { position, .. } | Event::InboxChanges { position, .. },
            ) => self.position = Some(*position),
            (Command::Unsubscribe { conversation_id }, Event::Done) => {
                self.cursors.remove(conversation_id);
            }
            _ => {}
        }
    }

    fn check_event(&mut self, event: &Event, wrong: &mut Vec<String>) {
        match event {
            Event::MessageCreated { message } => {
                match self.cursors.get_mut(&message.conversation_id) {
                    Some(cursor) if *cursor + 1 == message.seq => *cursor = message.seq,
                    cursor => wrong.push(format!(
                        "{} of conversation {} was sent after {cursor:?}",
                        message.seq, message.conversation_id
                    )),
                }
            }
            Event::InboxChanged { position, .. } => match &mut self.position {
                Some(before) if *before < *position => *before = *position,
                before => wrong.push(format!("inbox at {position} was sent after {before:?}")),
            },
            _ => {}
        }
    }
}
