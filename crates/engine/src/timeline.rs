//! The timeline of one conversation: the messages that were loaded, and the outbox.

use deskbell_protocol::{ClientMessageId, Message, Sender, Seq, UnixMs};

use crate::input::Side;
#[cfg(feature = "agent")]
use crate::notes::Notes;
use crate::outbox::Outbox;
use crate::receipts::ReceiptState;
use crate::row::Row;

/// Messages without a gap, the newest at the end, and the texts that are not saved yet.
#[derive(Debug, Default)]
pub struct Timeline {
    messages: Vec<Message>,
    pub(crate) outbox: Outbox,
    pub(crate) sync: Sync,
    /// Whether it is open, and therefore followed.
    pub(crate) open: bool,
    pub(crate) loading_older: bool,
    pub(crate) attempts: u32,
    loaded: bool,
    /// Whether the server has no message before the first one, whatever its number.
    at_beginning: bool,
    /// The highest number of any message that has arrived.
    highest_seq: Seq,
    /// The numbers of the last texts of the visitor and of an agent.
    last_texts: (Seq, Seq),
    pub(crate) receipt_state: ReceiptState,
    #[cfg(feature = "agent")]
    pub(crate) notes: Notes,
}

/// The state of the subscription to a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sync {
    /// Not subscribed.
    #[default]
    Off,
    /// Requested, with the messages that are missing.
    Requested,
    /// Subscribed, with all messages before.
    Live,
    /// Refused for the moment.
    Paused { until: UnixMs },
    /// Refused for good.
    Refused,
}

impl Sync {
    /// The end of a pause.
    fn due(self) -> Option<UnixMs> {
        match self {
            Self::Paused { until } => Some(until),
            _ => None,
        }
    }
}

/// The result of adding a message to a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// The timeline has it already.
    Known,
    /// It is the next one, and was added.
    Next,
    /// Others before it are missing.
    Gap,
    /// Another message has its number: the server was restored from a backup.
    Diverged,
}

impl Timeline {
    /// The rows that a person sees: saved messages in order, then unsent texts.
    pub fn rows(&self) -> Vec<Row> {
        self.messages
            .iter()
            .map(Row::saved)
            .chain(self.outbox.rows())
            .collect()
    }

    /// Our texts that are not among the messages yet: unsent, failed, or saved a moment ago.
    pub fn unsettled(&self) -> impl Iterator<Item = Row> {
        self.outbox.rows()
    }

    /// Whether the messages were loaded.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Whether there are messages before the first one here.
    pub fn has_older(&self) -> bool {
        !self.at_beginning && self.messages.first().is_some_and(|message| message.seq > 1)
    }

    /// Whether older messages are being loaded.
    pub fn is_loading_older(&self) -> bool {
        self.loading_older
    }

    /// The saved messages, in order, without a gap.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The number of the last message, from which a client resumes.
    pub fn last_seq(&self) -> Option<Seq> {
        self.messages.last().map(|message| message.seq)
    }

    /// The number of the last text of the other side.
    pub(crate) fn last_of_others(&self, side: Side) -> Seq {
        match side {
            Side::Visitor => self.last_texts.1,
            Side::Agent => self.last_texts.0,
        }
    }

    pub(crate) fn first_seq(&self) -> Option<Seq> {
        self.messages.first().map(|message| message.seq)
    }

    /// Whether messages are missing.
    pub(crate) fn has_gap(&self) -> bool {
        self.loaded && self.highest_seq > self.last_seq().unwrap_or(0)
    }

    /// Handles the answer that one of our texts was saved. If its number is not above the last one,
    /// its copy is here or on an older page, and the text is removed.
    pub(crate) fn acknowledge(&mut self, client_id: ClientMessageId, seq: Seq, at: UnixMs) -> bool {
        if self.loaded && seq <= self.last_seq().unwrap_or(0) {
            self.outbox.remove_saved(client_id)
        } else {
            self.outbox.acknowledge(client_id, seq, at)
        }
    }

    /// Adds a message if it is the next one.
    pub(crate) fn receive(&mut self, message: Message) -> Received {
        self.highest_seq = self.highest_seq.max(message.seq);
        let next = self.last_seq().unwrap_or(0) + 1;
        if !self.loaded || message.seq > next {
            if let Some(client_id) = message.client_id {
                self.outbox
                    .acknowledge(client_id, message.seq, message.created_at);
            }
            return Received::Gap;
        }
        let index = message.seq - self.first_seq().unwrap_or(next);
        let index = usize::try_from(index).ok();
        if let Some(existing) = index.and_then(|index| self.messages.get(index))
            && existing.id != message.id
        {
            return Received::Diverged;
        }
        self.remove_unsent(message.client_id);
        if message.seq < next {
            return Received::Known;
        }
        self.record_sender(&message);
        self.messages.push(message);
        Received::Next
    }

    /// Adds the newest page, or the messages after the last one. Returns false if the server's
    /// history is another one.
    pub(crate) fn catch_up(&mut self, messages: Vec<Message>) -> bool {
        if self.loaded {
            let mut messages = messages.into_iter();
            return messages.all(|message| self.receive(message) != Received::Diverged);
        }
        self.loaded = true;
        // Texts before the newest page count as received with it.
        let before = messages.first().map_or(0, |message| message.seq - 1);
        self.last_texts = (before, before);
        for message in &messages {
            self.remove_unsent(message.client_id);
            self.record_sender(message);
        }
        self.messages = messages;
        self.outbox.remove_saved_up_to(self.last_seq().unwrap_or(0));
        true
    }

    /// Discards all messages, which the server no longer has, and keeps the unsent texts.
    pub(crate) fn reset(&mut self) {
        let mut outbox = std::mem::take(&mut self.outbox);
        outbox.remove_sent();
        *self = Self {
            outbox,
            open: self.open,
            ..Self::default()
        };
    }

    /// Adds older messages if they end where ours begin.
    pub(crate) fn prepend(&mut self, mut older: Vec<Message>) {
        self.loading_older = false;
        let Some(first) = self.first_seq() else {
            return;
        };
        older.retain(|message| message.seq < first);
        match older.last() {
            None => self.at_beginning = true,
            Some(last) if last.seq + 1 == first => {
                for message in &older {
                    self.remove_unsent(message.client_id);
                }
                self.messages.splice(0..0, older);
            }
            Some(_) => {}
        }
    }

    /// Adds the texts that were written before the conversation was known.
    pub(crate) fn adopt(&mut self, texts: &mut Outbox) {
        self.outbox.append(texts);
        for index in 0..self.messages.len() {
            self.remove_unsent(self.messages[index].client_id);
        }
    }

    /// Pauses the subscription until that time.
    pub(crate) fn pause(&mut self, until: UnixMs) {
        self.sync = Sync::Paused { until };
        self.attempts += 1;
    }

    /// When a subscription that was refused for the moment is requested again.
    pub(crate) fn sync_due(&self) -> Option<UnixMs> {
        let messages = self.sync.due();
        #[cfg(feature = "agent")]
        let messages = [messages, self.notes.sync.due()]
            .into_iter()
            .flatten()
            .min();
        messages
    }

    /// Ends the subscriptions here, after the server has ended them.
    pub(crate) fn unsubscribe(&mut self) -> Sync {
        #[cfg(feature = "agent")]
        {
            self.notes.sync = Sync::Off;
        }
        std::mem::replace(&mut self.sync, Sync::Off)
    }

    /// Resets the subscription after a disconnect; returns whether a row changes.
    pub(crate) fn disconnected(&mut self) -> bool {
        self.unsubscribe();
        self.receipt_state.disconnected();
        let was_loading = std::mem::take(&mut self.loading_older);
        self.outbox.disconnected() || was_loading
    }

    fn record_sender(&mut self, message: &Message) {
        match message.sender {
            Sender::Visitor { .. } => self.last_texts.0 = message.seq,
            Sender::Agent { .. } => self.last_texts.1 = message.seq,
            Sender::System | Sender::Unknown => {}
        }
    }

    fn remove_unsent(&mut self, client_id: Option<ClientMessageId>) {
        if let Some(client_id) = client_id {
            self.outbox.remove_saved(client_id);
        }
    }
}
