//! Text of canned responses: their page, and the list in the composer.

use crate::text::people::count_of;

pub(crate) const CANNED_RESPONSES: &str = "Canned responses";
pub(crate) const LEAD: &str =
    "Answers that you write once and use often. Type / in a reply to insert one.";

/// The shortcut as agents type it.
pub(crate) fn shortcut(shortcut: &str) -> String {
    format!("/{shortcut}")
}

// The page.
pub(crate) const NEW_OPEN: &str = "New response…";
pub(crate) const NEW: &str = "New canned response";
pub(crate) const CREATE: &str = "Create";
pub(crate) const EDIT: &str = "Edit canned response";
pub(crate) const EXPORT: &str = "Export";
pub(crate) const IMPORT_OPEN: &str = "Import…";
pub(crate) const SEARCH: &str = "Search canned responses";
pub(crate) const FILTER_CATEGORY: &str = "Category";
pub(crate) const ALL_CATEGORIES: &str = "All categories";
pub(crate) const FILTER_SCOPE: &str = "Available to";
pub(crate) const ALL_SCOPES: &str = "All responses";
pub(crate) const NONE: &str = "No canned responses yet";
pub(crate) const NONE_LEAD: &str = "Write the answers that you give every day.";
pub(crate) const NO_MATCH: &str = "No canned response matches.";
pub(crate) const MORE: &str = "Show more";
pub(crate) const NEVER_USED: &str = "Never used";
pub(crate) const SCOPE_OWN: &str = "Only me";
pub(crate) const SCOPE_WORKSPACE: &str = "Everyone in the workspace";
pub(crate) const TAG_OWN: &str = "Only you";
pub(crate) const TAG_TEAM: &str = "Team";
pub(crate) const TAG_WORKSPACE: &str = "Workspace";
pub(crate) fn used(count: usize, when: &str) -> String {
    format!("Used {}, last {when}", count_of(count, "time", "times"))
}

// The form.
pub(crate) const SHORTCUT: &str = "Shortcut";
pub(crate) const SHORTCUT_HINT: &str =
    "Letters, digits, - _ and . without spaces. You type / before it.";
pub(crate) const TITLE: &str = "Title";
pub(crate) const CATEGORY: &str = "Category (optional)";
pub(crate) const CONTENT: &str = "Text";
pub(crate) const CONTENT_HINT: &str =
    "Text after | is used when a value is missing, as in {{visitor.name|there}}.";
pub(crate) const AVAILABLE_TO: &str = "Available to";
pub(crate) const INSERT_VARIABLE: &str = "Insert a variable";
pub(crate) const PREVIEW: &str = "Preview";
pub(crate) const PREVIEW_EMPTY: &str = "The text as your visitor sees it.";
pub(crate) const VISITOR_NAME: &str = "Visitor's name";
pub(crate) const VISITOR_EMAIL: &str = "Visitor's e-mail";
pub(crate) const AGENT_NAME: &str = "Your name";
pub(crate) const SITE_NAME: &str = "Site";
pub(crate) const SAMPLE_VISITOR: &str = "Vera";
pub(crate) const SAMPLE_EMAIL: &str = "vera@shop.example";
pub(crate) const SAMPLE_SITE: &str = "Your site";
pub(crate) const WITH_VALUES: &str = "If the visitor is known";
pub(crate) const WITHOUT_VALUES: &str = "If the visitor is not known";
pub(crate) fn unknown_variable(name: &str) -> String {
    format!("There is no variable {{{{{name}}}}}.")
}

// Deletion.
pub(crate) const DELETE_TITLE: &str = "Delete this canned response?";
pub(crate) const DELETE: &str = "Delete canned response";
pub(crate) fn delete_lead(shortcut: &str, is_own: bool) -> String {
    match is_own {
        true => format!("/{shortcut} is deleted for good."),
        false => format!("/{shortcut} is deleted for good, for all teammates."),
    }
}

// Import.
pub(crate) const IMPORT: &str = "Import";
pub(crate) const IMPORT_TITLE: &str = "Import canned responses";
pub(crate) const IMPORT_LEAD: &str = "A CSV file with the columns shortcut, title, category, content, scope (own, team or workspace) and team. A row whose shortcut exists changes that response. Export your responses to see an example.";
pub(crate) const FILE: &str = "CSV file";
pub(crate) const FILE_TOO_LARGE: &str =
    "This file is larger than 2 MB. Split it into several files.";
pub(crate) const CHECKING: &str = "Checking the file";
pub(crate) const LINE: &str = "Line";
pub(crate) const COLUMN: &str = "Column";
pub(crate) const PROBLEMS: &str = "Errors of the file";
pub(crate) const PROBLEM: &str = "Problem";
pub(crate) const NO_CHANGES: &str = "All responses in this file are up to date.";
pub(crate) fn file_errors(count: usize) -> String {
    let errors = count_of(count, "error", "errors");
    format!("The file has {errors}. Nothing is imported before they are corrected.")
}
pub(crate) fn first_errors(count: usize) -> String {
    format!("The first {count} errors:")
}
pub(crate) fn import_plan(created: usize, updated: usize, unchanged: usize) -> String {
    format!("{created} new, {updated} changed, {unchanged} up to date.")
}
pub(crate) fn imported(created: usize, updated: usize) -> String {
    format!("Imported: {created} new, {updated} changed.")
}

// The list in the composer.
pub(crate) const INSERT: &str = "Insert canned response";
pub(crate) const INSERT_TITLE: &str = "Insert canned response (/)";
pub(crate) const LOADING: &str = "Loading canned responses…";
pub(crate) const CANNOT_LOAD: &str = "Couldn't load the canned responses.";
pub(crate) const NONE_YET: &str = "No canned responses yet.";
pub(crate) const CREATE_ONE: &str = "Create one";
/// What a screen reader announces when the list opens or its length changes.
pub(crate) fn offered(count: usize) -> String {
    match count {
        0 => NO_MATCH.to_owned(),
        n => {
            let responses = count_of(n, "canned response", "canned responses");
            format!("{responses}. Choose with the arrow keys, insert with Enter.")
        }
    }
}
