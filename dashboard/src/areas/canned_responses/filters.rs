//! The filters of the list of canned responses: search, category and scope.

use std::time::Duration;

use deskbell_protocol::api::conversations::canned_responses::{
    CannedResponses, ListCannedResponses, ResponseScope,
};
use leptos::prelude::*;

use crate::shell::resource::Resource;
use crate::text::canned_responses as text;

/// The pause of typing after which the server is asked.
const PAUSE: Duration = Duration::from_millis(200);

/// What the list is filtered by; an empty text: not by this.
#[derive(Clone, Copy)]
pub(super) struct Filters {
    search: RwSignal<String>,
    category: RwSignal<String>,
    scope: RwSignal<String>,
}

impl Filters {
    pub(super) fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self {
            search: empty(),
            category: empty(),
            scope: empty(),
        }
    }

    /// The query, without tracking. The page may have been left.
    pub(super) fn query(self) -> ListCannedResponses {
        let chosen = |signal: RwSignal<String>| {
            let value = signal.try_get_untracked().unwrap_or_default();
            (!value.trim().is_empty()).then_some(value)
        };
        ListCannedResponses {
            q: chosen(self.search),
            category: chosen(self.category),
            scope: chosen(self.scope),
            ..ListCannedResponses::default()
        }
    }

    /// Whether the list is filtered; tracked.
    pub(super) fn are_set(self) -> bool {
        let signals = [self.search, self.category, self.scope];
        let is_set = |signal: &RwSignal<String>| signal.with(|value| !value.trim().is_empty());
        signals.iter().any(is_set)
    }
}

#[component]
pub(super) fn FilterBar(filters: Filters, list: Resource<CannedResponses>) -> impl IntoView {
    let Filters {
        search,
        category,
        scope,
    } = filters;
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(timer) = timer.try_get_value().flatten() {
            timer.clear();
        }
    };
    on_cleanup(stop);
    let typed = move |_| {
        stop();
        let begun = set_timeout_with_handle(move || list.reload(), PAUSE);
        timer.set_value(begun.ok());
    };
    let choose = move |signal: RwSignal<String>| {
        move |event: leptos::ev::Event| {
            signal.set(event_target_value(&event));
            list.reload();
        }
    };
    // The server sends the categories of the whole list with each first page.
    let categories = Memo::new(move |_| list.get().map(|page| page.categories).unwrap_or_default());
    let option = move |name: String| {
        let is_chosen = category.get_untracked() == name;
        view! { <option value=name.clone() selected=is_chosen>{name.clone()}</option> }
    };
    view! {
        <div class="canned-filters" role="search">
            <input
                type="search" class="canned-search" dir="auto" autocomplete="off" maxlength="100"
                aria-label=text::SEARCH placeholder=text::SEARCH
                bind:value=search on:input=typed
            />
            <select class="select" aria-label=text::FILTER_CATEGORY on:change=choose(category)>
                <option value="">{text::ALL_CATEGORIES}</option>
                {move || categories.get().into_iter().map(option).collect_view()}
            </select>
            <select class="select" aria-label=text::FILTER_SCOPE on:change=choose(scope)>
                <option value="">{text::ALL_SCOPES}</option>
                <option value=ResponseScope::Own.as_str().to_owned()>{text::TAG_OWN}</option>
                <option value=ResponseScope::Team.as_str().to_owned()>{text::TAG_TEAM}</option>
                <option value=ResponseScope::Workspace.as_str().to_owned()>{text::TAG_WORKSPACE}</option>
            </select>
        </div>
    }
}
