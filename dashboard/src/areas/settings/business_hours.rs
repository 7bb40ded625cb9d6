//! `/app/settings/business-hours`: when sites and teams are open, and their holidays.

mod copy;
mod delete;
mod holiday_form;
mod holidays;
mod import;
mod interval_rows;
mod status;
mod week_form;
mod week_view;

use deskbell_protocol::UnixMs;
use deskbell_protocol::api::workspace::business_hours::{BusinessHours, TimeZones};
use leptos::prelude::*;

use crate::api::ApiError;
use crate::browser::clock::now_ms;
use crate::shell::labels::manages;
use crate::shell::resource::Resource;
use crate::shell::resource_area::ResourceArea;
use crate::shell::session::use_current_user;
use crate::text::business_hours as text;
use crate::ui::button::Button;
use crate::ui::notice::EmptyNotice;
use crate::ui::select::Select;
use delete::DeletePart;
use holidays::HolidaysPart;
use status::OpenStatus;
use week_form::WeekForm;
use week_view::WeekView;

/// A site or a team.
#[derive(Clone, PartialEq)]
struct Owner {
    /// Its path in the API, as in `sites/…`.
    path: String,
    name: String,
    label: String,
}

/// Business hours, and when they came from the server: whether it is open is of that time.
#[derive(Clone, PartialEq)]
struct Received {
    hours: BusinessHours,
    at: UnixMs,
}

/// What the page shows: the sites and teams, their hours, and the time zones.
#[derive(Clone, Default)]
struct Loaded {
    owners: Vec<Owner>,
    hours: Vec<Received>,
    zones: Vec<(String, String)>,
}

/// The chosen site or team, and the loaded hours; shared by the parts of the page.
#[derive(Clone, Copy)]
struct HoursStore {
    loaded: Resource<Loaded>,
    owner: RwSignal<String>,
}

impl HoursStore {
    /// The hours of the chosen owner; tracked.
    fn current(self) -> Option<BusinessHours> {
        Some(self.received()?.hours)
    }

    /// The hours of the chosen owner, and when they came; tracked.
    fn received(self) -> Option<Received> {
        let owner = self.owner.get();
        let mut all = self.loaded.get()?.hours.into_iter();
        all.find(|it| it.path() == owner)
    }

    /// The name of the chosen owner; tracked.
    fn owner_name(self) -> String {
        let owner = self.owner.get();
        let owners = self.loaded.get().unwrap_or_default().owners;
        let found = owners.into_iter().find(|it| it.path == owner);
        found.map(|it| it.name).unwrap_or_default()
    }

    /// Replaces hours by those that the server has saved.
    fn saved(self, saved: BusinessHours) {
        self.loaded.update(|loaded| {
            let saved = Received::now(saved);
            loaded.hours.retain(|it| it.path() != saved.path());
            loaded.hours.push(saved);
        });
    }

    /// Removes the hours of an owner.
    fn deleted(self, owner: &str) {
        self.loaded
            .update(|loaded| loaded.hours.retain(|it| it.path() != owner));
    }
}

impl Received {
    fn now(hours: BusinessHours) -> Self {
        let at = now_ms();
        Self { hours, at }
    }

    /// The path of its owner.
    fn path(&self) -> String {
        match (self.hours.site_id, self.hours.team_id) {
            (Some(id), _) => format!("sites/{id}"),
            (None, Some(id)) => format!("teams/{id}"),
            (None, None) => String::new(),
        }
    }
}

#[component]
pub(super) fn BusinessHoursPage() -> impl IntoView {
    let current_user = use_current_user();
    let loaded = Resource::new(move || {
        let signed_in = current_user.get_untracked();
        async move {
            let sites = signed_in.clone().list_sites().await?;
            let teams = signed_in.clone().list_teams().await?;
            let zones = signed_in.clone().list_time_zones().await?;
            let hours = signed_in.list_business_hours().await?;
            let sites = sites.into_iter().map(|site| Owner {
                path: format!("sites/{}", site.id),
                label: text::site_owner(&site.name),
                name: site.name,
            });
            let teams = teams.into_iter().map(|team| Owner {
                path: format!("teams/{}", team.id),
                label: text::team_owner(&team.name),
                name: team.name,
            });
            Ok::<_, ApiError>(Loaded {
                owners: sites.chain(teams).collect(),
                hours: hours.into_iter().map(Received::now).collect(),
                zones: labelled(zones),
            })
        }
    });
    let store = HoursStore {
        loaded,
        owner: RwSignal::new(String::new()),
    };
    let owners = Memo::new(move |_| loaded.get().unwrap_or_default().owners);
    Effect::new(move || {
        let owners = owners.get();
        // The first one is chosen at the beginning, and if the chosen one is deleted.
        let owner = store.owner.get_untracked();
        if !owners.iter().any(|it| it.path == owner)
            && let Some(first) = owners.first()
        {
            store.owner.set(first.path.clone());
        }
    });
    let has_hours = Memo::new(move |_| store.current().is_some());
    view! {
        <section class="settings-part" aria-labelledby="hours-title">
            <header>
                <h2 id="hours-title">{text::HOURS_TITLE}</h2>
                <p>{text::HOURS_LEAD}</p>
            </header>
            <ResourceArea load_state=loaded.load_state() on_retry=loaded.retry() what="business hours">
                {move || match owners.get() {
                    owners if owners.is_empty() => view! {
                        <EmptyNotice title=text::NO_OWNERS><p>{text::NO_OWNERS_LEAD}</p></EmptyNotice>
                    }.into_any(),
                    owners => {
                        let options = owners.into_iter().map(|it| (it.path, it.label)).collect();
                        view! {
                            <div class="settings-form"><Select name="hours-owner" label=text::HOURS_OF options value=store.owner/></div>
                            <OwnerHours store/>
                        }.into_any()
                    }
                }}
            </ResourceArea>
        </section>
        {move || has_hours.get().then(|| view! { <HolidaysPart store/> <DeletePart store/> })}
    }
}

/// The hours of the chosen owner, or an offer to set some.
#[component]
fn OwnerHours(store: HoursStore) -> impl IntoView {
    let may = manages(use_current_user().get_untracked().me.workspace.role);
    // The owner for whom hours are entered for the first time.
    let begun = RwSignal::new(String::new());
    // The form is created again when the hours that it shows are replaced, and only then.
    let shown = Memo::new(move |_| {
        let hours = store.current();
        let is_begun = begun.get() == store.owner.get();
        (
            store.owner.get(),
            is_begun,
            hours.map(|it| (it.time_zone, it.week)),
        )
    });
    let begin = Callback::new(move |()| begun.set(store.owner.get_untracked()));
    view! {
        <OpenStatus store/>
        {move || match shown.get() {
            (_, _, Some((zone, week))) if may => view! { <WeekForm store zone week/> }.into_any(),
            (_, _, Some((_, week))) => view! { <WeekView week/> }.into_any(),
            (_, true, None) => view! { <WeekForm store zone=String::new() week=Vec::new()/> }.into_any(),
            (_, false, None) => view! {
                <EmptyNotice title=text::NO_HOURS>
                    <p>{text::NO_HOURS_LEAD}</p>
                    {may.then(|| view! { <Button class="button-primary" on_press=begin>{text::SET_HOURS}</Button> })}
                </EmptyNotice>
            }.into_any(),
        }}
    }
}

/// The time zones with their offsets now.
fn labelled(zones: TimeZones) -> Vec<(String, String)> {
    let labelled = zones.zones.into_iter().map(|zone| {
        let label = text::zone_label(zone.offset_seconds);
        (zone.name, label)
    });
    labelled.collect()
}
