//! Executes the steps of a plan.

use deskbell_client::{Action, RowState, Side};
use deskbell_engine::Input;
use deskbell_protocol::{Assignment, ConversationId, Priority, Snooze, Status};

use crate::fixture::Identity;
use crate::plan::{Noticed, Step, StepKind};
use crate::world::{Event, World};

impl World<'_> {
    pub(crate) fn run_step(&mut self, number: usize) {
        let step = self.plan.steps[number];
        let who = step.who % self.people.len();
        let name = self.people[who].name.clone();
        self.log(format_args!("step {number}: {name}: {:?}", step.kind));
        match step.kind {
            StepKind::Send { count } => self.send_texts(who, step.which, count),
            StepKind::Claim => self.act_on(who, step, Action::Claim, Some(Status::Waiting)),
            StepKind::Assign => self.assign(who, step, self.assignee(step.which)),
            StepKind::SetPriority => self.set_priority(who, step),
            StepKind::Note if self.people[who].side() == Side::Visitor => {}
            StepKind::Note => self.write_note(who, step),
            StepKind::Snooze { ms } => self.snooze(who, step, ms),
            StepKind::Release => self.assign(who, step, Assignment::Queue),
            StepKind::Resolve => self.act_on(who, step, Action::Resolve, Some(Status::Active)),
            StepKind::Reopen => self.act_on(who, step, Action::Reopen, Some(Status::Resolved)),
            StepKind::Close => self.act_on(who, step, Action::Close, None),
            StepKind::Open => self.act_on(who, step, Action::Open, None),
            // A visitor's conversation is always open.
            StepKind::Leave if self.people[who].side() == Side::Visitor => {}
            StepKind::Leave => self.act_on(who, step, Action::Leave, None),
            StepKind::LoadOlder => self.act_on(who, step, Action::LoadOlder, None),
            StepKind::NewConversation => self.act(who, Action::NewConversation),
            StepKind::Retry => self.retry(who),
            StepKind::Discard => self.discard(who),
            StepKind::OpenForeign => self.open_foreign(who, step.which),
            StepKind::Reload => {
                self.disconnect(who);
                self.people[who].reload();
                self.load_page(who);
            }
            StepKind::ReportOnline => self.input(who, Input::Online),
            StepKind::Away { ms } => {
                self.people[who].is_away = true;
                self.cut(who, Noticed::ByClient);
                self.schedule(self.now() + ms, Event::Return(who));
            }
            StepKind::Cut { noticed } => self.cut(who, noticed),
            StepKind::LoseAnswers { ms } => {
                if let Some(connection) = self.people[who].connection {
                    self.connections[connection].down_works = false;
                    self.schedule(self.now() + ms, Event::Notice(connection));
                }
            }
            StepKind::Delay { ms } => {
                let at = self.now() + ms;
                if let Some(connection) = self.people[who].connection {
                    let connection = &mut self.connections[connection];
                    connection.up_last = connection.up_last.max(at);
                    connection.down_last = connection.down_last.max(at);
                }
            }
            StepKind::Stall { ms } => {
                if let Some(connection) = self.people[who].connection {
                    self.connections[connection].stall(true);
                    self.schedule(self.now() + ms, Event::Unstall(connection));
                }
            }
            StepKind::Repeat => self.people[who].repeats_next = true,
            StepKind::Restart { how, ms } => self.restart(how, ms),
        }
    }

    fn act(&mut self, who: usize, action: Action) {
        self.input(who, Input::Action(action));
    }

    fn send_texts(&mut self, who: usize, which: usize, count: usize) {
        let conversation_id = match self.people[who].side() {
            Side::Visitor => None,
            Side::Agent => {
                let known = self.people[who].known_conversations();
                if known.is_empty() {
                    return;
                }
                Some(known[which % known.len()])
            }
        };
        for _ in 0..count {
            let text = self.people[who].next_text();
            self.act(
                who,
                Action::Send {
                    conversation_id,
                    text,
                },
            );
        }
    }

    /// Performs an action on a conversation with this status if there is one, else on any.
    fn act_on(
        &mut self,
        who: usize,
        step: Step,
        action: impl Fn(ConversationId) -> Action,
        status: Option<Status>,
    ) {
        let person = &self.people[who];
        let known = person.known_conversations();
        let has_status = |id: &ConversationId| {
            let head = person.engine.conversation(*id);
            status.is_none() || head.map(|head| head.status) == status
        };
        let matching: Vec<_> = known.iter().copied().filter(has_status).collect();
        let candidates = if matching.is_empty() { known } else { matching };
        if candidates.is_empty() {
            return;
        }
        let id = candidates[step.which % candidates.len()];
        self.act(who, action(id));
    }

    /// One of the agents, of whichever workspace.
    fn assignee(&self, which: usize) -> Assignment {
        let ids = self.people.iter().filter_map(|it| match it.identity {
            Identity::Agent { id, .. } => Some(id),
            Identity::Visitor { .. } => None,
        });
        let ids: Vec<_> = ids.collect();
        Assignment::Agent {
            user_id: ids[which % ids.len()],
        }
    }

    fn assign(&mut self, who: usize, step: Step, to: Assignment) {
        let action = |conversation_id| Action::Assign {
            conversation_id,
            to,
        };
        self.act_on(who, step, action, Some(Status::Active));
    }

    fn write_note(&mut self, who: usize, step: Step) {
        let client_id = self.people[who].next_client_id();
        let action = |conversation_id| Action::Note {
            conversation_id,
            client_id,
            text: format!("Note {client_id}"),
            mentions: Vec::new(),
        };
        self.act_on(who, step, action, None);
    }

    fn snooze(&mut self, who: usize, step: Step, ms: Option<i64>) {
        let until = ms.map(|ms| self.clock() + ms);
        let action = |conversation_id| Action::Snooze {
            conversation_id,
            snooze: Some(Snooze { until }),
        };
        self.act_on(who, step, action, Some(Status::Active));
    }

    fn set_priority(&mut self, who: usize, step: Step) {
        let priority = i64::try_from(step.which % 4).map(Priority::from_rank).ok();
        let action = |conversation_id| Action::Update {
            conversation_id,
            priority,
            subject: None,
        };
        self.act_on(who, step, action, Some(Status::Waiting));
    }

    fn retry(&mut self, who: usize) {
        let unsent = self.people[who].unsent();
        let failed = |state: &RowState| matches!(state, RowState::Failed { .. });
        let found = unsent.into_iter().find(|(_, _, state)| failed(state));
        if let Some((client_id, ..)) = found {
            self.act(who, Action::Retry(client_id));
        }
    }

    fn discard(&mut self, who: usize) {
        let found = self.people[who].unsent().into_iter().next();
        if let Some((client_id, ..)) = found {
            self.act(who, Action::Discard(client_id));
        }
    }

    /// Opens a conversation that another person knows.
    fn open_foreign(&mut self, who: usize, which: usize) {
        let known = self.people[who].known_conversations();
        let others = self
            .people
            .iter()
            .flat_map(|person| person.known_conversations());
        let foreign: Vec<_> = others.filter(|id| !known.contains(id)).collect();
        if !foreign.is_empty() {
            self.act(who, Action::Open(foreign[which % foreign.len()]));
        }
    }

    fn cut(&mut self, who: usize, noticed: Noticed) {
        let Some(number) = self.people[who].connection else {
            return;
        };
        let connection = &mut self.connections[number];
        connection.up_works = false;
        connection.down_works = false;
        if matches!(noticed, Noticed::ByBoth | Noticed::ByServer) {
            connection.break_at_server();
        }
        if matches!(noticed, Noticed::ByBoth | Noticed::ByClient) {
            self.notice(number);
        }
    }
}
