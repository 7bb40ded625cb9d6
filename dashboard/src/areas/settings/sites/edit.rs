//! The form of a site: its name and addresses.

use deskbell_protocol::api::sites::{CreateSite, SetSite, Site, WidgetSettings};
use leptos::prelude::*;

use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::session::use_current_user;
use crate::text::settings as text;
use crate::text::shell::SAVE;
use crate::ui::field::{Field, FieldKind};

#[component]
pub(super) fn SiteForm(
    /// The site to change; `None` for a new one.
    site: Option<Site>,
    close: Callback<()>,
    changed: Callback<()>,
) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&["name", "allowed_origins"]);
    let id = site.as_ref().map(|site| site.id);
    let before = site.clone();
    let (name, origins) = site.map_or_else(Default::default, |site| {
        (site.name, site.allowed_origins.join("\n"))
    });
    let (name, origins) = (RwSignal::new(name), RwSignal::new(origins));
    let submit = move || {
        let name = name.get_untracked();
        let lines = origins.get_untracked();
        let mut allowed_origins: Vec<String> = Vec::new();
        for address in lines.split([',', '\n', ' ']).map(str::trim) {
            let is_known = allowed_origins.iter().any(|it| it == address);
            if !address.is_empty() && !is_known {
                allowed_origins.push(address.to_owned());
            }
        }
        // Only changes are sent: what was accepted once is not refused for another field's sake.
        let is_new = |old: fn(&Site) -> String, new: &str| {
            before.as_ref().is_none_or(|site| old(site) != new)
        };
        let has_new_name = is_new(|site| site.name.clone(), &name);
        let has_new_addresses = is_new(|site| site.allowed_origins.join("\n"), &lines);
        let signed_in = current_user.get_untracked();
        let work = async move {
            match id {
                None => {
                    let body = CreateSite {
                        name,
                        allowed_origins,
                        widget: WidgetSettings::default(),
                    };
                    signed_in.create_site(body).await
                }
                Some(id) => {
                    let body = SetSite {
                        name: has_new_name.then_some(name),
                        allowed_origins: has_new_addresses.then_some(allowed_origins),
                        widget: None,
                    };
                    signed_in.set_site(id, body).await
                }
            }
        };
        form.send(work, move |_| changed.run(()));
    };
    view! {
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="site-name" label=text::NAME kind=FieldKind::Text value=name error=form.of_field("name")/>
            <Field name="site-origins" label=text::ADDRESSES kind=FieldKind::Lines value=origins
                error=form.of_field("allowed_origins")
                hint=text::ADDRESSES_HINT/>
            <DialogActions form close>{if id.is_some() { SAVE } else { text::ADD_SITE }}</DialogActions>
        </form>
    }
}
