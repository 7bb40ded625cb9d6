//! The conversations of the demo: questions of a shop's visitors, and replies of its agents.

use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_protocol::{
    AgentView, Body, ClientMessageId, ConversationId, Sender, Status, UnixMs, VisitorId,
};
use deskbell_store::conversations::messages;
use deskbell_store::conversations::{self, Claim};
use deskbell_store::sites::Site;
use deskbell_store::visitors::{self, Identity};
use deskbell_store::{Tx, VisitorScope, WorkspaceScope};

use crate::core::Core;

const MINUTE_MS: i64 = 60_000;

/// The actor of a step.
#[derive(Clone, Copy)]
enum By {
    Visitor,
    /// An agent, by index.
    Agent(usize),
}

/// A step of a conversation.
enum Step {
    Says(By, &'static str),
    Claims(usize),
    Resolves(usize),
}

use By::{Agent, Visitor};
use Step::{Claims, Resolves, Says};

/// A conversation: when it began, in minutes before now, and its steps, each a few minutes apart.
struct Conversation {
    visitor: &'static str,
    email: Option<&'static str>,
    minutes_ago: i64,
    minutes_apart: i64,
    steps: &'static [Step],
}

/// The conversations, the oldest first.
const CONVERSATIONS: [Conversation; 9] = [
    Conversation {
        visitor: "Hannah Becker",
        email: Some("hannah.becker@mail.example"),
        minutes_ago: 3 * 24 * 60,
        minutes_apart: 4,
        steps: &[
            Says(Visitor, "Hi! Do you ship to Austria?"),
            Claims(0),
            Says(
                Agent(0),
                "Hello Hannah, yes, we do. It takes three to four working days and costs € 6.90.",
            ),
            Says(
                Visitor,
                "Great, thanks. And is it free above a certain amount?",
            ),
            Says(Agent(0), "From € 80 on, shipping is free within the EU."),
            Says(Visitor, "Perfect, then I'll take two."),
            Resolves(0),
        ],
    },
    Conversation {
        visitor: "Tomás Ferreira",
        email: None,
        minutes_ago: 27 * 60,
        minutes_apart: 6,
        steps: &[
            Says(
                Visitor,
                "I ordered the Night Porter by mistake, I wanted the Concierge. Can I still change it? Order 10482.",
            ),
            Claims(1),
            Says(
                Agent(1),
                "Hi Tomás, it hasn't left the workshop yet. I've changed your order to the Concierge; the difference of € 8 goes back to your card.",
            ),
            Says(Visitor, "That was quick, thank you!"),
            Resolves(1),
        ],
    },
    Conversation {
        visitor: "Lena Novak",
        email: Some("lena@novak.example"),
        minutes_ago: 5 * 60,
        minutes_apart: 9,
        steps: &[
            Says(Visitor, "Is there a warranty on the bells?"),
            Claims(2),
            Says(
                Agent(2),
                "Yes, five years on the mechanism. Keep the receipt that came with your order confirmation.",
            ),
            Says(Visitor, "Good to know 👍"),
            Resolves(2),
        ],
    },
    Conversation {
        visitor: "Priya Raman",
        email: Some("priya.raman@mail.example"),
        minutes_ago: 95,
        minutes_apart: 11,
        steps: &[
            Says(
                Visitor,
                "My parcel should have arrived on Monday. The tracking page still says \"in transit\". Order 10497.",
            ),
            Claims(0),
            Says(
                Agent(0),
                "Hello Priya, I'm sorry about that. I've asked the carrier where it is and expect an answer today.",
            ),
            Says(
                Visitor,
                "Okay, thanks. I need it for a present on Saturday.",
            ),
            Says(
                Agent(0),
                "Understood. If it isn't found by tomorrow noon, I'll send you a new one by express.",
            ),
            Says(Visitor, "That's very kind!"),
        ],
    },
    Conversation {
        visitor: "Jonas Lindqvist",
        email: None,
        minutes_ago: 48,
        minutes_apart: 7,
        steps: &[
            Says(Visitor, "Can I have a name engraved on the Pocket Page?"),
            Claims(1),
            Says(
                Agent(1),
                "Hi Jonas, yes: up to 18 characters for € 7. It adds two days. What should it say?",
            ),
            Says(Visitor, "\"Grand Hôtel Astrid\", please."),
        ],
    },
    Conversation {
        visitor: "Aiko Tanaka",
        email: Some("aiko@tanaka.example"),
        minutes_ago: 36,
        minutes_apart: 5,
        steps: &[
            Says(
                Visitor,
                "The bell arrived with a scratch on the base. I can send a photo.",
            ),
            Claims(2),
            Says(
                Agent(2),
                "I'm sorry, Aiko. No photo needed: I'm sending you a new base today, and you can keep the old one.",
            ),
        ],
    },
    Conversation {
        visitor: "Marta Kowalska",
        email: Some("marta.kowalska@mail.example"),
        minutes_ago: 24,
        minutes_apart: 2,
        steps: &[
            Says(
                Visitor,
                "Hello, I can't complete my order. The page says my card was declined, but it works in other shops.",
            ),
            Says(
                Visitor,
                "I've tried twice now. I don't want to be charged twice!",
            ),
        ],
    },
    Conversation {
        visitor: "Oliver Grant",
        email: None,
        minutes_ago: 9,
        minutes_apart: 1,
        steps: &[Says(
            Visitor,
            "Which of your bells is the loudest? We have a very noisy front desk.",
        )],
    },
    Conversation {
        visitor: "",
        email: None,
        minutes_ago: 2,
        minutes_apart: 1,
        steps: &[Says(
            Visitor,
            "Do you offer discounts for hotels that order ten or more?",
        )],
    },
];

/// Creates the conversations of the demo. Its agents are given in the order of the steps above.
pub(super) async fn create(core: &Core, site: &Site, agents: &[WorkspaceScope]) -> AppResult<()> {
    let now = clock::now();
    for conversation in &CONVERSATIONS {
        let visitor = VisitorScope {
            workspace_id: site.workspace_id,
            site_id: site.id,
            visitor_id: VisitorId::from_parts(now, clock::random()),
            name: match conversation.visitor {
                "" => visitors::UNNAMED.to_owned(),
                name => name.to_owned(),
            },
            address: None,
        };
        let mut at = now - conversation.minutes_ago * MINUTE_MS;
        let mut id = None;
        for step in conversation.steps {
            let mut tx = core.db.begin(at).await?;
            id = Some(take(&mut tx, agents, &visitor, conversation.email, id, step, at).await?);
            tx.commit().await?;
            at += conversation.minutes_apart * MINUTE_MS;
        }
    }
    Ok(())
}

/// Executes a step of a conversation; the first one starts it.
async fn take(
    tx: &mut Tx,
    agents: &[WorkspaceScope],
    visitor: &VisitorScope,
    email: Option<&str>,
    id: Option<ConversationId>,
    step: &Step,
    at: UnixMs,
) -> AppResult<ConversationId> {
    let client_id = ClientMessageId::from_parts(at, clock::random());
    let Some(id) = id else {
        let Says(Visitor, text) = step else {
            return Err(deskbell_store::Error::NotFound.into());
        };
        visitors::store_visitor(tx, visitor).await?;
        let identity = Identity {
            name: visitor.name.clone(),
            email: email.map(str::to_owned),
            ..Identity::default()
        };
        visitors::set_identity(tx, visitor, &identity).await?;
        let started = conversations::start(tx, visitor, client_id, text).await?;
        return Ok(started.conversation.id);
    };
    let (sender, body) = match step {
        Says(Visitor, text) => (
            Sender::Visitor {
                id: visitor.visitor_id,
                name: visitor.name.clone(),
            },
            text_body(text),
        ),
        Says(Agent(index), text) => (sender(&agents[*index].user), text_body(text)),
        Claims(index) => {
            let agent = &agents[*index];
            let Claim::Claimed(claimed) = conversations::claim(tx, agent, id).await? else {
                return Ok(id);
            };
            let body = Body::Joined {
                name: agent.user.name.clone(),
            };
            messages::append(tx, &claimed, &Sender::System, None, &body).await?;
            return Ok(id);
        }
        Resolves(index) => {
            let agent = &agents[*index];
            let locked = conversations::lock_for_agent(tx, agent, id).await?;
            let body = Body::Resolved {
                name: agent.user.name.clone(),
            };
            let said = messages::append(tx, &locked, &Sender::System, None, &body).await?;
            let assignee = Some(agent.user.clone());
            conversations::set_status(tx, &said.conversation, Status::Resolved, assignee);
            return Ok(id);
        }
    };
    let locked = conversations::lock_for_visitor(tx, visitor, id).await?;
    messages::append(tx, &locked, &sender, Some(client_id), &body).await?;
    Ok(id)
}

fn text_body(text: &str) -> Body {
    Body::Text {
        text: text.to_owned(),
    }
}

fn sender(agent: &AgentView) -> Sender {
    Sender::Agent {
        id: agent.id,
        name: agent.name.clone(),
    }
}
