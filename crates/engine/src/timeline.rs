//! The messages of one conversation as far as this client holds them, and what it adds to them.

use deskbell_protocol::{ClientId, Message, Sender, Seq, UnixMs};

use crate::input::Side;
use crate::outbox::Outbox;
use crate::receipts::Reading;
use crate::row::Row;

/// A run of messages without a gap, newest at the end, and the texts that are not saved yet.
#[derive(Debug, Default)]
pub struct Timeline {
    messages: Vec<Message>,
    pub(crate) outbox: Outbox,
    pub(crate) sync: Sync,
    /// Somebody looks at it.
    pub(crate) open: bool,
    pub(crate) loading_older: bool,
    pub(crate) attempts: u32,
    loaded: bool,
    /// The server has nothing before the first message, whatever its number.
    at_beginning: bool,
    /// The highest place heard of.
    heard_of: Seq,
    /// The last text of the visitor, and of an agent, among the messages.
    last_texts: (Seq, Seq),
    pub(crate) reading: Reading,
}

/// Whether the server tells us what happens in a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sync {
    /// It does not.
    #[default]
    Off,
    /// We asked it to, and for what we missed.
    Asked,
    /// It does, and we hold everything before.
    Live,
    /// It refused for the moment.
    Paused { until: UnixMs },
    /// It refused for good.
    Refused,
}

/// What a message meant to a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Known already.
    Known,
    /// It is new, and stands.
    Next,
    /// Others before it are missing.
    Gap,
}

impl Timeline {
    /// What a person sees: saved messages by their place, then what is on its way or failed.
    pub fn rows(&self) -> Vec<Row> {
        self.messages
            .iter()
            .map(Row::saved)
            .chain(self.outbox.rows())
            .collect()
    }

    /// Our texts that are not among the messages yet: on their way, failed, or saved a moment ago.
    pub fn unsettled(&self) -> impl Iterator<Item = Row> {
        self.outbox.rows()
    }

    /// Whether the messages have come; until then there may be more than is seen.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Whether there are messages before the first one here.
    pub fn has_older(&self) -> bool {
        !self.at_beginning && self.messages.first().is_some_and(|message| message.seq > 1)
    }

    /// Whether older messages were asked for and are on their way.
    pub fn is_loading_older(&self) -> bool {
        self.loading_older
    }

    /// The saved messages, in order, without a gap.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The last message's place, from which a client that returns goes on.
    pub fn last_seq(&self) -> Option<Seq> {
        self.messages.last().map(|message| message.seq)
    }

    /// The last message that somebody on the other side wrote.
    pub(crate) fn last_of_others(&self, side: Side) -> Seq {
        match side {
            Side::Visitor => self.last_texts.1,
            Side::Agent => self.last_texts.0,
        }
    }

    pub(crate) fn first_seq(&self) -> Option<Seq> {
        self.messages.first().map(|message| message.seq)
    }

    /// Whether it lacks messages it has heard of.
    pub(crate) fn has_gap(&self) -> bool {
        self.loaded && self.heard_of > self.last_seq().unwrap_or(0)
    }

    /// The server saved one of our texts. If its place is not behind ours, its copy is here or
    /// on an older page, and the text is not ours to show any more.
    pub(crate) fn acknowledge(&mut self, client_id: ClientId, seq: Seq, at: UnixMs) -> bool {
        if self.loaded && seq <= self.last_seq().unwrap_or(0) {
            self.outbox.settle(client_id)
        } else {
            self.outbox.acknowledge(client_id, seq, at)
        }
    }

    /// Takes a message if it is the next one.
    pub(crate) fn receive(&mut self, message: Message) -> Fit {
        self.heard_of = self.heard_of.max(message.seq);
        let next = self.last_seq().unwrap_or(0) + 1;
        if !self.loaded || message.seq > next {
            if let Some(client_id) = message.client_id {
                self.outbox
                    .acknowledge(client_id, message.seq, message.created_at);
            }
            return Fit::Gap;
        }
        self.settle(message.client_id);
        if message.seq < next {
            return Fit::Known;
        }
        self.note(&message);
        self.messages.push(message);
        Fit::Next
    }

    /// Takes the newest page, or what follows the last message.
    pub(crate) fn catch_up(&mut self, messages: Vec<Message>) {
        if self.loaded {
            for message in messages {
                self.receive(message);
            }
            return;
        }
        self.loaded = true;
        // What stands before the newest page counts as had with it.
        let before = messages.first().map_or(0, |message| message.seq - 1);
        self.last_texts = (before, before);
        for message in &messages {
            self.settle(message.client_id);
            self.note(message);
        }
        self.messages = messages;
        self.outbox.settle_up_to(self.last_seq().unwrap_or(0));
    }

    /// Takes older messages if they end where ours begin.
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
                    self.settle(message.client_id);
                }
                self.messages.splice(0..0, older);
            }
            Some(_) => {}
        }
    }

    /// Takes over texts written before the conversation was known.
    pub(crate) fn adopt(&mut self, texts: &mut Outbox) {
        self.outbox.append(texts);
        for index in 0..self.messages.len() {
            self.settle(self.messages[index].client_id);
        }
    }

    /// The server could not tell us what we lack: asks again at that time.
    pub(crate) fn pause(&mut self, until: UnixMs) {
        self.sync = Sync::Paused { until };
        self.attempts += 1;
    }

    /// The connection is gone; says whether a row looks different now.
    pub(crate) fn disconnected(&mut self) -> bool {
        self.sync = Sync::Off;
        self.reading.disconnected();
        let was_loading = std::mem::take(&mut self.loading_older);
        self.outbox.disconnected() || was_loading
    }

    fn note(&mut self, message: &Message) {
        match message.sender {
            Sender::Visitor { .. } => self.last_texts.0 = message.seq,
            Sender::Agent { .. } => self.last_texts.1 = message.seq,
            Sender::System | Sender::Unknown => {}
        }
    }

    fn settle(&mut self, client_id: Option<ClientId>) {
        if let Some(client_id) = client_id {
            self.outbox.settle(client_id);
        }
    }
}
