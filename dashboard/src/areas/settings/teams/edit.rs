//! The form of a team: its name, color, members, sites and languages.

use deskbell_protocol::api::workspace::teams::{CreateTeam, SetTeam, Team};
use leptos::prelude::*;

use super::Loaded;
use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::session::use_current_user;
use crate::text::shell::SAVE;
use crate::text::{settings, teams as text};
use crate::ui::checkbox_list::CheckboxList;
use crate::ui::field::{Field, FieldKind};

#[component]
pub(super) fn TeamForm(
    /// The team to change; `None` for a new one.
    team: Option<Team>,
    loaded: Loaded,
    close: Callback<()>,
    changed: Callback<()>,
) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&["name", "languages"]);
    let before = team.clone().unwrap_or_else(no_team);
    let id = team.map(|team| team.id);
    let name = RwSignal::new(before.name.clone());
    let color = RwSignal::new(before.color.clone().unwrap_or_default());
    let languages = RwSignal::new(before.languages.join(", "));
    let members = RwSignal::new(before.member_ids.clone());
    let sites = RwSignal::new(before.site_ids.clone());
    let own_color = before.color.clone();
    let submit = move || {
        let signed_in = current_user.get_untracked();
        let (name, color) = (name.get_untracked(), color.get_untracked());
        let (member_ids, site_ids) = (members.get_untracked(), sites.get_untracked());
        let languages = tags(&languages.get_untracked());
        // Only changes are sent: what was accepted once is not refused for another field's sake.
        let body = SetTeam {
            name: (name != before.name).then(|| name.clone()),
            color: (color != before.color.clone().unwrap_or_default()).then(|| color.clone()),
            member_ids: (!is_same(&member_ids, &before.member_ids)).then(|| member_ids.clone()),
            site_ids: (!is_same(&site_ids, &before.site_ids)).then(|| site_ids.clone()),
            languages: (languages != before.languages).then(|| languages.clone()),
        };
        let work = async move {
            match id {
                None => {
                    let body = CreateTeam {
                        name,
                        color: Some(color),
                        member_ids,
                        site_ids,
                        languages,
                    };
                    signed_in.create_team(body).await
                }
                Some(id) => signed_in.set_team(id, body).await,
            }
        };
        form.send(work, move |_| changed.run(()));
    };
    let all_members = loaded.members.into_iter();
    let all_members: Vec<_> = all_members.map(|it| (it.user_id, it.name)).collect();
    let all_sites = loaded.sites.into_iter().map(|it| (it.id, it.name));
    let all_sites: Vec<_> = all_sites.collect();
    let site_list = (!all_sites.is_empty()).then(|| view! {
        <CheckboxList legend=text::TEAM_SITES hint=text::TEAM_SITES_HINT options=all_sites chosen=sites/>
    });
    view! {
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="team-name" label=settings::NAME kind=FieldKind::Text value=name error=form.of_field("name")/>
            <CheckboxList legend=text::TEAM_MEMBERS options=all_members chosen=members/>
            {site_list}
            <Field name="team-languages" label=text::LANGUAGES kind=FieldKind::Text value=languages is_optional=true
                error=form.of_field("languages") hint=text::LANGUAGES_HINT/>
            <ColorChoice own=own_color color/>
            <DialogActions form close>{if id.is_some() { SAVE } else { text::ADD_TEAM }}</DialogActions>
        </form>
    }
}

/// Colors as radio buttons; a color that a program has set is offered, too.
#[component]
fn ColorChoice(own: Option<String>, color: RwSignal<String>) -> impl IntoView {
    let is_known = |own: &String| text::COLORS.iter().any(|(_, known)| known == own);
    let own = own.filter(|own| !is_known(own));
    let own = own.map(|own| (text::OWN_COLOR, own));
    let none = (text::NO_COLOR, String::new());
    let known = text::COLORS.map(|(name, value)| (name, value.to_owned()));
    let option = move |(name, value): (&'static str, String)| {
        let (checked, chosen) = (value.clone(), value.clone());
        view! {
            <label class="swatch" title=name>
                <input type="radio" name="team-color" aria-label=name
                    prop:checked=move || color.with(|color| *color == checked)
                    on:change=move |_| color.set(chosen.clone())/>
                <span class="swatch-dot" class:swatch-none=value.is_empty() style=("--team", (!value.is_empty()).then_some(value))></span>
            </label>
        }
    };
    let options = std::iter::once(none).chain(own).chain(known);
    view! {
        <fieldset class="field-group">
            <legend>{text::COLOR}</legend>
            <div class="swatches">{options.map(option).collect_view()}</div>
        </fieldset>
    }
}

fn no_team() -> Team {
    Team {
        id: deskbell_protocol::TeamId(uuid::Uuid::nil()),
        name: String::new(),
        color: None,
        member_ids: Vec::new(),
        site_ids: Vec::new(),
        languages: Vec::new(),
        created_at: 0,
    }
}

/// The language tags in a text.
fn tags(text: &str) -> Vec<String> {
    let tags = text.split([',', ';', ' ', '\n']).map(str::trim);
    tags.filter(|tag| !tag.is_empty())
        .map(str::to_owned)
        .collect()
}

fn is_same<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    one.len() == other.len() && one.iter().all(|it| other.contains(it))
}
