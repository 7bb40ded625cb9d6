//! The engine: handles inputs, holds the state, and returns effects.

mod actions;
#[cfg(feature = "agent")]
mod agent;
mod attention;
mod context;
mod frames;
mod lifecycle;
#[cfg(feature = "agent")]
mod notes;

use deskbell_protocol::{
    ClientMessageId, Command, Conversation, ConversationId, Principal, Sender, Seq, UnixMs, UserId,
    VisitorId,
};

use crate::connection::{Connection, ConnectionMachine};
use crate::effect::{Change, Effect};
use crate::inbox::Inbox;
use crate::input::{Input, Side};
use crate::outbox::{Outbox, Outgoing, UnsentText};
#[cfg(feature = "agent")]
use crate::presence::Presence;
use crate::requests::{Purpose, Requests};
use crate::row::Row;
use crate::timeline::{Sync, Timeline};
use crate::timelines::Timelines;
use crate::token::{RenewalTimer, Token};
use crate::typing::Typing;
use context::Context;

/// The state of one client. It lives as long as the page or the program, through any number of
/// connections.
#[derive(Debug)]
pub struct Engine {
    side: Side,
    token: Option<Token>,
    token_renewal: RenewalTimer,
    connection: ConnectionMachine,
    requests: Requests,
    principal: Option<Principal>,
    inbox: Inbox,
    timelines: Timelines,
    /// Visitor: the current conversation.
    own: Option<ConversationId>,
    /// Visitor: texts that were written while there is no conversation.
    draft: Outbox,
    typing: Typing,
    /// Whether the newest message of the open conversation is visible.
    newest_visible: bool,
    /// Visitor: the closed conversation that the visitor left for a new one.
    dismissed: Option<ConversationId>,
    /// Visitor: the agent who was reported absent, with the conversation.
    absent: Option<(ConversationId, UserId)>,
    /// Visitor: whether an agent is online.
    team_online: Option<bool>,
    #[cfg(feature = "agent")]
    presence: Presence,
    /// The time of the requested tick.
    tick_at: Option<UnixMs>,
}

impl Engine {
    /// An empty engine, which waits for [`Input::Online`].
    pub fn new(side: Side) -> Self {
        Self {
            side,
            token: None,
            token_renewal: RenewalTimer::default(),
            connection: ConnectionMachine::new(),
            requests: Requests::default(),
            principal: None,
            inbox: Inbox::default(),
            timelines: Timelines::default(),
            own: None,
            draft: Outbox::default(),
            typing: Typing::default(),
            newest_visible: false,
            dismissed: None,
            absent: None,
            team_online: None,
            #[cfg(feature = "agent")]
            presence: Presence::default(),
            tick_at: None,
        }
    }

    /// Sets the token of every `hello` from now on; an agent in a browser has a cookie instead.
    pub fn set_token(&mut self, token: Option<Token>) {
        self.token_renewal.set(token.as_ref());
        self.token = token;
    }

    /// Handles one input at the time `now`, in Unix milliseconds by a clock that never goes back.
    /// `random` returns ten new random bytes with each call.
    pub fn handle(
        &mut self,
        input: Input,
        now: UnixMs,
        random: &mut dyn FnMut() -> [u8; 10],
    ) -> Vec<Effect> {
        let mut cx = Context::new(now, random);
        match input {
            Input::Opened => self.opened(&mut cx),
            Input::Frame(frame) => self.receive(frame, &mut cx),
            Input::Closed { code } => self.closed(code, &mut cx),
            Input::Action(action) => self.act(action, &mut cx),
            Input::Tick => self.tick(&mut cx),
            Input::Online => self.online(&mut cx),
            Input::Offline => self.disconnect(&mut cx),
        }
        self.update_attention(&mut cx);
        self.schedule_tick(&mut cx);
        cx.effects
    }

    /// The state of the connection.
    pub fn connection(&self) -> &Connection {
        self.connection.state()
    }

    /// The authenticated person; `None` before the first `welcome`.
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// Agent: the list of conversations.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// The newest copy of a conversation.
    pub fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.inbox.get(id)
    }

    /// The timeline of a conversation that was opened or written to.
    pub fn timeline(&self, id: ConversationId) -> Option<&Timeline> {
        self.timelines.get(id)
    }

    /// Visitor: the current conversation, once there is one.
    pub fn own_conversation(&self) -> Option<ConversationId> {
        self.own
    }

    /// Visitor: whether the agent of the current conversation is absent.
    pub fn is_agent_absent(&self) -> bool {
        let own = self.own.and_then(|id| self.conversation(id));
        let agent = own.and_then(|own| Some((own.id, own.assignee.as_ref()?.id)));
        agent.is_some() && agent == self.absent
    }

    /// Visitor: the rows of the thread, also before there is a conversation.
    pub fn visitor_rows(&self) -> Vec<Row> {
        match self.own.and_then(|id| self.timelines.get(id)) {
            Some(timeline) => timeline.rows(),
            None => self.draft.rows().collect(),
        }
    }

    /// The texts that the server has neither saved nor refused for good, in order for each
    /// conversation; without a conversation, those that start one. A program that stores them passes
    /// them to the next engine with [`crate::Action::Restore`].
    pub fn unsent_texts(&self) -> Vec<UnsentText> {
        let mut unsent = Vec::new();
        self.draft.copy_unsent(None, &mut unsent);
        for (id, timeline) in self.timelines.iter() {
            timeline.outbox.copy_unsent(Some(id), &mut unsent);
        }
        unsent
    }

    /// Agent: the teammate to whom a conversation is assigned, as far as we know.
    fn teammate_assignee(&self, id: ConversationId) -> Option<UserId> {
        let Some(Principal::Agent { user_id, .. }) = &self.principal else {
            return None;
        };
        let assignee = self.conversation(id)?.assignee.as_ref()?.id;
        (assignee != *user_id).then_some(assignee)
    }

    /// This client as the sender of a message.
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

    /// Sends a command and records its purpose.
    fn request(&mut self, purpose: Purpose, command: Command, cx: &mut Context<'_>) {
        if purpose != Purpose::Untracked {
            self.connection.requested(cx.now);
        }
        let id = self.requests.add(purpose);
        cx.transmit(id, command);
    }

    /// Stores a copy of a conversation if it is newer.
    fn update_conversation(&mut self, conversation: Conversation, cx: &mut Context<'_>) {
        let id = conversation.id;
        let texts = |engine: &Self| engine.inbox.get(id).map_or(0, |it| it.visitor_texts);
        let before = texts(self);
        if self.inbox.update(conversation) {
            if texts(self) > before {
                self.typing.visitor_wrote(id);
            }
            cx.changed(Change::Conversation(id));
            if self.inbox.followed {
                cx.changed(Change::Inbox);
            }
        }
    }

    /// Adds the change of a timeline.
    fn changed_timeline(&self, id: ConversationId, cx: &mut Context<'_>) {
        cx.changed(Change::Timeline(id));
        if self.own == Some(id) {
            cx.changed(Change::Own);
        }
    }

    /// Subscribes to a conversation after the last message that is here.
    fn subscribe(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        // On a new connection our last message is requested once more: if another one comes in its
        // place, the server was restored from a backup.
        let overlap = Seq::from(timeline.sync == Sync::Off);
        timeline.sync = Sync::Requested;
        let last_seq = timeline.last_seq();
        let command = Command::Subscribe {
            conversation_id: id,
            after_seq: last_seq.map(|seq| seq - overlap),
        };
        self.request(Purpose::Subscribe(id, last_seq), command, cx);
    }

    /// Sends the next text of a conversation, if it may be sent now. An open conversation is resumed
    /// first, which may show that a text was saved before the connection was lost.
    fn flush(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        if !self.connection.is_live() {
            return;
        }
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        if timeline.open && !matches!(timeline.sync, Sync::Live | Sync::Refused) {
            return;
        }
        if let Some(outgoing) = timeline.outbox.take_next(cx.now) {
            let client_id = outgoing.client_id;
            let command = Command::Send {
                conversation_id: id,
                client_id,
                text: outgoing.text,
                assignee: outgoing.assignee,
            };
            self.request(Purpose::Save(client_id), command, cx);
            self.changed_timeline(id, cx);
        }
    }

    /// Visitor: starts a conversation with the first text, if there is none.
    fn flush_draft(&mut self, cx: &mut Context<'_>) {
        if !self.connection.is_live() || self.own.is_some() {
            return;
        }
        if let Some(Outgoing {
            client_id, text, ..
        }) = self.draft.take_next(cx.now)
        {
            self.request(
                Purpose::Save(client_id),
                Command::Start { client_id, text },
                cx,
            );
            cx.changed(Change::Own);
        }
    }

    /// The outbox of a text, and its conversation if it has one.
    fn outbox_of(
        &mut self,
        client_id: ClientMessageId,
    ) -> Option<(Option<ConversationId>, &mut Outbox)> {
        if self.draft.contains(client_id) {
            return Some((None, &mut self.draft));
        }
        self.timelines
            .iter_mut()
            .find(|(_, timeline)| timeline.outbox.contains(client_id))
            .map(|(id, timeline)| (Some(id), &mut timeline.outbox))
    }

    /// Handles a change of an outbox: adds the change, and sends the next text.
    fn outbox_changed(&mut self, conversation_id: Option<ConversationId>, cx: &mut Context<'_>) {
        match conversation_id {
            Some(id) => {
                self.changed_timeline(id, cx);
                self.flush(id, cx);
            }
            None => {
                cx.changed(Change::Own);
                self.flush_draft(cx);
            }
        }
    }

    /// Requests a tick for the next timeout.
    fn schedule_tick(&mut self, cx: &mut Context<'_>) {
        let mut due = self.connection.due();
        if self.connection.is_live() {
            let timelines = self
                .timelines
                .iter()
                .flat_map(|(_, timeline)| [timeline.sync_due(), timeline.outbox.due()]);
            let rest = [
                self.draft.due(),
                self.inbox.retry_at,
                self.attention_due(),
                self.token_renewal.due(),
            ];
            let others = timelines.chain(rest);
            due = due.into_iter().chain(others.flatten()).min();
        }
        // A tick that is too early does no harm, and saves a timer for each command.
        if let Some(due) = due
            && self.tick_at.is_none_or(|tick_at| due < tick_at)
        {
            self.tick_at = Some(due);
            cx.effects.push(Effect::TickAt(due));
        }
    }
}
