//! The canned responses that the composer offers while an agent types `/`: a listbox above the field, with a
//! preview of the filled text.
//!
//! The field keeps the focus and names the active option (`aria-activedescendant`). It stays a text field for
//! assistive technology, because a combobox has a single line; a status says how many responses there are.

use std::time::Duration;

use deskbell_protocol::api::conversations::canned_responses::CannedResponse;
use deskbell_protocol::template::{Template, Values};
use deskbell_protocol::{Conversation, ConversationId};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::areas::inbox::caret_token::{Token, rank};
use crate::areas::inbox::inbox_store::{InboxStore, use_inbox};
use crate::shell::labels::is_named;
use crate::shell::route::Route;
use crate::shell::screen_link::ScreenLink;
use crate::shell::session::{CurrentUser, use_current_user};
use crate::text::canned_responses as text;

pub(crate) const LIST_ID: &str = "canned-list";
const PREVIEW_ID: &str = "canned-preview";
/// The pause of typing after which the server is asked.
const PAUSE: Duration = Duration::from_millis(150);

/// What the server has answered.
#[derive(Clone, Default)]
struct Loaded {
    responses: Vec<CannedResponse>,
    /// Whether there are more than these, so that filters are for the server.
    has_more: bool,
    has_failed: bool,
}

/// The state of the picker in one composer.
#[derive(Clone, Copy)]
pub(crate) struct CannedPicker {
    conversation: ConversationId,
    inbox: InboxStore,
    current_user: CurrentUser,
    token: RwSignal<Option<Token>>,
    /// The beginning of a token that the agent has closed with Escape.
    dismissed: StoredValue<Option<u32>>,
    loaded: RwSignal<Option<Loaded>>,
    /// Whether an answer is awaited.
    is_loading: RwSignal<bool>,
    /// Counts requests, so that an answer that came too late is ignored.
    turn: StoredValue<u32>,
    email: RwSignal<Option<String>>,
    knows_email: StoredValue<bool>,
    options: Memo<Vec<CannedResponse>>,
    active: RwSignal<usize>,
    values: Memo<Values>,
}

impl CannedPicker {
    pub(crate) fn new(conversation: ConversationId) -> Self {
        let (inbox, current_user) = (use_inbox(), use_current_user());
        let token = RwSignal::new(None::<Token>);
        let loaded = RwSignal::new(None::<Loaded>);
        let email = RwSignal::new(None);
        let filter =
            Memo::new(move |_| token.with(|token| token.as_ref().map(|it| it.filter.clone())));
        let options = Memo::new(move |_| match filter.get() {
            Some(filter) => loaded.with(|loaded| {
                let responses = loaded.as_ref().map(|loaded| &loaded.responses[..]);
                rank(responses.unwrap_or_default(), &filter)
            }),
            None => Vec::new(),
        });
        let values = Memo::new(move |_| {
            let head = inbox.thread.with(|thread| thread.conversation.clone());
            let name = head.as_ref().map(|head| head.visitor.name.clone());
            Values {
                visitor_name: name.filter(|name| is_named(name)),
                visitor_email: email.get(),
                agent_name: Some(current_user.get().me.name),
                site_name: head.map(|head: Conversation| head.site.name),
            }
        });
        let picker = Self {
            conversation,
            inbox,
            current_user,
            token,
            dismissed: StoredValue::new(None),
            loaded,
            is_loading: RwSignal::new(false),
            turn: StoredValue::new(0),
            email,
            knows_email: StoredValue::new(false),
            options,
            active: RwSignal::new(0),
            values,
        };
        Effect::new(move |before: Option<Option<String>>| {
            let now = filter.get();
            if before.as_ref() != Some(&now) {
                picker.active.set(0);
            }
            match (&before, &now) {
                (None | Some(None), Some(_)) => picker.load(String::new(), Duration::ZERO),
                (Some(Some(before)), Some(now)) if before != now => picker.narrow(now.clone()),
                _ => {}
            }
            now
        });
        picker
    }

    /// Follows what is typed and where the caret is.
    pub(crate) fn follow(self, text: &str, caret: Option<u32>) {
        let found = caret.and_then(|caret| Token::find(text, caret));
        let start = found.as_ref().map(|token| token.start);
        if self.dismissed.get_value() != start {
            self.dismissed.set_value(None);
        }
        let shown = found.filter(|_| self.dismissed.get_value().is_none());
        if self.token.with_untracked(|token| *token != shown) {
            self.token.set(shown);
        }
    }

    pub(crate) fn close(self) {
        if self.token.with_untracked(Option::is_some) {
            self.token.set(None);
        }
    }

    /// Whether options are shown; tracked.
    pub(crate) fn has_options(self) -> bool {
        self.options.with(|options| !options.is_empty())
    }

    /// The id of the active option; tracked.
    pub(crate) fn active_id(self) -> Option<String> {
        self.has_options().then(|| option_id(self.active.get()))
    }

    /// Handles a key of the field. Returns whether it was for the list.
    pub(crate) fn press(self, event: &KeyboardEvent, insert: impl FnOnce(CannedResponse)) -> bool {
        let is_open = self.token.with_untracked(Option::is_some);
        if !is_open || event.is_composing() {
            return false;
        }
        let count = self.options.with_untracked(Vec::len);
        match event.key().as_str() {
            "Escape" => {
                let start = self
                    .token
                    .with_untracked(|token| token.as_ref().map(|it| it.start));
                self.dismissed.set_value(start);
                self.close();
            }
            "ArrowDown" if count > 0 => self.step(1, count),
            "ArrowUp" if count > 0 => self.step(count - 1, count),
            // The response that is meant is not there yet: its shortcut is no message.
            "Enter" | "Tab" if count == 0 && self.is_loading.get_untracked() => {}
            "Enter" | "Tab" if count > 0 && !event.shift_key() => {
                let active = self.active.get_untracked();
                if let Some(chosen) = self.options.with_untracked(|all| all.get(active).cloned()) {
                    insert(chosen);
                }
            }
            _ => return false,
        }
        event.prevent_default();
        event.stop_propagation();
        true
    }

    /// Fills a response and replaces the token by it. Returns the new text and the caret in it.
    pub(crate) fn insert(self, response: &CannedResponse, text: &str) -> Option<(String, u32)> {
        let token = self.token.get_untracked()?;
        self.close();
        let filled = self.values.with_untracked(|values| fill(response, values));
        let (id, conversation) = (response.id, self.conversation);
        let signed_in = self.current_user.get_untracked();
        spawn_local(async move {
            // Only counts the use: without an answer the text is the same.
            let _ = signed_in.use_canned_response(id, conversation).await;
        });
        Some(token.replace(text, &filled))
    }

    fn step(self, by: usize, count: usize) {
        let next = (self.active.get_untracked() + by) % count;
        self.active.set(next);
        request_animation_frame(move || {
            if let Some(option) = document().get_element_by_id(&option_id(next)) {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                option.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    }

    /// Asks the server for the matching ones, if there are more than those that are loaded.
    fn narrow(self, filter: String) {
        let has_more = |loaded: &Option<Loaded>| loaded.as_ref().is_some_and(|it| it.has_more);
        if self.loaded.with_untracked(has_more) {
            self.load(filter, PAUSE);
        }
    }

    /// Loads the responses that match, after a pause; before the first ones also the visitor's address.
    fn load(self, filter: String, pause: Duration) {
        let turn = self.turn.get_value().wrapping_add(1);
        self.turn.set_value(turn);
        self.is_loading.set(true);
        let ask = move || {
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            let signed_in = self.current_user.get_untracked();
            spawn_local(async move {
                self.load_email().await;
                let answer = signed_in.offer_canned_responses(&filter).await;
                if self.turn.try_get_value() != Some(turn) {
                    return;
                }
                let loaded = match answer {
                    Ok(page) => Loaded {
                        has_more: !filter.is_empty() || page.next_cursor.is_some(),
                        responses: page.responses,
                        has_failed: false,
                    },
                    Err(_) => Loaded {
                        has_failed: true,
                        ..self.loaded.get_untracked().unwrap_or_default()
                    },
                };
                self.loaded.set(Some(loaded));
                self.is_loading.set(false);
                let typed = self
                    .token
                    .with_untracked(|token| token.as_ref().map(|it| it.filter.clone()));
                if let Some(typed) = typed.filter(|typed| *typed != filter) {
                    self.narrow(typed);
                }
            });
        };
        set_timeout(ask, pause);
    }

    /// Loads the visitor's address, once.
    async fn load_email(self) {
        let visitor = self.inbox.thread.try_with_untracked(|thread| {
            let head = thread.conversation.as_ref();
            head.map(|head| head.visitor.id)
        });
        let is_known = self.knows_email.try_get_value().unwrap_or(true);
        if let (Some(Some(visitor)), false) = (visitor, is_known)
            && let Ok(known) = api::get_visitor(visitor).await
        {
            let _ = self.email.try_set(known.email);
            self.knows_email.try_update_value(|knows| *knows = true);
        }
    }
}

/// The list above the field, while there is a token.
#[component]
pub(crate) fn CannedList(
    picker: CannedPicker,
    on_choose: Callback<CannedResponse>,
) -> impl IntoView {
    let is_open = Memo::new(move |_| picker.token.with(Option::is_some));
    let count = Memo::new(move |_| picker.options.with(Vec::len));
    let is_loaded = Memo::new(move |_| picker.loaded.with(Option::is_some));
    let announced = move || match is_open.get() && is_loaded.get() {
        true => text::offered(count.get()),
        false => String::new(),
    };
    view! {
        {move || is_open.get().then(|| view! {
            <div class="canned-picker" on:mousedown=|event| event.prevent_default()>
                {move || match count.get() {
                    0 => view! { <Nothing picker/> }.into_any(),
                    _ => view! { <Options picker on_choose/> <Preview picker/> }.into_any(),
                }}
            </div>
        })}
        <span class="visually-hidden" role="status" prop:textContent=announced></span>
    }
}

#[component]
fn Options(picker: CannedPicker, on_choose: Callback<CannedResponse>) -> impl IntoView {
    let active = picker.active;
    let option = move |(at, response): (usize, CannedResponse)| {
        let is_active = move || active.get() == at;
        let (shortcut, title) = (text::shortcut(&response.shortcut), response.title.clone());
        // Scrolling moves options under a pointer that rests.
        let point = move |event: leptos::ev::MouseEvent| {
            let has_moved = event.movement_x() != 0 || event.movement_y() != 0;
            if has_moved && active.get_untracked() != at {
                active.set(at);
            }
        };
        view! {
            <li
                id=option_id(at)
                role="option"
                class="canned-option"
                aria-selected=move || is_active().to_string()
                aria-describedby=move || is_active().then_some(PREVIEW_ID)
                on:mousemove=point
                on:click=move |_| on_choose.run(response.clone())
            >
                <strong dir="auto">{shortcut}</strong>
                " "
                <span dir="auto">{title}</span>
            </li>
        }
    };
    view! {
        <ul id=LIST_ID class="canned-options" role="listbox" aria-label=text::CANNED_RESPONSES>
            {move || picker.options.get().into_iter().enumerate().map(option).collect_view()}
        </ul>
    }
}

/// The text of the active response, as it would be inserted.
#[component]
fn Preview(picker: CannedPicker) -> impl IntoView {
    let filled = move || {
        let active = picker.active.get();
        picker.options.with(|options| {
            let response = options.get(active)?;
            Some(picker.values.with(|values| fill(response, values)))
        })
    };
    view! {
        <p id=PREVIEW_ID class="canned-filled" dir="auto" prop:textContent=move || filled().unwrap_or_default()></p>
    }
}

/// Why there are no options.
#[component]
fn Nothing(picker: CannedPicker) -> impl IntoView {
    let is_filtered = move || {
        let is_filtered =
            |token: &Option<Token>| token.as_ref().is_some_and(|it| !it.filter.is_empty());
        picker.token.with(is_filtered)
    };
    let has_failed = move || {
        picker
            .loaded
            .with(|loaded| loaded.as_ref().is_some_and(|it| it.has_failed))
    };
    move || match (picker.is_loading.get(), has_failed(), is_filtered()) {
        (true, ..) => view! { <p class="canned-note">{text::LOADING}</p> }.into_any(),
        (_, true, _) => view! { <p class="canned-note">{text::CANNOT_LOAD}</p> }.into_any(),
        (_, _, true) => view! { <p class="canned-note">{text::NO_MATCH}</p> }.into_any(),
        _ => view! {
            <p class="canned-note">
                {text::NONE_YET} " "
                <ScreenLink to=Route::CannedResponses>{text::CREATE_ONE}</ScreenLink>
            </p>
        }
        .into_any(),
    }
}

fn option_id(at: usize) -> String {
    format!("canned-option-{at}")
}

fn fill(response: &CannedResponse, values: &Values) -> String {
    Template::parse(&response.content).fill(values)
}
