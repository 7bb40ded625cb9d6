//! Everything the panel shows apart from the messages, and the words for it.

pub(crate) mod lines;

use std::sync::Arc;

use deskbell_protocol::limits::TEXT_CHARS;
use deskbell_protocol::{ErrorBody, ErrorCode, Status};

/// From this length on the count of characters is shown.
const COUNT_FROM: usize = TEXT_CHARS / 10 * 9;

/// What is shown.
#[derive(Default)]
pub(crate) struct Look {
    pub(crate) site_name: String,
    pub(crate) phase: Phase,
    pub(crate) link: Link,
    /// The connection has been gone for longer than one would not notice.
    pub(crate) is_cut: bool,
    /// Of the current conversation; `None` before the first message.
    pub(crate) status: Option<Status>,
    /// The name of the agent who has it.
    pub(crate) agent: Option<String>,
    /// That agent is out of reach.
    pub(crate) agent_is_absent: bool,
    /// Who is writing, as a sentence.
    pub(crate) typing: String,
    /// Nobody of the team can be reached right now.
    pub(crate) is_away: bool,
    /// Whether the messages are what the server has, and not merely what is known so far.
    pub(crate) is_loaded: bool,
    pub(crate) has_lines: bool,
    pub(crate) older: Older,
    pub(crate) draft: String,
    /// Whether the host page shows the panel.
    pub(crate) is_open: bool,
    /// Whether the reader is up in the history.
    pub(crate) is_up: bool,
    /// Whether something was written meanwhile.
    pub(crate) has_news: bool,
}

/// Where the panel is in its life.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Phase {
    /// The visitor has no token yet.
    #[default]
    Starting,
    /// The client runs; whether it is connected is [`Look::link`].
    Ready,
    /// It cannot begin.
    Failed(Problem),
}

/// How the panel stands with the server.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Link {
    #[default]
    Connecting,
    Live,
    /// The server does not want us back; what was written can still be read and copied.
    Stopped,
}

/// What is above the first message that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Older {
    #[default]
    Nothing,
    Messages,
    Loading,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Problem {
    /// The server did not answer, or not with anything of ours.
    Unreachable,
    /// The server refused.
    Refused(Arc<ErrorBody>),
}

impl Problem {
    /// Whether asking again may help.
    pub(crate) fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable => true,
            Self::Refused(error) => error.code.is_temporary(),
        }
    }

    /// Whether the widget may not stand where it stands.
    fn is_unknown_place(&self) -> bool {
        matches!(
            self,
            Self::Refused(error) if matches!(
                error.code,
                ErrorCode::NotFound
                    | ErrorCode::OriginNotAllowed
                    | ErrorCode::Forbidden
                    | ErrorCode::Invalid
            )
        )
    }
}

impl Look {
    /// The panel's title.
    pub(crate) fn title(&self) -> String {
        if self.site_name.is_empty() {
            "Chat".into()
        } else {
            self.site_name.clone()
        }
    }

    /// Whom one talks to, or why to nobody.
    pub(crate) fn state(&self) -> String {
        match (&self.phase, self.link) {
            (Phase::Failed(_), _) | (_, Link::Stopped) => return "Not connected".into(),
            (_, Link::Connecting) => return "Connecting…".into(),
            (_, Link::Live) => {}
        }
        match (self.status, &self.agent) {
            (Some(Status::Active), Some(agent)) if self.agent_is_absent => {
                agent.clone() + " is away right now"
            }
            (Some(Status::Active), Some(agent)) => agent.clone() + " is with you",
            (Some(Status::Waiting), _) => "Waiting for an answer".into(),
            (Some(Status::Resolved), _) => "Resolved".into(),
            (Some(Status::Closed), _) => "Conversation ended".into(),
            _ if self.is_away => "Away right now".into(),
            _ => "Online".into(),
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.link == Link::Live && !self.has_failed()
    }

    /// Whether the newest message is before the visitor's eyes, if the page is.
    pub(crate) fn is_seen(&self) -> bool {
        self.is_open && !self.is_up && !self.has_failed()
    }

    /// Whether it is time to say that the connection is gone.
    pub(crate) fn is_reconnecting(&self) -> bool {
        self.phase == Phase::Ready && self.link == Link::Connecting && self.is_cut
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.phase == Phase::Ready && self.link == Link::Stopped
    }

    /// Whether nothing was written yet, for all we know.
    pub(crate) fn is_new(&self) -> bool {
        self.is_loaded && !self.has_lines
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.status == Some(Status::Waiting)
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.status == Some(Status::Closed)
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.problem().is_some()
    }

    /// Whether the draft may be sent as it is.
    pub(crate) fn can_send(&self) -> bool {
        self.phase == Phase::Ready && !self.draft.trim().is_empty() && !self.is_too_long()
    }

    pub(crate) fn is_too_long(&self) -> bool {
        self.draft.chars().count() > TEXT_CHARS
    }

    /// How long the draft is, once that matters.
    pub(crate) fn count(&self) -> String {
        match self.draft.chars().count() {
            short if short < COUNT_FROM => String::new(),
            long => long.to_string() + " / " + &TEXT_CHARS.to_string(),
        }
    }

    /// What happened when the panel cannot begin.
    pub(crate) fn notice_title(&self) -> String {
        match self.problem() {
            None => "",
            Some(Problem::Unreachable) => "We cannot be reached right now",
            Some(problem) if problem.is_unknown_place() => "The chat is not set up for this page",
            Some(_) => "The chat could not begin",
        }
        .into()
    }

    /// What that means, or what can be done.
    pub(crate) fn notice_words(&self) -> String {
        match self.problem() {
            None => String::new(),
            Some(Problem::Unreachable) => {
                "Your connection or our server is down. Nothing is lost.".into()
            }
            Some(problem) if problem.is_unknown_place() => {
                "If this is your site, check its key and its allowed origins.".into()
            }
            Some(Problem::Refused(error)) => error.message.clone(),
        }
    }

    /// Whether "Try again" may help.
    pub(crate) fn can_try_again(&self) -> bool {
        self.problem().is_some_and(Problem::is_temporary)
    }

    fn problem(&self) -> Option<&Problem> {
        match &self.phase {
            Phase::Failed(problem) => Some(problem),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Look {
        Look {
            phase: Phase::Ready,
            link: Link::Live,
            is_loaded: true,
            ..Look::default()
        }
    }

    #[test]
    fn the_head_says_whom_one_talks_to() {
        let mut look = ready();
        assert_eq!(look.state(), "Online");
        look.is_away = true;
        assert_eq!(look.state(), "Away right now");
        look.status = Some(Status::Waiting);
        assert_eq!(look.state(), "Waiting for an answer");
        look.status = Some(Status::Active);
        look.agent = Some("Ada".into());
        assert_eq!(look.state(), "Ada is with you");
        look.agent_is_absent = true;
        assert_eq!(look.state(), "Ada is away right now");
        look.link = Link::Connecting;
        assert_eq!(look.state(), "Connecting…");
    }

    #[test]
    fn a_short_break_of_the_connection_is_not_mentioned() {
        let mut look = ready();
        look.link = Link::Connecting;
        assert!(!look.is_reconnecting());
        look.is_cut = true;
        assert!(look.is_reconnecting());
    }

    #[test]
    fn what_is_below_the_fold_or_in_a_closed_panel_is_not_seen() {
        let mut look = ready();
        assert!(!look.is_seen());
        look.is_open = true;
        assert!(look.is_seen());
        look.is_up = true;
        assert!(!look.is_seen());
    }

    #[test]
    fn a_draft_can_be_sent_if_it_says_something_and_is_not_too_long() {
        let mut look = ready();
        look.draft = " \n".into();
        assert!(!look.can_send());
        look.draft = "é".repeat(TEXT_CHARS);
        assert!(look.can_send());
        look.draft.push('!');
        assert!(!look.can_send() && look.is_too_long());
    }

    #[test]
    fn the_count_appears_when_the_end_is_near() {
        let mut look = ready();
        look.draft = "a".repeat(COUNT_FROM - 1);
        assert_eq!(look.count(), "");
        look.draft.push('a');
        assert_eq!(look.count(), format!("{COUNT_FROM} / {TEXT_CHARS}"));
    }

    #[test]
    fn only_a_passing_problem_offers_another_try() {
        let mut look = ready();
        look.phase = Phase::Failed(Problem::Unreachable);
        assert!(look.can_try_again());
        let error = ErrorBody::new(ErrorCode::OriginNotAllowed, "Not here.");
        look.phase = Phase::Failed(Problem::Refused(error.into()));
        assert!(!look.can_try_again());
        assert_eq!(look.notice_title(), "The chat is not set up for this page");
    }
}
