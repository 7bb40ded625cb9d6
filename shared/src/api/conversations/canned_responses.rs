//! `/api/v1/canned-responses`: texts that agents insert into replies, by a shortcut.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::{CannedResponseId, ConversationId, TeamId};
use crate::model::AgentView;
use crate::word::words;

words! {
    /// Who sees a canned response.
    ResponseScope {
        /// Only the member who owns it, who also changes it.
        Own = "own",
        /// The members of one team. Administrators see and change it.
        Team = "team",
        /// All members of the workspace. Administrators change it.
        Workspace = "workspace",
    }
}

/// `GET /api/v1/canned-responses?q=&category=&scope=&cursor=&limit=`: `200` [`CannedResponses`].
/// `GET /api/v1/canned-responses/export?scope=`: `200`, a CSV file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct ListCannedResponses {
    /// Only those with this text in their shortcut, title, category or content. Case and accents make no
    /// difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Only those of this category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Only those of this scope: `own`, `team` or `workspace`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(pattern = "^(own|team|workspace)$"))]
    pub scope: Option<String>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The size of the page, 1 to [`crate::limits::LIST_ROWS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 100))]
    pub limit: Option<usize>,
}

/// A page of the canned responses that the caller sees, by their shortcuts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CannedResponses {
    /// The entries, in this order.
    pub responses: Vec<CannedResponse>,
    /// On the first page: the categories of all responses that the caller sees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// The cursor of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A canned response. `GET /api/v1/canned-responses/{id}`: `200`, `DELETE`: `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CannedResponse {
    /// The canned response.
    pub id: CannedResponseId,
    /// Who sees it.
    pub scope: ResponseScope,
    /// The team whose members see it, if that is its scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// What agents type after `/` to find it; unique in its scope, whatever the case.
    pub shortcut: String,
    /// Its title.
    pub title: String,
    /// Its category; empty without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// The text, with variables such as `{{visitor.name|there}}`.
    pub content: String,
    /// The member who created it.
    pub created_by: AgentView,
    /// When it was created.
    pub created_at: UnixMs,
    /// When it was last changed.
    pub updated_at: UnixMs,
    /// How often it was used.
    pub use_count: i64,
    /// When it was last used; absent if it was never used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<UnixMs>,
}

/// `POST /api/v1/canned-responses`: `201` [`CannedResponse`], `404` if there is no such team, `409` if the
/// shortcut is used in this scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateCannedResponse {
    /// `own` by default. For the others the caller must be an administrator.
    #[serde(default = "own")]
    pub scope: ResponseScope,
    /// The team, if that is the scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// 1 to [`crate::limits::SHORTCUT_CHARS`] letters, digits, `-`, `_` and `.`; a `/` before them is left out.
    pub shortcut: String,
    /// 1 to 200 characters in one line.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub title: String,
    /// At most [`crate::limits::CATEGORY_CHARS`] characters in one line.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 50))]
    pub category: String,
    /// At most [`crate::limits::TEXT_CHARS`] characters. The variables are `visitor.name`, `visitor.email`,
    /// `agent.name` and `site.name`; text after `|` is the default.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 4000))]
    pub content: String,
}

/// `PATCH /api/v1/canned-responses/{id}`: `200` [`CannedResponse`]. Fields that are left out stay as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetCannedResponse {
    /// Another scope: shares the caller's own response, or takes one back as the caller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ResponseScope>,
    /// Another team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// As in [`CreateCannedResponse`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortcut: Option<String>,
    /// As in [`CreateCannedResponse`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub title: Option<String>,
    /// As in [`CreateCannedResponse`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 50))]
    pub category: Option<String>,
    /// As in [`CreateCannedResponse`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 4000))]
    pub content: Option<String>,
}

/// `POST /api/v1/canned-responses/{id}/use`: `200` [`FilledResponse`]. Counts a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UseCannedResponse {
    /// The conversation from which the values of the variables are taken.
    pub conversation_id: ConversationId,
}

/// The content of a canned response, filled for a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FilledResponse {
    /// The text.
    pub text: String,
}

/// `POST /api/v1/canned-responses/import?dry_run=`, the body is a CSV file: `200` [`ImportedResponses`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct ImportCannedResponses {
    /// Only checks the file and answers with what would be imported, and with the errors.
    #[serde(default)]
    pub dry_run: bool,
}

/// The result of an import. A file with errors is not imported (`422`, a field is `rows.4.content` for the
/// column `content` in line 4); only a dry run answers with the errors here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportedResponses {
    /// New canned responses.
    pub created: usize,
    /// Changed canned responses, found by their shortcuts.
    pub updated: usize,
    /// Canned responses that are as in the file.
    pub unchanged: usize,
    /// The number of errors.
    #[serde(default)]
    pub error_count: usize,
    /// The errors in the order of the lines, at most [`crate::limits::IMPORT_ERRORS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ImportError>,
}

/// An error in a file to import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportError {
    /// The line in which the row begins; the first is 1.
    pub line: u64,
    /// The column.
    pub field: String,
    /// What is wrong, as a sentence.
    pub message: String,
}

fn own() -> ResponseScope {
    ResponseScope::Own
}
