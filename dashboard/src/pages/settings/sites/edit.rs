//! A site's name and origins.

use deskbell_protocol::api::sites::{CreateSite, SetSite, Site, WidgetSettings};
use leptos::prelude::*;

use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{DialogActions, FormMessage, on_submit};
use crate::state::form::Form;
use crate::state::session::use_oneself;

#[component]
pub(super) fn SiteForm(
    /// The one that is there already.
    site: Option<Site>,
    close: Callback<()>,
    changed: Callback<()>,
) -> impl IntoView {
    let oneself = use_oneself();
    let form = Form::new(&["name", "allowed_origins"]);
    let id = site.as_ref().map(|site| site.id);
    let (name, origins) = site.map_or_else(Default::default, |site| {
        (site.name, site.allowed_origins.join("\n"))
    });
    let (name, origins) = (RwSignal::new(name), RwSignal::new(origins));
    let submit = move || {
        let name = name.get_untracked();
        let lines = origins.get_untracked();
        let allowed_origins = lines.split_whitespace().map(str::to_owned).collect();
        let signed_in = oneself.get_untracked();
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
                        name: Some(name),
                        allowed_origins: Some(allowed_origins),
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
            <Field name="site-name" label="Name" kind=FieldKind::Text value=name error=form.of_field("name")/>
            <Field name="site-origins" label="Origins" kind=FieldKind::Lines value=origins
                error=form.of_field("allowed_origins")
                hint="One a line, as in https://shop.example. Nothing after the name of the host."/>
            <DialogActions form close>{if id.is_some() { "Save" } else { "Add the site" }}</DialogActions>
        </form>
    }
}
