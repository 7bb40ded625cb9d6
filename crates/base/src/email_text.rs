//! The e-mails that Deskbell sends, and their text.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// An e-mail, as it is queued until it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Email {
    /// To a person who has signed up: confirm the address.
    VerifyEmail {
        name: String,
        workspace: String,
        link: String,
    },
    /// To the owner of an address with which someone tried to sign up again.
    AddressTaken { name: String, link: String },
    /// To a person who forgot the password.
    ResetPassword { name: String, link: String },
    /// To a person whose password was changed.
    PasswordChanged { name: String, link: String },
    /// To the new address of an account: confirm it.
    ConfirmEmail { name: String, link: String },
    /// To the old address of an account that gets a new one.
    EmailChanging { name: String, to: String },
    /// To a person who turned two-factor authentication on or off.
    SecondFactor { name: String, on: bool },
    /// To a person who is invited to a workspace.
    Invitation {
        workspace: String,
        by: String,
        link: String,
    },
}

/// The text of an e-mail.
pub struct RenderedEmail {
    pub subject: String,
    greeting: String,
    before: Vec<String>,
    /// The label of the link, and its address.
    pub link: Option<(&'static str, String)>,
    after: &'static str,
}

impl Email {
    /// A placeholder that is never sent.
    pub fn nothing() -> Self {
        Self::AddressTaken {
            name: String::new(),
            link: String::new(),
        }
    }

    /// Renders the text.
    pub fn render(self) -> RenderedEmail {
        let (subject, name, before, link, after) = match self {
            Self::VerifyEmail {
                name,
                workspace,
                link,
            } => (
                "Confirm your e-mail address".to_owned(),
                name,
                vec![format!(
                    "Someone signed up for Deskbell with this address, for the workspace \"{workspace}\". If it was you, confirm your address."
                )],
                Some(("Confirm address", link)),
                "This link expires after 2 days. If it wasn't you, ignore this e-mail: the account stays inactive.",
            ),
            Self::AddressTaken { name, link } => (
                "You already have an account".to_owned(),
                name,
                vec![
                    "Someone tried to sign up for Deskbell with this address, but you already have an account. If it was you, sign in. If you forgot your password, you can reset it there.".to_owned(),
                ],
                Some(("Sign in", link)),
                "If it wasn't you, you don't need to do anything. We didn't tell them that you have an account.",
            ),
            Self::ResetPassword { name, link } => (
                "Reset your password".to_owned(),
                name,
                vec!["Someone asked to reset the password of your Deskbell account. If it was you, choose a new password here.".to_owned()],
                Some(("Reset password", link)),
                "This link works once and expires after 1 hour. If it wasn't you, ignore this e-mail: your password hasn't changed.",
            ),
            Self::PasswordChanged { name, link } => (
                "Your password was changed".to_owned(),
                name,
                vec!["The password of your Deskbell account was changed, and you were signed out on all other devices.".to_owned()],
                Some(("Reset password", link)),
                "If it wasn't you, reset your password right away.",
            ),
            Self::ConfirmEmail { name, link } => (
                "Confirm your new e-mail address".to_owned(),
                name,
                vec!["You asked to use this e-mail address for your Deskbell account. Confirm that it's yours.".to_owned()],
                Some(("Confirm address", link)),
                "This link expires after 1 day. If you didn't ask for this, ignore this e-mail.",
            ),
            Self::EmailChanging { name, to } => (
                "Your e-mail address is being changed".to_owned(),
                name,
                vec![format!(
                    "Someone asked to change the e-mail address of your Deskbell account to {to}. The change takes effect when the new address is confirmed."
                )],
                None,
                "If it wasn't you, someone knows your password. Change it right away: that also cancels this change.",
            ),
            Self::SecondFactor { name, on } => (
                if on { "Two-factor authentication is on" } else { "Two-factor authentication is off" }.to_owned(),
                name,
                vec![if on {
                    "From now on you need a code from your authenticator app to sign in to your Deskbell account."
                } else {
                    "You no longer need a code to sign in to your Deskbell account."
                }.to_owned()],
                None,
                "If it wasn't you, change your password right away.",
            ),
            Self::Invitation {
                workspace,
                by,
                link,
            } => (
                format!("Join {workspace}"),
                String::new(),
                vec![format!(
                    "{by} invited you to join \"{workspace}\" on Deskbell and reply to its visitors."
                )],
                Some(("Accept invitation", link)),
                "This link expires after 7 days. If you don't know this person, ignore this e-mail.",
            ),
        };
        let greeting = match name.as_str() {
            "" => "Hello,".to_owned(),
            name => format!("Hello {name},"),
        };
        RenderedEmail {
            subject: one_line(&subject),
            greeting,
            before,
            link,
            after,
        }
    }
}

impl RenderedEmail {
    /// The plain-text part.
    pub fn text(&self) -> String {
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

    /// The HTML part.
    pub fn html(&self) -> String {
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

/// Removes control characters: line breaks would begin a new header or line.
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

    fn all() -> Vec<Email> {
        let (name, link) = ("Ada".to_owned(), "https://chat.example/app/x#1".to_owned());
        let workspace = "North".to_owned();
        vec![
            Email::VerifyEmail {
                name: name.clone(),
                workspace: workspace.clone(),
                link: link.clone(),
            },
            Email::AddressTaken {
                name: name.clone(),
                link: link.clone(),
            },
            Email::ResetPassword {
                name: name.clone(),
                link: link.clone(),
            },
            Email::PasswordChanged {
                name: name.clone(),
                link: link.clone(),
            },
            Email::ConfirmEmail {
                name: name.clone(),
                link: link.clone(),
            },
            Email::EmailChanging {
                name: name.clone(),
                to: "ada@south.example".to_owned(),
            },
            Email::SecondFactor {
                name: name.clone(),
                on: true,
            },
            Email::SecondFactor { name, on: false },
            Email::Invitation {
                workspace,
                by: "Ben".to_owned(),
                link,
            },
        ]
    }

    #[test]
    fn all_e_mails_match_the_reviewed_file() {
        let texts = all().into_iter().map(|email| {
            let rendered = email.render();
            format!(
                "# {}\n\n{}",
                rendered.subject,
                rendered.text().replace("\r\n", "\n")
            )
        });
        let texts: Vec<_> = texts.collect();
        let reviewed = include_str!("email_text/reviewed.txt");
        assert_eq!(texts.join("\n"), reviewed);
    }

    #[test]
    fn user_input_becomes_neither_markup_nor_another_line() {
        let email = Email::Invitation {
            workspace: "North\r\nBcc: eve@example.com".to_owned(),
            by: "<img src=x onerror=\"alert(1)\">".to_owned(),
            link: "https://chat.example/app/join#\"><script>".to_owned(),
        };
        let rendered = email.render();
        assert_eq!(rendered.subject, "Join NorthBcc: eve@example.com");
        assert!(!rendered.html().contains("<img") && !rendered.html().contains("<script>"));
        let lines: Vec<_> = rendered.text().lines().map(str::to_owned).collect();
        assert!(
            !lines.iter().any(|line| line.starts_with("Bcc")),
            "{lines:?}"
        );
    }
}
