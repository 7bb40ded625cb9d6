//! The fields of a canned response: their rules, and the forms in which they are compared and searched.

use deskbell_base::error::{AppError, AppResult, FieldErrors};
use deskbell_base::text;
use deskbell_protocol::api::conversations::canned_responses::CannedResponse;
use deskbell_protocol::limits;
use deskbell_protocol::template::{Template, Variable};
use deskbell_store::conversations::canned_responses::{Audience, Fields};

/// The texts of a canned response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Texts {
    pub(super) shortcut: String,
    pub(super) title: String,
    pub(super) category: String,
    pub(super) content: String,
}

impl Texts {
    /// The texts of a saved response.
    pub(super) fn of(response: &CannedResponse) -> Self {
        Self {
            shortcut: response.shortcut.clone(),
            title: response.title.clone(),
            category: response.category.clone(),
            content: response.content.clone(),
        }
    }

    /// Checks all texts, and returns them as they are saved.
    pub(super) fn checked(&self) -> AppResult<Self> {
        let mut wrong = FieldErrors::default();
        let checked = Self {
            shortcut: wrong.take(shortcut(&self.shortcut)),
            title: wrong.take(title(&self.title)),
            category: wrong.take(category(&self.category)),
            content: wrong.take(content(&self.content)),
        };
        wrong.finish()?;
        Ok(checked)
    }

    /// Lists the fields that differ from a saved response.
    pub(super) fn differences(&self, response: &CannedResponse) -> Vec<&'static str> {
        let fields = [
            ("shortcut", &self.shortcut, &response.shortcut),
            ("title", &self.title, &response.title),
            ("category", &self.category, &response.category),
            ("content", &self.content, &response.content),
        ];
        let different = fields.into_iter().filter(|(_, new, old)| new != old);
        different.map(|(name, ..)| name).collect()
    }

    /// The fields to save.
    pub(super) fn into_fields(self, audience: Audience) -> Fields {
        let all = [
            self.shortcut.as_str(),
            &self.title,
            &self.category,
            &self.content,
        ];
        Fields {
            audience,
            shortcut_key: text::shortcut_key(&self.shortcut),
            search_text: text::search_key(&all.join("\n")),
            shortcut: self.shortcut,
            title: self.title,
            category: self.category,
            content: self.content,
        }
    }
}

pub(super) fn shortcut(input: &str) -> AppResult<String> {
    text::shortcut("shortcut", input)
}

pub(super) fn title(input: &str) -> AppResult<String> {
    let title = text::line("title", input)?;
    if title.is_empty() {
        return Err(AppError::invalid("title", "Enter a title."));
    }
    Ok(title)
}

pub(super) fn category(input: &str) -> AppResult<String> {
    let category = text::line("category", input)?;
    if category.chars().count() > limits::CATEGORY_CHARS {
        let message = format!(
            "Enter a category of at most {} characters.",
            limits::CATEGORY_CHARS
        );
        return Err(AppError::invalid("category", message));
    }
    Ok(category)
}

/// A message whose variables are known.
pub(super) fn content(input: &str) -> AppResult<String> {
    let Ok(content) = text::message(input) else {
        let message = format!("Enter a text of at most {} characters.", limits::TEXT_CHARS);
        return Err(AppError::invalid("content", message));
    };
    let unknown = Template::parse(&content).list_unknown().first().copied();
    if let Some(name) = unknown {
        let known = Variable::ALL.map(Variable::as_str).join(", ");
        let name: String = name.chars().take(limits::CATEGORY_CHARS).collect();
        let message = format!("There is no variable {{{{{name}}}}}. Use one of these: {known}.");
        return Err(AppError::invalid("content", message));
    }
    Ok(content)
}
