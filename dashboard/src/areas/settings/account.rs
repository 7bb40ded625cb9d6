//! `/app/settings/account`: profile, sign-in and sessions.

mod email;
mod password;
mod profile;
mod sessions;
mod two_factor;
mod two_factor_setup;

use leptos::prelude::*;

use email::EmailPart;
use password::PasswordPart;
use profile::ProfilePart;
use sessions::SessionsPart;
use two_factor::TwoFactorPart;

#[component]
pub(super) fn AccountPage() -> impl IntoView {
    view! {
        <ProfilePart/>
        <EmailPart/>
        <PasswordPart/>
        <TwoFactorPart/>
        <SessionsPart/>
    }
}
