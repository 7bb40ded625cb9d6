//! The form of a canned response, with a live preview.

use deskbell_protocol::TeamId;
use deskbell_protocol::api::conversations::canned_responses::{
    CannedResponse, CreateCannedResponse, ResponseScope, SetCannedResponse,
};
use deskbell_protocol::api::workspace::teams::Team;
use deskbell_protocol::template::Variable;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

use super::preview::ContentPreview;
use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::labels::manages;
use crate::shell::session::use_current_user;
use crate::text::canned_responses as text;
use crate::text::shell::SAVE;
use crate::ui::field::{Field, FieldKind};
use crate::ui::select::Select;

const CONTENT_ID: &str = "canned-content";

#[component]
pub(super) fn ResponseForm(
    /// The response to change; `None` for a new one.
    response: Option<CannedResponse>,
    /// The teams of the workspace.
    teams: Vec<Team>,
    close: Callback<()>,
    changed: Callback<()>,
) -> impl IntoView {
    let current_user = use_current_user();
    let is_manager = manages(current_user.get_untracked().me.workspace.role);
    let form = Form::new(&["shortcut", "title", "category", "content"]);
    let id = response.as_ref().map(|response| response.id);
    let field = |of: fn(&CannedResponse) -> &String| {
        RwSignal::new(response.as_ref().map(of).cloned().unwrap_or_default())
    };
    let shortcut = field(|it| &it.shortcut);
    let title = field(|it| &it.title);
    let category = field(|it| &it.category);
    let content = field(|it| &it.content);
    // An administrator most often writes for the team.
    let first_scope = match (&response, is_manager) {
        (Some(response), _) => response.scope,
        (None, true) => ResponseScope::Workspace,
        (None, false) => ResponseScope::Own,
    };
    let first_team = response.as_ref().and_then(|response| response.team_id);
    let scope = RwSignal::new(scope_value(first_scope, first_team));
    let submit = move || {
        let (scope, team_id) = read_scope(&scope.get_untracked());
        let signed_in = current_user.get_untracked();
        let (shortcut, title) = (shortcut.get_untracked(), title.get_untracked());
        let (category, content) = (category.get_untracked(), content.get_untracked());
        let work = async move {
            match id {
                None => {
                    let body = CreateCannedResponse {
                        scope,
                        team_id,
                        shortcut,
                        title,
                        category,
                        content,
                    };
                    signed_in.create_canned_response(body).await
                }
                Some(id) => {
                    let body = SetCannedResponse {
                        scope: Some(scope),
                        team_id,
                        shortcut: Some(shortcut),
                        title: Some(title),
                        category: Some(category),
                        content: Some(content),
                    };
                    signed_in.set_canned_response(id, body).await
                }
            }
        };
        form.send(work, move |_| changed.run(()));
    };
    let choice = |scope, team, name: &str| (scope_value(scope, team), name.to_owned());
    let of_teams = teams
        .iter()
        .map(|team| choice(ResponseScope::Team, Some(team.id), &team.name));
    let mut scopes = vec![choice(
        ResponseScope::Workspace,
        None,
        text::SCOPE_WORKSPACE,
    )];
    scopes.extend(of_teams);
    scopes.push(choice(ResponseScope::Own, None, text::SCOPE_OWN));
    view! {
        <form class="settings-form canned-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <div class="canned-pair">
                <Field name="canned-shortcut" label=text::SHORTCUT kind=FieldKind::Text value=shortcut
                    error=form.of_field("shortcut") hint=text::SHORTCUT_HINT/>
                <Field name="canned-title" label=text::TITLE kind=FieldKind::Text value=title
                    error=form.of_field("title")/>
            </div>
            <Field name=CONTENT_ID label=text::CONTENT kind=FieldKind::Lines value=content
                error=form.of_field("content") hint=text::CONTENT_HINT/>
            <VariableButtons content/>
            <ContentPreview content/>
            <div class="canned-pair">
                <Field name="canned-category" label=text::CATEGORY kind=FieldKind::Text value=category
                    error=form.of_field("category")/>
                {is_manager.then(|| view! {
                    <Select name="canned-scope" label=text::AVAILABLE_TO options=scopes value=scope/>
                })}
            </div>
            <DialogActions form close>{if id.is_some() { SAVE } else { text::CREATE }}</DialogActions>
        </form>
    }
}

/// The value of a choice of scope: the word of the scope, or the id of a team.
fn scope_value(scope: ResponseScope, team: Option<TeamId>) -> String {
    team.map_or_else(|| scope.as_str().to_owned(), |team| team.to_string())
}

fn read_scope(value: &str) -> (ResponseScope, Option<TeamId>) {
    match value.parse() {
        Ok(team) => (ResponseScope::Team, Some(team)),
        Err(_) => (ResponseScope::from_word(value), None),
    }
}

/// The buttons that insert a variable where the caret is in the text.
#[component]
fn VariableButtons(content: RwSignal<String>) -> impl IntoView {
    let button = move |variable: Variable| {
        let name = match variable {
            Variable::VisitorName => text::VISITOR_NAME,
            Variable::VisitorEmail => text::VISITOR_EMAIL,
            Variable::AgentName => text::AGENT_NAME,
            Variable::SiteName => text::SITE_NAME,
        };
        view! {
            <button type="button" class="button canned-variable" on:click=move |_| insert(content, variable)>
                {name}
            </button>
        }
    };
    view! {
        <div class="canned-variables" role="group" aria-label=text::INSERT_VARIABLE>
            <span aria-hidden="true">{text::INSERT_VARIABLE}</span>
            {Variable::ALL.map(button)}
        </div>
    }
}

fn insert(content: RwSignal<String>, variable: Variable) {
    let found = document().get_element_by_id(CONTENT_ID);
    let Some(area) = found.and_then(|found| found.dyn_into::<HtmlTextAreaElement>().ok()) else {
        return;
    };
    let name = format!("{{{{{}}}}}", variable.as_str());
    let begin = area.selection_start().ok().flatten().unwrap_or(0);
    // Replaces the selection, as typing does.
    let _ = area.set_range_text(&name);
    // Names of variables are ASCII: a byte is a UTF-16 code unit.
    let caret = begin + u32::try_from(name.len()).unwrap_or(0);
    let _ = area.focus();
    let _ = area.set_selection_range(caret, caret);
    content.set(area.value());
}
