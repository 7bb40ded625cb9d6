//! Which screen an address means, and back.

use deskbell_protocol::ConversationId;

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    SignIn,
    Inbox,
    Conversation(ConversationId),
}

impl Route {
    /// The screen at `path`; the inbox for whatever is not known.
    pub(crate) fn parse(path: &str) -> Self {
        let path = path.strip_prefix("/app").unwrap_or(path).trim_matches('/');
        match path.split_once('/') {
            None if path == "sign-in" => Self::SignIn,
            Some(("c", id)) => id.parse().map_or(Self::Inbox, Self::Conversation),
            _ => Self::Inbox,
        }
    }

    /// Where it stands.
    pub(crate) fn path(self) -> String {
        match self {
            Self::SignIn => "/app/sign-in".into(),
            Self::Inbox => "/app".into(),
            Self::Conversation(id) => format!("/app/c/{id}"),
        }
    }

    /// The conversation that is open on it.
    pub(crate) fn conversation(self) -> Option<ConversationId> {
        match self {
            Self::Conversation(id) => Some(id),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_its_screen_and_back() {
        let id: ConversationId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        for route in [Route::SignIn, Route::Inbox, Route::Conversation(id)] {
            assert_eq!(Route::parse(&route.path()), route);
        }
    }

    #[test]
    fn an_unknown_address_is_the_inbox() {
        for path in ["/app/", "/app/c/none", "/app/c", "/app/settings/x", "/"] {
            assert_eq!(Route::parse(path), Route::Inbox, "{path}");
        }
    }
}
