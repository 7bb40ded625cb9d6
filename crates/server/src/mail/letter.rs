//! What we write to people.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// A letter, as it is kept until it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// To who has registered: is this address yours?
    VerifyEmail {
        name: String,
        workspace: String,
        link: String,
    },
    /// To whom an address belongs with which somebody has tried to register.
    AddressTaken { name: String, link: String },
    /// To who has forgotten their password.
    ResetPassword { name: String, link: String },
    /// To whose password is another one now.
    PasswordChanged { name: String, link: String },
    /// To the address that an account is to get.
    ConfirmEmail { name: String, link: String },
    /// To the address that an account had so far.
    EmailChanging { name: String, to: String },
    /// To who is asked for a code from now on, or not any more.
    SecondFactor { name: String, on: bool },
    /// To who is asked to join a workspace.
    Invitation {
        workspace: String,
        by: String,
        link: String,
    },
}

/// A letter in words.
pub(super) struct Words {
    pub(super) subject: String,
    greeting: String,
    before: Vec<String>,
    /// What following it does, and where it leads.
    pub(super) link: Option<(&'static str, String)>,
    after: &'static str,
}

impl Letter {
    /// One that is never sent.
    pub(super) fn nothing() -> Self {
        Self::AddressTaken {
            name: String::new(),
            link: String::new(),
        }
    }

    pub(super) fn words(self) -> Words {
        let (subject, name, before, link, after) = match self {
            Self::VerifyEmail {
                name,
                workspace,
                link,
            } => (
                "Confirm your e-mail address".to_owned(),
                name,
                vec![format!(
                    "Somebody has registered at Deskbell with this address, for the workspace \"{workspace}\". If it was you, confirm that the address is yours."
                )],
                Some(("Confirm the address", link)),
                "The link is good for two days. If it was not you, leave it: without it nothing happens.",
            ),
            Self::AddressTaken { name, link } => (
                "You have an account already".to_owned(),
                name,
                vec![
                    "Somebody has tried to register at Deskbell with this address, which is that of your account. If it was you, sign in instead; if you have forgotten the password, you can set another one there.".to_owned(),
                ],
                Some(("Sign in", link)),
                "If it was not you, nothing needs to be done. They were not told that you have an account.",
            ),
            Self::ResetPassword { name, link } => (
                "Set another password".to_owned(),
                name,
                vec!["Somebody has asked to set another password for your account at Deskbell. If it was you, set it here.".to_owned()],
                Some(("Set another password", link)),
                "The link is good for an hour, and once. If it was not you, leave it: your password stays as it is.",
            ),
            Self::PasswordChanged { name, link } => (
                "Your password was changed".to_owned(),
                name,
                vec!["The password of your account at Deskbell is another one now, and whoever was signed in elsewhere is not any more.".to_owned()],
                Some(("Set another password", link)),
                "If it was not you, set another one at once.",
            ),
            Self::ConfirmEmail { name, link } => (
                "Confirm your new e-mail address".to_owned(),
                name,
                vec!["Your account at Deskbell is to have this address. Confirm that it is yours.".to_owned()],
                Some(("Confirm the address", link)),
                "The link is good for a day. If you know nothing of this, leave it.",
            ),
            Self::EmailChanging { name, to } => (
                "Your e-mail address is to be changed".to_owned(),
                name,
                vec![format!(
                    "Your account at Deskbell is to have the address {to} instead of this one, as soon as that is confirmed."
                )],
                None,
                "If it was not you, somebody knows your password: change it at once, which also ends the change of the address.",
            ),
            Self::SecondFactor { name, on } => (
                if on { "A code is asked for from now on" } else { "No code is asked for any more" }.to_owned(),
                name,
                vec![if on {
                    "To sign in to your account at Deskbell takes a code of your phone from now on, beside the password."
                } else {
                    "To sign in to your account at Deskbell takes nothing but the password from now on."
                }.to_owned()],
                None,
                "If it was not you, change your password at once.",
            ),
            Self::Invitation {
                workspace,
                by,
                link,
            } => (
                format!("Join {workspace}"),
                String::new(),
                vec![format!(
                    "{by} invites you to answer the visitors of \"{workspace}\" with Deskbell."
                )],
                Some(("Accept the invitation", link)),
                "If you do not know them, leave it.",
            ),
        };
        let greeting = match name.as_str() {
            "" => "Hello,".to_owned(),
            name => format!("Hello {name},"),
        };
        Words {
            subject: one_line(&subject),
            greeting,
            before,
            link,
            after,
        }
    }
}

impl Words {
    /// As every program shows it.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\r\n\r\n", one_line(&self.greeting));
        for paragraph in &self.before {
            let _ = write!(text, "{}\r\n\r\n", one_line(paragraph));
        }
        if let Some((label, link)) = &self.link {
            let _ = write!(text, "{label}:\r\n{}\r\n\r\n", one_line(link));
        }
        let _ = write!(text, "{}\r\n", self.after);
        text
    }

    /// As most programs show it.
    pub(super) fn html(&self) -> String {
        let mut html = format!(
            "<!doctype html>\r\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\r\n\
             <body style=\"font:16px/1.5 sans-serif;max-width:34em;margin:2em auto;padding:0 1em\">\r\n<p>{}</p>\r\n",
            escape(&self.subject),
            escape(&self.greeting)
        );
        for paragraph in &self.before {
            let _ = write!(html, "<p>{}</p>\r\n", escape(paragraph));
        }
        if let Some((label, link)) = &self.link {
            let _ = write!(html, "<p><a href=\"{}\">{label}</a></p>\r\n", escape(link));
        }
        let _ = write!(html, "<p>{}</p>\r\n</body></html>\r\n", self.after);
        html
    }
}

/// Without what ends a line, or looks as if.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_somebody_chose_becomes_markup_or_another_line() {
        let letter = Letter::Invitation {
            workspace: "North\r\nBcc: eve@example.com".to_owned(),
            by: "<img src=x onerror=\"alert(1)\">".to_owned(),
            link: "https://chat.example/app/join#\"><script>".to_owned(),
        };
        let words = letter.words();
        assert_eq!(words.subject, "Join NorthBcc: eve@example.com");
        assert!(!words.html().contains("<img") && !words.html().contains("<script>"));
        let lines: Vec<_> = words.text().lines().map(str::to_owned).collect();
        assert!(
            !lines.iter().any(|line| line.starts_with("Bcc")),
            "{lines:?}"
        );
    }
}
