//! Says that whoever runs this Deskbell has closed it for a while, and in their words why.

use leptos::prelude::*;

use crate::components::icon::Icon;

#[component]
pub(crate) fn MaintenanceBanner(why: String) -> impl IntoView {
    view! {
        <div class="banner banner-maintenance" role="status">
            {Icon::Alert.small()}
            <span>
                <strong>{format!("Deskbell is closed for a while: {why}")}</strong>
                <br/>
                "What you write is kept here, and sent when it is open again."
            </span>
        </div>
    }
}
