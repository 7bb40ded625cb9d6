//! A notice for each website that tried to show a site's chat and is not in its list. A button adds it;
//! a website that cannot be added gets the reason instead.

use deskbell_protocol::api::sites::{RefusedOrigin, SetSite, Site};
use leptos::prelude::*;

use crate::areas::settings::site_origin::has_accepted_scheme;
use crate::shell::form::Form;
use crate::shell::form_parts::FormMessage;
use crate::shell::session::use_current_user;
use crate::text::settings as text;
use crate::ui::button::Button;
use crate::ui::icon::Icon;

#[component]
pub(super) fn RefusedOrigins(site: Site, changed: Callback<()>) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&[]);
    let notices = site.refused_origins.iter().map(|refused| {
        let RefusedOrigin { origin, .. } = refused.clone();
        let mut allowed = site.allowed_origins.clone();
        allowed.push(origin.clone());
        let id = site.id;
        let add = Callback::new(move |()| {
            let body = SetSite {
                allowed_origins: Some(allowed.clone()),
                ..SetSite::default()
            };
            form.send(current_user.get_untracked().set_site(id, body), move |_| {
                changed.run(())
            });
        });
        let button = has_accepted_scheme(&origin).then(|| {
            let label = text::add_address(&origin);
            view! { <Button on_press=add>{label}</Button> }
        });
        let reason = button.is_none().then_some(text::ADDRESS_NEEDS_HTTPS);
        view! {
            <div class="banner banner-notice settings-refused">
                {Icon::Alert.small()}
                <span>{text::address_refused(&origin)} " " {reason}</span>
                {button}
            </div>
        }
    });
    view! {
        {notices.collect_view()}
        <FormMessage form/>
    }
}
