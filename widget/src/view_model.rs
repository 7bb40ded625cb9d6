//! The view model: the state of the panel's screen, apart from the messages.

pub(crate) mod rows_view;

use std::sync::Arc;

use deskbell_protocol::limits::TEXT_CHARS;
use deskbell_protocol::{ErrorBody, ErrorCode, Status};

use crate::text;

/// The length of a draft from which the character count is shown.
const COUNT_FROM: usize = TEXT_CHARS / 10 * 9;

/// The state of the panel's screen. The components call its methods for text and visibility.
#[derive(Default)]
pub(crate) struct ViewModel {
    pub(crate) site_name: String,
    pub(crate) phase: Phase,
    pub(crate) connection: ConnectionState,
    /// Whether the connection has been lost for longer than the panel's grace period.
    pub(crate) is_lost: bool,
    /// The status of the current conversation; `None` before the first message.
    pub(crate) status: Option<Status>,
    /// The name of the agent to whom the conversation is assigned.
    pub(crate) agent: Option<String>,
    /// Whether that agent is out of reach.
    pub(crate) agent_is_absent: bool,
    /// The messages that have just arrived, for screen readers.
    pub(crate) announcement: String,
    /// The typing indicator as a sentence; empty while no agent is typing.
    pub(crate) typing: String,
    /// Whether no agent of the team is online.
    pub(crate) is_away: bool,
    /// Whether the messages have been loaded from the server.
    pub(crate) is_loaded: bool,
    pub(crate) has_rows: bool,
    pub(crate) older: OlderMessages,
    pub(crate) draft: String,
    /// Whether the host page shows the panel.
    pub(crate) is_open: bool,
    /// Whether the visitor has scrolled up from the newest message.
    pub(crate) is_scrolled_up: bool,
    /// Whether a message has arrived since then.
    pub(crate) has_new_below: bool,
}

/// The phase of the panel's life cycle.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Phase {
    /// The panel requests the visitor's token.
    #[default]
    Starting,
    /// The client runs; [`ViewModel::connection`] is its connection.
    Ready,
    /// The panel could not start.
    Failed(StartError),
}

/// The state of the connection to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum ConnectionState {
    #[default]
    Connecting,
    Live,
    /// The server refuses further connections. The messages can still be read and copied.
    Stopped,
}

/// The state of the messages above the first one that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum OlderMessages {
    #[default]
    None,
    Available,
    Loading,
}

/// The reason why the panel got no token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StartError {
    /// The server did not answer, or the answer is not one of Deskbell's.
    Unreachable,
    /// The server refused the request.
    Refused(Arc<ErrorBody>),
}

impl StartError {
    /// Whether another attempt can succeed.
    pub(crate) fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable => true,
            Self::Refused(error) => error.code.is_temporary(),
        }
    }

    /// Whether the site or the page's address is not in the server's settings.
    fn is_not_set_up(&self) -> bool {
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

impl ViewModel {
    /// The panel's title: the agent's name while the conversation is assigned, else the site's.
    pub(crate) fn title(&self) -> String {
        match (self.status, &self.agent) {
            (Some(Status::Active), Some(agent)) => agent,
            _ if self.site_name.is_empty() => text::CHAT,
            _ => &self.site_name,
        }
        .into()
    }

    /// The line below the title.
    pub(crate) fn subtitle(&self) -> String {
        match (&self.phase, self.connection, self.status) {
            (Phase::Failed(_), ..) | (_, ConnectionState::Stopped, _) => text::NOT_CONNECTED,
            (_, ConnectionState::Connecting, _) => text::CONNECTING,
            (.., Some(Status::Active)) if self.agent_is_absent => text::AWAY,
            (.., Some(Status::Active)) if self.agent.is_some() => text::ONLINE,
            (.., Some(Status::Waiting)) => text::WAITING,
            (.., Some(Status::Resolved)) => text::RESOLVED,
            (.., Some(Status::Closed)) => text::CLOSED,
            _ if self.is_away => text::TEAM_AWAY,
            _ => text::ONLINE,
        }
        .into()
    }

    pub(crate) fn is_live(&self) -> bool {
        self.connection == ConnectionState::Live && !self.has_failed()
    }

    /// Whether nobody can answer at once: the assigned agent is away, or else the team is, or the
    /// conversation is over.
    pub(crate) fn is_unattended(&self) -> bool {
        match self.status {
            Some(Status::Active) if self.agent.is_some() => self.agent_is_absent,
            Some(Status::Closed) => true,
            _ => self.is_away,
        }
    }

    /// Whether the newest message is in sight, provided that the page is.
    pub(crate) fn shows_newest(&self) -> bool {
        self.is_open && !self.is_scrolled_up && !self.has_failed()
    }

    /// Whether the bar says that the panel reconnects.
    pub(crate) fn is_reconnecting(&self) -> bool {
        self.phase == Phase::Ready && self.connection == ConnectionState::Connecting && self.is_lost
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.phase == Phase::Ready && self.connection == ConnectionState::Stopped
    }

    /// Whether the greeting is shown: the conversation is loaded and empty.
    pub(crate) fn is_new(&self) -> bool {
        self.is_loaded && !self.has_rows
    }

    /// Whether the note says that the team has the messages and will reply.
    pub(crate) fn is_waiting(&self) -> bool {
        self.status == Some(Status::Waiting) && !self.is_lost
    }

    /// The text below the greeting.
    pub(crate) fn greeting(&self) -> String {
        if self.is_away {
            text::GREETING_AWAY
        } else {
            text::GREETING_DETAIL
        }
        .into()
    }

    /// The note while the conversation waits for a reply.
    pub(crate) fn received(&self) -> String {
        if self.is_away {
            text::RECEIVED_AWAY
        } else {
            text::RECEIVED
        }
        .into()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.status == Some(Status::Closed)
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.start_error().is_some()
    }

    /// Whether the draft can be sent, at once or as soon as the client is connected: it has text and is not
    /// too long.
    pub(crate) fn can_send(&self) -> bool {
        !self.has_failed() && !self.draft.trim().is_empty() && !self.is_too_long()
    }

    pub(crate) fn is_too_long(&self) -> bool {
        self.draft.chars().count() > TEXT_CHARS
    }

    /// The character count of the draft, empty while the draft is short.
    pub(crate) fn count(&self) -> String {
        match self.draft.chars().count() {
            short if short < COUNT_FROM => String::new(),
            long => long.to_string() + " / " + &TEXT_CHARS.to_string(),
        }
    }

    /// The heading of the start error.
    pub(crate) fn error_title(&self) -> String {
        match self.start_error() {
            None => "",
            Some(StartError::Unreachable) => text::CANNOT_CONNECT,
            Some(error) if error.is_not_set_up() => text::NOT_SET_UP,
            Some(_) => text::CANNOT_START,
        }
        .into()
    }

    /// The explanation of the start error, and what to do about it.
    pub(crate) fn error_detail(&self) -> String {
        match self.start_error() {
            None => "",
            Some(StartError::Unreachable) => text::CANNOT_CONNECT_DETAIL,
            Some(error) if error.is_not_set_up() => text::NOT_SET_UP_DETAIL,
            Some(StartError::Refused(error)) => &error.message,
        }
        .into()
    }

    /// Whether the start error has a "Try again" button.
    pub(crate) fn can_try_again(&self) -> bool {
        self.start_error().is_some_and(StartError::is_temporary)
    }

    fn start_error(&self) -> Option<&StartError> {
        match &self.phase {
            Phase::Failed(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> ViewModel {
        ViewModel {
            site_name: "Bell & Daughters".into(),
            phase: Phase::Ready,
            connection: ConnectionState::Live,
            is_loaded: true,
            ..ViewModel::default()
        }
    }

    fn active(agent_is_absent: bool) -> ViewModel {
        ViewModel {
            status: Some(Status::Active),
            agent: Some("Ada".into()),
            agent_is_absent,
            ..ready()
        }
    }

    #[test]
    fn the_head_shows_the_agent_of_an_assigned_conversation_and_else_the_site() {
        let head = |view: &ViewModel| (view.title(), view.subtitle());
        let site = |subtitle: &str| ("Bell & Daughters".to_owned(), subtitle.to_owned());
        let mut view = ready();
        assert_eq!(head(&view), site("Online"));
        view.is_away = true;
        assert_eq!(head(&view), site("We're away. Leave a message."));
        for (status, subtitle) in [
            (Status::Waiting, "Waiting for a reply"),
            (Status::Resolved, "Resolved"),
            (Status::Closed, "Conversation closed"),
        ] {
            view.status = Some(status);
            assert_eq!(head(&view), site(subtitle));
        }
        let ada = |subtitle: &str| ("Ada".to_owned(), subtitle.to_owned());
        assert_eq!(head(&active(false)), ada("Online"));
        assert_eq!(head(&active(true)), ada("Away"));
        view = active(false);
        view.connection = ConnectionState::Connecting;
        assert_eq!(head(&view), ada("Connecting…"));
    }

    #[test]
    fn the_dot_is_green_only_while_somebody_can_answer() {
        assert!(!ready().is_unattended());
        assert!(!active(false).is_unattended() && active(true).is_unattended());
        let mut view = ready();
        view.status = Some(Status::Closed);
        assert!(view.is_unattended());
        view.status = Some(Status::Waiting);
        view.is_away = true;
        assert!(view.is_unattended());
    }

    #[test]
    fn a_short_loss_of_the_connection_is_not_mentioned() {
        let mut view = ready();
        view.connection = ConnectionState::Connecting;
        assert!(!view.is_reconnecting());
        view.is_lost = true;
        assert!(view.is_reconnecting());
    }

    #[test]
    fn the_newest_message_is_in_sight_in_an_open_panel_that_is_scrolled_to_the_end() {
        let mut view = ready();
        assert!(!view.shows_newest());
        view.is_open = true;
        assert!(view.shows_newest());
        view.is_scrolled_up = true;
        assert!(!view.shows_newest());
    }

    #[test]
    fn while_the_team_is_away_no_reply_is_promised_soon() {
        let mut view = ready();
        assert_eq!(view.greeting(), text::GREETING_DETAIL);
        assert_eq!(view.received(), text::RECEIVED);
        view.is_away = true;
        assert_eq!(view.greeting(), text::GREETING_AWAY);
        assert_eq!(view.received(), text::RECEIVED_AWAY);
    }

    #[test]
    fn a_draft_can_be_sent_before_the_panel_has_its_token() {
        let mut view = ViewModel {
            draft: "Hello?".into(),
            ..ViewModel::default()
        };
        assert!(view.phase == Phase::Starting && view.can_send());
        view.phase = Phase::Failed(StartError::Unreachable);
        assert!(!view.can_send());
    }

    #[test]
    fn the_note_that_the_team_replies_is_hidden_while_the_connection_is_lost() {
        let mut view = ready();
        view.status = Some(Status::Waiting);
        assert!(view.is_waiting());
        view.is_lost = true;
        assert!(!view.is_waiting());
    }

    #[test]
    fn a_draft_can_be_sent_if_it_has_text_and_is_not_too_long() {
        let mut view = ready();
        view.draft = " \n".into();
        assert!(!view.can_send());
        view.draft = "é".repeat(TEXT_CHARS);
        assert!(view.can_send());
        view.draft.push('!');
        assert!(!view.can_send() && view.is_too_long());
    }

    #[test]
    fn the_count_appears_when_the_draft_is_nearly_too_long() {
        let mut view = ready();
        view.draft = "a".repeat(COUNT_FROM - 1);
        assert_eq!(view.count(), "");
        view.draft.push('a');
        assert_eq!(view.count(), format!("{COUNT_FROM} / {TEXT_CHARS}"));
    }

    #[test]
    fn only_a_temporary_start_error_can_be_tried_again() {
        let mut view = ready();
        view.phase = Phase::Failed(StartError::Unreachable);
        assert!(view.can_try_again());
        let error = ErrorBody::new(ErrorCode::OriginNotAllowed, "Not here.");
        view.phase = Phase::Failed(StartError::Refused(error.into()));
        assert!(!view.can_try_again());
        assert_eq!(view.error_title(), "Chat isn't set up for this page");
    }
}
