//! Routes: the mapping between addresses and screens.

use deskbell_protocol::ConversationId;

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    SignIn,
    Register,
    Verify,
    Forgot,
    Reset,
    ConfirmEmail,
    Invitation,
    Inbox,
    Conversation(ConversationId),
    CannedResponses,
    Settings(Section),
    NotFound,
}

/// A part of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Account,
    Members,
    Teams,
    Sites,
    BusinessHours,
}

/// A part of the workspace's frame, which the rail links to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    Inbox,
    CannedResponses,
    Settings,
}

const CANNED_RESPONSES: &str = "canned-responses";
/// Routes without parameters, by the last part of their path.
const PLAIN: [(&str, Route); 7] = [
    ("sign-in", Route::SignIn),
    ("register", Route::Register),
    ("verify", Route::Verify),
    ("forgot", Route::Forgot),
    ("reset", Route::Reset),
    ("confirm-email", Route::ConfirmEmail),
    ("invitation", Route::Invitation),
];
const SECTIONS: [(&str, Section); 5] = [
    ("account", Section::Account),
    ("members", Section::Members),
    ("teams", Section::Teams),
    ("sites", Section::Sites),
    ("business-hours", Section::BusinessHours),
];

impl Route {
    /// The screen at `path`.
    pub(crate) fn parse(path: &str) -> Self {
        let path = path.strip_prefix("/app").unwrap_or(path).trim_matches('/');
        match path.split_once('/') {
            None if path.is_empty() => Self::Inbox,
            None if path == "settings" => Self::Settings(Section::Account),
            None if path == CANNED_RESPONSES => Self::CannedResponses,
            None => find(&PLAIN, path).unwrap_or(Self::NotFound),
            Some(("c", id)) => id.parse().map_or(Self::NotFound, Self::Conversation),
            Some(("settings", name)) => {
                find(&SECTIONS, name).map_or(Self::NotFound, Self::Settings)
            }
            Some(_) => Self::NotFound,
        }
    }

    /// Its path.
    pub(crate) fn path(self) -> String {
        match self {
            Self::Inbox => "/app".into(),
            Self::Conversation(id) => format!("/app/c/{id}"),
            Self::CannedResponses => format!("/app/{CANNED_RESPONSES}"),
            Self::NotFound => "/app/not-found".into(),
            Self::Settings(section) => format!("/app/settings/{}", word(&SECTIONS, section)),
            plain => format!("/app/{}", word(&PLAIN, plain)),
        }
    }

    /// The conversation that is open on it.
    pub(crate) fn conversation(self) -> Option<ConversationId> {
        match self {
            Self::Conversation(id) => Some(id),
            _ => None,
        }
    }

    /// The area that shows it.
    pub(crate) fn area(self) -> Area {
        match self {
            Self::CannedResponses => Area::CannedResponses,
            Self::Settings(_) => Area::Settings,
            _ => Area::Inbox,
        }
    }

    /// The part of the settings that it is.
    pub(crate) fn section(self) -> Option<Section> {
        match self {
            Self::Settings(section) => Some(section),
            _ => None,
        }
    }

    /// Whether it is public: shown with or without a session.
    pub(crate) fn is_public(self) -> bool {
        self == Self::NotFound
            || self != Self::SignIn && PLAIN.iter().any(|(_, plain)| *plain == self)
    }

    /// Whether e-mails link to it, with a token after `#`.
    pub(crate) fn takes_token(self) -> bool {
        matches!(
            self,
            Self::Verify | Self::Reset | Self::ConfirmEmail | Self::Invitation
        )
    }
}

fn find<T: Copy>(names: &[(&str, T)], wanted: &str) -> Option<T> {
    let found = names.iter().find(|(name, _)| *name == wanted);
    found.map(|(_, what)| *what)
}

fn word<T: Copy + PartialEq>(names: &[(&'static str, T)], wanted: T) -> &'static str {
    let found = names.iter().find(|(_, what)| *what == wanted);
    found.map_or("", |(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_its_screen_and_back() {
        let id: ConversationId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        let plain = PLAIN.map(|(_, route)| route);
        let sections = SECTIONS.map(|(_, section)| Route::Settings(section));
        let others = [
            Route::Inbox,
            Route::Conversation(id),
            Route::CannedResponses,
            Route::NotFound,
        ];
        for route in plain.into_iter().chain(sections).chain(others) {
            assert_eq!(Route::parse(&route.path()), route);
        }
    }

    #[test]
    fn an_unknown_address_is_not_found() {
        for path in [
            "/app/nope",
            "/app/c/none",
            "/app/c",
            "/app/settings/x",
            "/app/a/b",
        ] {
            assert_eq!(Route::parse(path), Route::NotFound, "{path}");
        }
        assert_eq!(Route::parse("/app/"), Route::Inbox);
    }

    #[test]
    fn registration_and_links_in_emails_need_no_sign_in() {
        for (_, route) in PLAIN {
            assert_eq!(route.is_public(), route != Route::SignIn);
        }
        assert!(!Route::Inbox.is_public());
        assert!(!Route::Settings(Section::Account).is_public());
    }
}
