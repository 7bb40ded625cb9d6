//! The import of canned responses: a file is checked as a whole, then imported as a whole or not at all.

use std::collections::{BTreeMap, HashMap};

use deskbell_base::actor::Actor;
use deskbell_base::error::{AppError, AppResult, FieldErrors};
use deskbell_base::text;
use deskbell_protocol::api::conversations::canned_responses::{
    ImportError, ImportedResponses, ResponseScope,
};
use deskbell_protocol::api::workspace::teams::Team;
use deskbell_protocol::{CannedResponseId, ErrorBody, ErrorCode, TeamId, limits as sizes};
use deskbell_store::WorkspaceScope;
use deskbell_store::conversations::canned_responses::{self, Audience, Fields};
use deskbell_store::workspace::{limits, teams, workspaces};
use serde_json::json;

use super::csv_file::{self, CsvRow};
use super::fields::Texts;
use super::{ADMINS_ONLY, check_audience, check_room, find_audience, may_change};
use crate::core::Core;
use crate::platform::audit::{self, Action, workspace_target};

/// A change that a row causes.
enum Change {
    Create(Fields),
    Update(CannedResponseId, Fields),
}

/// Imports a CSV file: a row whose shortcut exists in its scope changes that response, others create one.
/// With `dry_run` nothing is changed.
pub async fn import(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    file: &[u8],
    dry_run: bool,
) -> AppResult<ImportedResponses> {
    let rows = csv_file::read(file)?;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let teams = team_keys(teams::list_teams(&mut tx, scope).await?);
    let (rows, mut report) = check(scope, &teams, rows);
    if report.error_count > 0 && !dry_run {
        return Err(refusal(&report));
    }
    let own = Audience::Own(scope.user.id);
    if rows.iter().any(|(audience, _)| *audience == own) {
        check_audience(&mut tx, scope, own).await?;
    }
    let (mut changes, mut new_own, mut new_shared) = (Vec::new(), 0, 0);
    for (audience, texts) in rows {
        let key = text::shortcut_key(&texts.shortcut);
        let found = canned_responses::find_by_shortcut(&mut tx, scope, audience, &key).await?;
        match found {
            Some(found) if texts == Texts::of(&found) => report.unchanged += 1,
            Some(found) => {
                report.updated += 1;
                changes.push(Change::Update(found.id, texts.into_fields(audience)));
            }
            None => {
                report.created += 1;
                match audience == own {
                    true => new_own += 1,
                    false => new_shared += 1,
                }
                changes.push(Change::Create(texts.into_fields(audience)));
            }
        }
    }
    for (audience, more) in [(own, new_own), (Audience::Workspace, new_shared)] {
        if more > 0 {
            check_room(&mut tx, scope, audience, more).await?;
        }
    }
    if dry_run || changes.is_empty() {
        return Ok(report);
    }
    for change in changes {
        match change {
            Change::Create(fields) => {
                canned_responses::create_canned_response(&mut tx, scope, &fields).await?;
            }
            Change::Update(id, fields) => {
                canned_responses::set_canned_response(&mut tx, scope, id, &fields).await?;
            }
        }
    }
    let workspace = workspaces::get_workspace(&mut tx, scope.workspace_id).await?;
    let what = workspace_target(scope, &workspace.name);
    let details = json!({ "created": report.created, "updated": report.updated });
    let action = Action::CannedResponsesImported;
    audit::record(&mut tx, scope.workspace_id, actor, action, what, details).await?;
    tx.commit().await?;
    Ok(report)
}

/// Checks all rows. The report has the errors; the rows that are returned are correct.
fn check(
    scope: &WorkspaceScope,
    teams: &HashMap<String, TeamId>,
    rows: Vec<CsvRow>,
) -> (Vec<(Audience, Texts)>, ImportedResponses) {
    let (mut good, mut report) = (Vec::new(), ImportedResponses::default());
    let mut lines = HashMap::new();
    for row in rows {
        let line = row.line;
        match check_row(scope, teams, row) {
            Ok((audience, texts)) => {
                let key = (audience, text::shortcut_key(&texts.shortcut));
                let first = *lines.entry(key).or_insert(line);
                if first == line {
                    good.push((audience, texts));
                } else {
                    let message = format!("Line {first} has the same shortcut.");
                    add_error(&mut report, line, "shortcut", message);
                }
            }
            Err(error) => {
                for (field, message) in error.body.fields {
                    add_error(&mut report, line, &field, message);
                }
            }
        }
    }
    (good, report)
}

fn check_row(
    scope: &WorkspaceScope,
    teams: &HashMap<String, TeamId>,
    row: CsvRow,
) -> AppResult<(Audience, Texts)> {
    let mut wrong = FieldErrors::default();
    let audience = find_row_audience(scope, teams, &row).and_then(|audience| {
        may_change(scope, audience.scope())
            .map_err(|_| AppError::invalid("scope", ADMINS_ONLY))
            .map(|()| Some(audience))
    });
    let audience = wrong.take(audience);
    // A file of shortcuts and texts alone is enough.
    let title = match row.title.trim() {
        "" => row.shortcut.clone(),
        _ => row.title,
    };
    let texts = Texts {
        shortcut: row.shortcut,
        title,
        category: row.category,
        content: row.content,
    };
    let texts = wrong.take(texts.checked());
    wrong.finish()?;
    Ok((audience.unwrap_or(Audience::Workspace), texts))
}

/// The audience of a row: without a scope the member's own, or that of the team if there is one.
fn find_row_audience(
    scope: &WorkspaceScope,
    teams: &HashMap<String, TeamId>,
    row: &CsvRow,
) -> AppResult<Audience> {
    let (word, team) = (row.scope.trim().to_lowercase(), row.team.trim());
    let wanted = match (word.as_str(), team) {
        ("", "") => ResponseScope::Own,
        ("", _) => ResponseScope::Team,
        (word, _) => ResponseScope::from_word(word),
    };
    let wrong = |message| Err(AppError::invalid("team", message));
    let team = match (wanted, team) {
        (ResponseScope::Team, "") => return wrong("Enter the name of a team."),
        (ResponseScope::Team, name) => match teams.get(&text::name_key(name)) {
            Some(team) => Some(*team),
            None => return wrong("There is no team with this name."),
        },
        (ResponseScope::Other(_), _) | (_, "") => None,
        _ => return wrong("Only responses with the scope team have a team."),
    };
    find_audience(scope, wanted, team)
}

/// Teams by the keys of their names.
fn team_keys(teams: Vec<Team>) -> HashMap<String, TeamId> {
    let keys = teams.into_iter();
    keys.map(|team| (text::name_key(&team.name), team.id))
        .collect()
}

fn add_error(report: &mut ImportedResponses, line: u64, field: &str, message: String) {
    report.error_count += 1;
    if report.errors.len() < sizes::IMPORT_ERRORS {
        report.errors.push(ImportError {
            line,
            field: field.to_owned(),
            message,
        });
    }
}

/// The refusal of a file with errors.
fn refusal(report: &ImportedResponses) -> AppError {
    let first = report.errors.first();
    let first = first.map_or_else(String::new, |error| {
        format!(" Line {}, {}: {}", error.line, error.field, error.message)
    });
    let message = match report.error_count {
        1 => format!("Nothing was imported.{first}"),
        count => format!("Nothing was imported: there are {count} errors.{first}"),
    };
    let mut body = ErrorBody::new(ErrorCode::Invalid, message);
    let named = report.errors.iter().map(|error| {
        let name = format!("rows.{}.{}", error.line, error.field);
        (name, error.message.clone())
    });
    body.fields = named.collect::<BTreeMap<_, _>>();
    AppError::from(body)
}
