//! The banner of a maintenance, with the reason that the administrator gave.

use leptos::prelude::*;

use crate::text::shell as text;
use crate::ui::icon::Icon;

#[component]
pub(crate) fn MaintenanceBanner(reason: String) -> impl IntoView {
    view! {
        <div class="banner banner-maintenance" role="status">
            {Icon::Alert.small()}
            <span>
                <strong dir="auto">{text::maintenance(&reason)}</strong>
                <br/>
                {text::MAINTENANCE_NOTE}
            </span>
        </div>
    }
}
