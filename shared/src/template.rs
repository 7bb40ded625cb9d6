//! Templates: the content of a canned response with variables, as in `{{visitor.name|there}}`.
//!
//! `{{name}}` stands for a value; the text after `|` is the default, for when there is no value. Anything
//! else is plain text, also a `{{` without its `}}`. The server checks and fills templates, the dashboard
//! previews them: with one parser both agree.

use std::fmt;

/// A variable of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// The visitor's name.
    VisitorName,
    /// The visitor's e-mail address.
    VisitorEmail,
    /// The name of the agent who uses the template.
    AgentName,
    /// The name of the conversation's site.
    SiteName,
}

impl Variable {
    /// All variables.
    pub const ALL: [Self; 4] = [
        Self::VisitorName,
        Self::VisitorEmail,
        Self::AgentName,
        Self::SiteName,
    ];

    /// The name between the braces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VisitorName => "visitor.name",
            Self::VisitorEmail => "visitor.email",
            Self::AgentName => "agent.name",
            Self::SiteName => "site.name",
        }
    }

    /// Finds a variable by its name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// The values of the variables in one conversation. One without a value is replaced by its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Of [`Variable::VisitorName`].
    pub visitor_name: Option<String>,
    /// Of [`Variable::VisitorEmail`].
    pub visitor_email: Option<String>,
    /// Of [`Variable::AgentName`].
    pub agent_name: Option<String>,
    /// Of [`Variable::SiteName`].
    pub site_name: Option<String>,
}

impl Values {
    /// The value of a variable, if there is one.
    pub fn find(&self, variable: Variable) -> Option<&str> {
        let value = match variable {
            Variable::VisitorName => &self.visitor_name,
            Variable::VisitorEmail => &self.visitor_email,
            Variable::AgentName => &self.agent_name,
            Variable::SiteName => &self.site_name,
        };
        value.as_deref().filter(|value| !value.is_empty())
    }
}

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Plain text.
    Text(&'a str),
    /// A variable.
    Variable {
        /// The part as it is written, with its braces.
        source: &'a str,
        /// The name, without the spaces around it. It may be unknown.
        name: &'a str,
        /// The default, without the spaces around it; empty if there is none.
        default: &'a str,
    },
}

/// A parsed template, which borrows its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template<'a> {
    parts: Vec<Part<'a>>,
}

impl<'a> Template<'a> {
    /// Parses a text. Every text is a template.
    pub fn parse(text: &'a str) -> Self {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some(end) = rest.find("}}") {
            let (before, after) = rest.split_at(end + 2);
            match rest[..end].rfind("{{") {
                Some(begin) => {
                    let (plain, source) = before.split_at(begin);
                    push_text(&mut parts, plain);
                    parts.push(variable(source));
                }
                None => push_text(&mut parts, before),
            }
            rest = after;
        }
        push_text(&mut parts, rest);
        Self { parts }
    }

    /// The parts, in order. Their sources together are the text.
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// Lists the names that are no variables, each once.
    pub fn list_unknown(&self) -> Vec<&'a str> {
        let mut unknown = Vec::new();
        for part in &self.parts {
            if let Part::Variable { name, .. } = part
                && Variable::find(name).is_none()
                && !unknown.contains(name)
            {
                unknown.push(*name);
            }
        }
        unknown
    }

    /// Fills the variables. Values are inserted as they are, so braces in them mean nothing; unknown
    /// variables stay as they are written.
    pub fn fill(&self, values: &Values) -> String {
        let filled = self.parts.iter().map(|part| match *part {
            Part::Text(text) => text,
            Part::Variable {
                source,
                name,
                default,
            } => match Variable::find(name) {
                Some(variable) => values.find(variable).unwrap_or(default),
                None => source,
            },
        });
        filled.collect()
    }
}

/// The text of the template, as it was parsed.
impl fmt::Display for Template<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Variable { source, .. } => f.write_str(source),
        })
    }
}

fn push_text<'a>(parts: &mut Vec<Part<'a>>, text: &'a str) {
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
}

/// The variable that is written as `source`, with two braces at either end.
fn variable(source: &str) -> Part<'_> {
    let inside = &source[2..source.len() - 2];
    let (name, default) = inside.split_once('|').unwrap_or((inside, ""));
    Part::Variable {
        source,
        name: name.trim(),
        default: default.trim(),
    }
}
