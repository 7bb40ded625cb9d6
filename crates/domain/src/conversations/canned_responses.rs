//! Canned responses: every member manages their own and reads those of their teams and of the workspace,
//! which administrators manage.

mod csv_file;
mod fields;
mod import;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_base::actor::Actor;
use deskbell_base::error::{AppError, AppResult, FieldErrors};
use deskbell_base::text;
use deskbell_protocol::api::conversations::canned_responses::{
    CannedResponse, CannedResponses, CreateCannedResponse, FilledResponse, ListCannedResponses,
    ResponseScope, SetCannedResponse,
};
use deskbell_protocol::template::{Template, Values};
use deskbell_protocol::{
    CannedResponseId, ConversationId, ErrorCode, Role, TeamId, limits as sizes,
};
use deskbell_store::conversations::canned_responses::{self, Audience, Filter, ListPosition};
use deskbell_store::visitors::UNNAMED;
use deskbell_store::workspace::{limits, members, teams};
use deskbell_store::{Error, Tx, WorkspaceScope, conversations, visitors};
use futures_util::stream::{self, Stream};
use serde_json::json;
use uuid::Uuid;

use self::fields::Texts;
use crate::core::Core;
use crate::platform::audit::{self, Action, target};

pub use self::import::import;

/// The longest text to search for, in characters.
const SEARCH_CHARS: usize = 100;
/// The number of responses that an export reads at a time.
const RUN: i64 = 100;
/// The bytes of an id in a cursor.
const ID_BYTES: usize = 16;

/// Lists a page of the responses that the member sees, by their shortcuts.
pub async fn list(
    core: &Core,
    scope: &WorkspaceScope,
    query: ListCannedResponses,
) -> AppResult<CannedResponses> {
    let limit = query.limit.unwrap_or(sizes::LIST_ROWS);
    if !(1..=sizes::LIST_ROWS).contains(&limit) {
        let message = format!("The limit must be 1 to {}.", sizes::LIST_ROWS);
        return Err(AppError::invalid("limit", message));
    }
    let after = query.cursor.as_deref().map(read_cursor).transpose()?;
    let is_first = after.is_none();
    let filter = filter(query)?;
    let asked = i64::try_from(limit).map_err(AppError::internal)?;
    let mut reader = core.db.read().await?;
    let after = after.unwrap_or_default();
    let mut rows =
        canned_responses::list_canned_responses(&mut reader, scope, &filter, &after, asked + 1)
            .await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next_cursor = last.map(|(_, position)| write_cursor(position));
    let categories = match is_first {
        true => canned_responses::list_categories(&mut reader, scope).await?,
        false => Vec::new(),
    };
    Ok(CannedResponses {
        responses: rows.into_iter().map(|(response, _)| response).collect(),
        categories,
        next_cursor,
    })
}

/// Gets a response that the member sees.
pub async fn get(
    core: &Core,
    scope: &WorkspaceScope,
    id: CannedResponseId,
) -> AppResult<CannedResponse> {
    let mut reader = core.db.read().await?;
    Ok(canned_responses::get_canned_response(&mut reader, scope, id).await?)
}

/// Creates a response of the member's own, or as an administrator one of the workspace.
pub async fn create(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    body: CreateCannedResponse,
) -> AppResult<CannedResponse> {
    let mut wrong = FieldErrors::default();
    let audience = wrong.take(find_audience(scope, body.scope, body.team_id).map(Some));
    let texts = Texts {
        shortcut: body.shortcut,
        title: body.title,
        category: body.category,
        content: body.content,
    };
    let texts = wrong.take(texts.checked());
    wrong.finish()?;
    let audience = audience.unwrap_or(Audience::Own(scope.user.id));
    may_change(scope, audience.scope())?;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    check_audience(&mut tx, scope, audience).await?;
    check_room(&mut tx, scope, audience, 1).await?;
    let fields = texts.into_fields(audience);
    let id = canned_responses::create_canned_response(&mut tx, scope, &fields).await;
    let response = get_saved(&mut tx, scope, id).await?;
    let details = json!({ "scope": response.scope });
    record(
        &mut tx,
        scope,
        actor,
        Action::CannedResponseCreated,
        &response,
        details,
    )
    .await?;
    tx.commit().await?;
    Ok(response)
}

/// Changes the fields that are present. Another scope shares a response or makes it the member's own.
pub async fn set(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: CannedResponseId,
    body: SetCannedResponse,
) -> AppResult<CannedResponse> {
    let mut wrong = FieldErrors::default();
    let shortcut = wrong.take(body.shortcut.as_deref().map(fields::shortcut).transpose());
    let title = wrong.take(body.title.as_deref().map(fields::title).transpose());
    let category = wrong.take(body.category.as_deref().map(fields::category).transpose());
    let content = wrong.take(body.content.as_deref().map(fields::content).transpose());
    if let Some(ResponseScope::Other(_)) = body.scope {
        wrong.take::<()>(Err(wrong_scope()));
    }
    wrong.finish()?;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let before = canned_responses::get_canned_response(&mut tx, scope, id).await?;
    may_change(scope, before.scope)?;
    let old = find_audience(scope, before.scope, before.team_id)?;
    let wanted = body.scope.unwrap_or(before.scope);
    let old_team = before.team_id.filter(|_| wanted == ResponseScope::Team);
    let audience = find_audience(scope, wanted, body.team_id.or(old_team))?;
    may_change(scope, audience.scope())?;
    let texts = Texts {
        shortcut: shortcut.unwrap_or_else(|| before.shortcut.clone()),
        title: title.unwrap_or_else(|| before.title.clone()),
        category: category.unwrap_or_else(|| before.category.clone()),
        content: content.unwrap_or_else(|| before.content.clone()),
    };
    let is_moved = audience != old;
    if !is_moved && texts == Texts::of(&before) {
        return Ok(before);
    }
    if is_moved {
        check_audience(&mut tx, scope, audience).await?;
        if matches!(old, Audience::Own(_)) || matches!(audience, Audience::Own(_)) {
            check_room(&mut tx, scope, audience, 1).await?;
        }
    }
    let mut changed = texts.differences(&before);
    changed.extend(is_moved.then_some("scope"));
    let fields = texts.into_fields(audience);
    let set = canned_responses::set_canned_response(&mut tx, scope, id, &fields).await;
    let response = get_saved(&mut tx, scope, set.map(|()| id)).await?;
    let details = json!({ "scope": response.scope, "changed": changed });
    record(
        &mut tx,
        scope,
        actor,
        Action::CannedResponseChanged,
        &response,
        details,
    )
    .await?;
    tx.commit().await?;
    Ok(response)
}

/// Deletes a response.
pub async fn delete(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: CannedResponseId,
) -> AppResult<()> {
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let response = canned_responses::get_canned_response(&mut tx, scope, id).await?;
    may_change(scope, response.scope)?;
    canned_responses::delete_canned_response(&mut tx, scope, id).await?;
    let details = json!({ "scope": response.scope });
    record(
        &mut tx,
        scope,
        actor,
        Action::CannedResponseDeleted,
        &response,
        details,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Fills a response for a conversation, and counts the use.
pub async fn fill(
    core: &Core,
    scope: &WorkspaceScope,
    id: CannedResponseId,
    conversation: ConversationId,
) -> AppResult<FilledResponse> {
    let mut tx = core.begin().await?;
    let response = canned_responses::get_canned_response(&mut tx, scope, id).await?;
    let head = conversations::get_for_agent(&mut tx, scope, conversation).await?;
    let visitor = visitors::get_visitor(&mut tx, scope, head.visitor.id).await?;
    let values = Values {
        visitor_name: Some(head.visitor.name).filter(|name| name != UNNAMED),
        visitor_email: visitor.email,
        agent_name: Some(scope.user.name.clone()),
        site_name: Some(head.site.name),
    };
    canned_responses::count_use(&mut tx, scope, id).await?;
    tx.commit().await?;
    let text = Template::parse(&response.content).fill(&values);
    Ok(FilledResponse { text })
}

/// Exports the responses that the member sees as CSV, which [`import()`] reads: a stream, because all together
/// may be large.
pub async fn export(
    core: &Core,
    scope: &WorkspaceScope,
    query: ListCannedResponses,
) -> AppResult<impl Stream<Item = AppResult<String>> + Send + use<>> {
    let filter = filter(query)?;
    let (db, scope) = (core.db.clone(), scope.clone());
    let names = Arc::new(csv_file::team_names(
        teams::list_teams(&mut db.read().await?, &scope).await?,
    ));
    let pages = stream::try_unfold(Some(ListPosition::default()), move |after| {
        let (db, scope, filter) = (db.clone(), scope.clone(), filter.clone());
        let names = Arc::clone(&names);
        async move {
            let Some(after) = after else {
                return Ok::<_, AppError>(None);
            };
            let mut reader = db.read().await?;
            let rows =
                canned_responses::list_canned_responses(&mut reader, &scope, &filter, &after, RUN)
                    .await?;
            let next = rows.last().map(|(_, position)| position.clone());
            let lines = csv_file::write(rows.iter().map(|(response, _)| response), &names)?;
            Ok(Some((lines, next)))
        }
    });
    let head = stream::once(async { Ok(csv_file::head()) });
    Ok(stream::StreamExt::chain(head, pages))
}

/// The audience that a scope means for this member.
fn find_audience(
    scope: &WorkspaceScope,
    wanted: ResponseScope,
    team: Option<TeamId>,
) -> AppResult<Audience> {
    match (wanted, team) {
        (ResponseScope::Own, None) => Ok(Audience::Own(scope.user.id)),
        (ResponseScope::Workspace, None) => Ok(Audience::Workspace),
        (ResponseScope::Team, Some(team)) => Ok(Audience::Team(team)),
        (ResponseScope::Team, None) => Err(AppError::invalid("team_id", "Choose a team.")),
        (ResponseScope::Other(_), _) => Err(wrong_scope()),
        (_, Some(_)) => Err(AppError::invalid(
            "team_id",
            "Only responses with the scope team have a team.",
        )),
    }
}

fn wrong_scope() -> AppError {
    AppError::invalid("scope", "Use own, team or workspace.")
}

/// Refuses a change of shared responses by members who are no administrators.
fn may_change(scope: &WorkspaceScope, of: ResponseScope) -> AppResult<()> {
    if of == ResponseScope::Own || scope.role.reaches(Role::Admin) {
        return Ok(());
    }
    Err(AppError::new(ErrorCode::Forbidden, ADMINS_ONLY))
}

const ADMINS_ONLY: &str = "Only an admin or an owner can change shared canned responses.";

/// Checks that an audience exists, and continues to until the commit. The workspace must be locked, which
/// keeps its teams. Own responses end with the membership, so it is locked; an operator who has entered the
/// workspace is not a member.
async fn check_audience(tx: &mut Tx, scope: &WorkspaceScope, audience: Audience) -> AppResult<()> {
    let owner = match audience {
        Audience::Own(owner) => owner,
        Audience::Team(team) => {
            return match teams::get_team(tx, scope, team).await {
                Err(Error::NotFound) => {
                    let message = "There is no such team.";
                    Err(AppError::in_field(ErrorCode::NotFound, "team_id", message))
                }
                found => Ok(found.map(drop)?),
            };
        }
        Audience::Workspace => return Ok(()),
    };
    match members::lock_shared_membership(tx, scope.workspace_id, owner).await {
        Err(Error::NotFound) => {
            let message = "Only members of this workspace have canned responses of their own.";
            Err(AppError::new(ErrorCode::Forbidden, message))
        }
        locked => Ok(locked?),
    }
}

/// Refuses `more` responses if there is no room for them. The workspace must be locked.
async fn check_room(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    audience: Audience,
    more: usize,
) -> AppResult<()> {
    let (most, whose) = match audience {
        Audience::Own(_) => (sizes::OWN_CANNED_RESPONSES, "You can have"),
        Audience::Team(_) | Audience::Workspace => {
            (sizes::CANNED_RESPONSES, "A workspace can share")
        }
    };
    let count = canned_responses::count_canned_responses(tx, scope.workspace_id, audience).await?;
    if usize::try_from(count).is_ok_and(|count| count + more <= most) {
        return Ok(());
    }
    let message = format!("{whose} at most {most} canned responses. Delete some first.");
    Err(AppError::new(ErrorCode::LimitReached, message))
}

/// The response that was saved under this id.
async fn get_saved(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    saved: deskbell_store::Result<CannedResponseId>,
) -> AppResult<CannedResponse> {
    match saved {
        Ok(id) => Ok(canned_responses::get_canned_response(tx, scope, id).await?),
        Err(Error::Conflict(_)) => Err(AppError::in_field(
            ErrorCode::Conflict,
            "shortcut",
            "Another canned response has this shortcut. Choose another one.",
        )),
        Err(error) => Err(error.into()),
    }
}

async fn record(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    actor: &Actor,
    action: Action,
    response: &CannedResponse,
    details: serde_json::Value,
) -> AppResult<()> {
    let what = target("canned_response", response.id, &response.shortcut);
    audit::record(tx, scope.workspace_id, actor, action, what, details).await
}

fn filter(query: ListCannedResponses) -> AppResult<Filter> {
    let mut wrong = FieldErrors::default();
    let search = query.q.map(|q| text::search_key(q.trim()));
    let search = search.filter(|search| !search.is_empty());
    if search
        .as_ref()
        .is_some_and(|it| it.chars().count() > SEARCH_CHARS)
    {
        let message = format!("Search for at most {SEARCH_CHARS} characters.");
        wrong.take::<()>(Err(AppError::invalid("q", message)));
    }
    let scope = query
        .scope
        .map(|word| match ResponseScope::from_word(&word) {
            ResponseScope::Other(_) => Err(wrong_scope()),
            scope => Ok(scope),
        });
    let scope = wrong.take(scope.transpose());
    wrong.finish()?;
    Ok(Filter {
        search,
        category: query.category,
        scope,
    })
}

fn write_cursor(position: &ListPosition) -> String {
    let mut bytes = position.id.as_bytes().to_vec();
    bytes.extend(position.shortcut_key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read_cursor(text: &str) -> AppResult<ListPosition> {
    let position = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| {
        let (id, key) = bytes.split_first_chunk::<ID_BYTES>()?;
        let shortcut_key = std::str::from_utf8(key).ok()?;
        // No text of a database contains NUL.
        (!shortcut_key.contains('\0')).then(|| ListPosition {
            shortcut_key: shortcut_key.to_owned(),
            id: Uuid::from_bytes(*id),
        })
    });
    position.ok_or_else(|| {
        AppError::invalid(
            "cursor",
            "This cursor doesn't belong to this list. Start without one.",
        )
    })
}
