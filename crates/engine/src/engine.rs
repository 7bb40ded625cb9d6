//! The engine: takes inputs, keeps the state, answers with effects.

mod actions;
mod attention;
#[cfg(feature = "agent")]
mod colleagues;
mod frames;
mod lifecycle;
mod turn;

use deskbell_protocol::{
    ClientId, Command, Conversation, ConversationId, Principal, Sender, UnixMs, UserId, VisitorId,
};

use crate::connection::{Connection, Link};
use crate::effect::{Change, Effect};
use crate::inbox::Inbox;
use crate::input::{Input, Side};
use crate::outbox::{Outbox, Outgoing, Waiting};
#[cfg(feature = "agent")]
use crate::presence::Presence;
use crate::requests::{Asked, Requests};
use crate::row::Row;
use crate::timeline::{Sync, Timeline};
use crate::timelines::Timelines;
use crate::typing::Typing;
use turn::Turn;

/// Everything one client knows. It lives as long as the page or the program, through any number
/// of connections.
#[derive(Debug)]
pub struct Engine {
    side: Side,
    token: Option<String>,
    link: Link,
    requests: Requests,
    principal: Option<Principal>,
    inbox: Inbox,
    timelines: Timelines,
    /// Visitor: the current conversation.
    own: Option<ConversationId>,
    /// Visitor: texts written while there is no conversation.
    draft: Outbox,
    typing: Typing,
    /// The newest message of what is open is before somebody's eyes.
    looking: bool,
    /// Visitor: the closed conversation that was put away for a new one.
    put_away: Option<ConversationId>,
    /// Visitor: the agent who was said to be out of reach, and of which conversation.
    absent: Option<(ConversationId, UserId)>,
    /// Visitor: an agent can be reached.
    team_online: Option<bool>,
    #[cfg(feature = "agent")]
    presence: Presence,
    /// The time the outside was asked to wake us.
    wake_at: Option<UnixMs>,
}

impl Engine {
    /// An engine that knows nothing and waits for [`Input::Online`].
    pub fn new(side: Side) -> Self {
        Self {
            side,
            token: None,
            link: Link::new(),
            requests: Requests::default(),
            principal: None,
            inbox: Inbox::default(),
            timelines: Timelines::default(),
            own: None,
            draft: Outbox::default(),
            typing: Typing::default(),
            looking: false,
            put_away: None,
            absent: None,
            team_online: None,
            #[cfg(feature = "agent")]
            presence: Presence::default(),
            wake_at: None,
        }
    }

    /// The token said in every `hello` from now on; a browser's agent has none, but a cookie.
    pub fn set_token(&mut self, token: Option<String>) {
        self.token = token;
    }

    /// Takes one input at the time `now` (Unix milliseconds). `random` gives ten fresh random
    /// bytes each time it is asked.
    pub fn handle(
        &mut self,
        input: Input,
        now: UnixMs,
        random: &mut dyn FnMut() -> [u8; 10],
    ) -> Vec<Effect> {
        let mut turn = Turn::new(now, random);
        match input {
            Input::Opened => self.opened(&mut turn),
            Input::Frame(frame) => self.receive(frame, &mut turn),
            Input::Closed { code } => self.closed(code, &mut turn),
            Input::Action(action) => self.act(action, &mut turn),
            Input::Tick => self.tick(&mut turn),
            Input::Online => self.online(&mut turn),
        }
        self.attend(&mut turn);
        self.set_alarm(&mut turn);
        turn.effects
    }

    /// Where the connection stands.
    pub fn connection(&self) -> &Connection {
        self.link.state()
    }

    /// Whom the server takes us to be; `None` before the first `welcome`.
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// Agent: the list of conversations.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// The newest copy of a conversation, from wherever it came.
    pub fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.inbox.get(id)
    }

    /// The messages of a conversation that was opened or written to.
    pub fn timeline(&self, id: ConversationId) -> Option<&Timeline> {
        self.timelines.get(id)
    }

    /// Visitor: the current conversation, once there is one.
    pub fn own_conversation(&self) -> Option<ConversationId> {
        self.own
    }

    /// Visitor: whether the agent of the current conversation is out of reach.
    pub fn is_agent_absent(&self) -> bool {
        let own = self.own.and_then(|id| self.conversation(id));
        let agent = own.and_then(|own| Some((own.id, own.assignee.as_ref()?.id)));
        agent.is_some() && agent == self.absent
    }

    /// Visitor: what the thread shows, also while no conversation exists yet.
    pub fn visitor_rows(&self) -> Vec<Row> {
        match self.own.and_then(|id| self.timelines.get(id)) {
            Some(timeline) => timeline.rows(),
            None => self.draft.rows().collect(),
        }
    }

    /// The texts that the server has neither taken nor refused for good, each conversation's in its
    /// order; without a conversation, those that are to begin one. Whoever keeps them where they
    /// outlive this engine gives them to the next one with [`crate::Action::Restore`].
    pub fn waiting(&self) -> Vec<Waiting> {
        let mut waiting = Vec::new();
        self.draft.copy_waiting(None, &mut waiting);
        for (id, timeline) in self.timelines.iter() {
            timeline.outbox.copy_waiting(Some(id), &mut waiting);
        }
        waiting
    }

    /// Agent: the colleague to whom a conversation is assigned, as far as we know.
    fn colleague(&self, id: ConversationId) -> Option<UserId> {
        let Some(Principal::Agent { user_id, .. }) = &self.principal else {
            return None;
        };
        let assignee = self.conversation(id)?.assignee.as_ref()?.id;
        (assignee != *user_id).then_some(assignee)
    }

    /// Us, as the sender of a message.
    fn sender(&self) -> Sender {
        match (&self.principal, self.side) {
            (
                Some(Principal::Visitor {
                    visitor_id, name, ..
                }),
                _,
            ) => Sender::Visitor {
                id: *visitor_id,
                name: name.clone(),
            },
            (Some(Principal::Agent { user_id, name, .. }), _) => Sender::Agent {
                id: *user_id,
                name: name.clone(),
            },
            (None, Side::Visitor) => Sender::Visitor {
                id: VisitorId::from_parts(0, [0; 10]),
                name: String::new(),
            },
            (None, Side::Agent) => Sender::Agent {
                id: UserId::from_parts(0, [0; 10]),
                name: String::new(),
            },
        }
    }

    /// Sends a command and remembers what it asked for.
    fn ask(&mut self, asked: Asked, command: Command, turn: &mut Turn<'_>) {
        let id = self.requests.open(asked);
        turn.transmit(id, command);
    }

    /// Takes a copy of a conversation if it is newer.
    fn learn(&mut self, conversation: Conversation, turn: &mut Turn<'_>) {
        let id = conversation.id;
        let texts = |engine: &Self| engine.inbox.get(id).map_or(0, |it| it.visitor_texts);
        let before = texts(self);
        if self.inbox.learn(conversation) {
            if texts(self) > before {
                self.typing.visitor_wrote(id);
            }
            turn.changed(Change::Conversation(id));
            if self.inbox.followed {
                turn.changed(Change::Inbox);
            }
        }
    }

    /// Says that a timeline's rows look different.
    fn changed_timeline(&self, id: ConversationId, turn: &mut Turn<'_>) {
        turn.changed(Change::Timeline(id));
        if self.own == Some(id) {
            turn.changed(Change::Own);
        }
    }

    /// Asks for a conversation's news, and for what came after the last message we hold.
    fn subscribe(&mut self, id: ConversationId, turn: &mut Turn<'_>) {
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        timeline.sync = Sync::Asked;
        let after_seq = timeline.last_seq();
        let command = Command::Subscribe {
            conversation_id: id,
            after_seq,
        };
        self.ask(Asked::Subscribe(id, after_seq), command, turn);
    }

    /// Sends a conversation's next text if it may go now: an open conversation is first caught
    /// up, which may show that a text had been saved before the connection broke.
    fn flush(&mut self, id: ConversationId, turn: &mut Turn<'_>) {
        if !self.link.is_live() {
            return;
        }
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        if timeline.open && !matches!(timeline.sync, Sync::Live | Sync::Refused) {
            return;
        }
        if let Some(outgoing) = timeline.outbox.take_next(turn.now) {
            let client_id = outgoing.client_id;
            let command = Command::Send {
                conversation_id: id,
                client_id,
                text: outgoing.text,
                assignee: outgoing.assignee,
            };
            self.ask(Asked::Save(client_id), command, turn);
            self.changed_timeline(id, turn);
        }
    }

    /// Visitor: begins a conversation with the first text, if there is none.
    fn flush_draft(&mut self, turn: &mut Turn<'_>) {
        if !self.link.is_live() || self.own.is_some() {
            return;
        }
        if let Some(Outgoing {
            client_id, text, ..
        }) = self.draft.take_next(turn.now)
        {
            self.ask(
                Asked::Save(client_id),
                Command::Start { client_id, text },
                turn,
            );
            turn.changed(Change::Own);
        }
    }

    /// The outbox that holds a text, and its conversation if it has one.
    fn outbox_of(&mut self, client_id: ClientId) -> Option<(Option<ConversationId>, &mut Outbox)> {
        if self.draft.contains(client_id) {
            return Some((None, &mut self.draft));
        }
        self.timelines
            .iter_mut()
            .find(|(_, timeline)| timeline.outbox.contains(client_id))
            .map(|(id, timeline)| (Some(id), &mut timeline.outbox))
    }

    /// After an outbox changed: tells, and sends what may go.
    fn outbox_changed(&mut self, place: Option<ConversationId>, turn: &mut Turn<'_>) {
        match place {
            Some(id) => {
                self.changed_timeline(id, turn);
                self.flush(id, turn);
            }
            None => {
                turn.changed(Change::Own);
                self.flush_draft(turn);
            }
        }
    }

    /// Asks to be woken when the next thing is due.
    fn set_alarm(&mut self, turn: &mut Turn<'_>) {
        let mut due = self.link.due();
        if self.link.is_live() {
            let timelines = self.timelines.iter().flat_map(|(_, timeline)| {
                let paused = match timeline.sync {
                    Sync::Paused { until } => Some(until),
                    _ => None,
                };
                [paused, timeline.outbox.due()]
            });
            let rest = [self.draft.due(), self.inbox.retry_at, self.attention_due()];
            let others = timelines.chain(rest);
            due = due.into_iter().chain(others.flatten()).min();
        }
        if due != self.wake_at {
            self.wake_at = due;
            turn.effects.extend(due.map(Effect::TickAt));
        }
    }
}
