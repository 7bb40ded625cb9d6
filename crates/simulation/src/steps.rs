//! Executes the steps of a plan.

use deskbell_client::{Action, RowState, Side};
use deskbell_engine::Input;
use deskbell_protocol::{ConversationId, Status};

use crate::plan::{Noticed, Step, What};
use crate::world::{Event, World};

impl World<'_> {
    pub(crate) fn take_step(&mut self, number: usize) {
        let step = self.plan.steps[number];
        let who = step.who % self.people.len();
        let name = self.people[who].name.clone();
        self.say(format_args!("step {number}: {name}: {:?}", step.what));
        match step.what {
            What::Say { count } => self.speak(who, step.which, count),
            What::Claim => self.act_on(who, step, Action::Claim, Some(Status::Waiting)),
            What::Resolve => self.act_on(who, step, Action::Resolve, Some(Status::Active)),
            What::Reopen => self.act_on(who, step, Action::Reopen, Some(Status::Resolved)),
            What::Close => self.act_on(who, step, Action::Close, None),
            What::Open => self.act_on(who, step, Action::Open, None),
            // A visitor's conversation is always open.
            What::Leave if self.people[who].side() == Side::Visitor => {}
            What::Leave => self.act_on(who, step, Action::Leave, None),
            What::LoadOlder => self.act_on(who, step, Action::LoadOlder, None),
            What::NewConversation => self.act(who, Action::NewConversation),
            What::Retry => self.retry(who),
            What::Discard => self.discard(who),
            What::Pry => self.open_foreign(who, step.which),
            What::Reload => {
                self.disconnect(who);
                self.people[who].forget();
                self.begin(who);
            }
            What::Hurry => self.tell(who, Input::Online),
            What::Away { ms } => {
                self.people[who].is_away = true;
                self.cut(who, Noticed::ByClient);
                self.schedule(self.now() + ms, Event::Return(who));
            }
            What::Cut { noticed } => self.cut(who, noticed),
            What::LoseAnswers { ms } => {
                if let Some(link) = self.people[who].link {
                    self.links[link].down_works = false;
                    self.schedule(self.now() + ms, Event::Notice(link));
                }
            }
            What::Delay { ms } => {
                let at = self.now() + ms;
                if let Some(link) = self.people[who].link {
                    let link = &mut self.links[link];
                    link.up_last = link.up_last.max(at);
                    link.down_last = link.down_last.max(at);
                }
            }
            What::Stall { ms } => {
                if let Some(link) = self.people[who].link {
                    self.links[link].stall(true);
                    self.schedule(self.now() + ms, Event::Unstall(link));
                }
            }
            What::Repeat => self.people[who].repeats = true,
            What::Restart { how, ms } => self.restart(how, ms),
        }
    }

    fn act(&mut self, who: usize, action: Action) {
        self.tell(who, Input::Action(action));
    }

    fn speak(&mut self, who: usize, which: usize, count: usize) {
        let conversation_id = match self.people[who].side() {
            Side::Visitor => None,
            Side::Agent => {
                let known = self.people[who].known();
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
        action: fn(ConversationId) -> Action,
        status: Option<Status>,
    ) {
        let person = &self.people[who];
        let known = person.known();
        let stands_so = |id: &ConversationId| {
            let head = person.engine.conversation(*id);
            status.is_none() || head.map(|head| head.status) == status
        };
        let fitting: Vec<_> = known.iter().copied().filter(stands_so).collect();
        let candidates = if fitting.is_empty() { known } else { fitting };
        if candidates.is_empty() {
            return;
        }
        let id = candidates[step.which % candidates.len()];
        self.act(who, action(id));
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
        let known = self.people[who].known();
        let others = self.people.iter().flat_map(|person| person.known());
        let foreign: Vec<_> = others.filter(|id| !known.contains(id)).collect();
        if !foreign.is_empty() {
            self.act(who, Action::Open(foreign[which % foreign.len()]));
        }
    }

    fn cut(&mut self, who: usize, noticed: Noticed) {
        let Some(number) = self.people[who].link else {
            return;
        };
        let link = &mut self.links[number];
        link.up_works = false;
        link.down_works = false;
        if matches!(noticed, Noticed::ByBoth | Noticed::ByServer) {
            link.break_at_server();
        }
        if matches!(noticed, Noticed::ByBoth | Noticed::ByClient) {
            self.notice(number);
        }
    }
}
