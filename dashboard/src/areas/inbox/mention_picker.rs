//! The people and teams that the composer of notes offers while an agent types `@`: a listbox above the field.
//!
//! The field keeps the focus and names the active option (`aria-activedescendant`).

use deskbell_protocol::Mention;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::areas::inbox::caret_token::{Token, matching_mentions};
use crate::shell::session::{CurrentUser, use_current_user};
use crate::text::thread as text;
use crate::ui::icon::Icon;
use crate::ui::toasts::Toasts;

pub(super) const LIST_ID: &str = "mention-list";

/// The state of the picker in one composer.
#[derive(Clone, Copy)]
pub(super) struct MentionPicker {
    current_user: CurrentUser,
    toasts: Toasts,
    token: RwSignal<Option<Token>>,
    /// The beginning of a token that was chosen or closed with Escape.
    dismissed: StoredValue<Option<u32>>,
    /// Everyone who can be mentioned; `None` until they are loaded.
    all: RwSignal<Option<Vec<Mention>>>,
    is_loading: StoredValue<bool>,
    options: Memo<Vec<Mention>>,
    active: RwSignal<usize>,
}

impl MentionPicker {
    pub(super) fn new() -> Self {
        let token = RwSignal::new(None::<Token>);
        let all = RwSignal::new(None::<Vec<Mention>>);
        let options = Memo::new(move |_| match token.get() {
            Some(token) => {
                all.with(|all| matching_mentions(all.as_deref().unwrap_or_default(), &token.filter))
            }
            None => Vec::new(),
        });
        let picker = Self {
            current_user: use_current_user(),
            toasts: expect_context(),
            token,
            dismissed: StoredValue::new(None),
            all,
            is_loading: StoredValue::new(false),
            options,
            active: RwSignal::new(0),
        };
        Effect::new(move || {
            options.track();
            picker.active.set(0);
        });
        picker
    }

    /// Follows what is typed and where the caret is.
    pub(super) fn follow(self, text: &str, caret: Option<u32>) {
        let found = caret.and_then(|caret| Token::find_mention(text, caret));
        let start = found.as_ref().map(|token| token.start);
        if self.dismissed.get_value() != start {
            self.dismissed.set_value(None);
        }
        let shown = found.filter(|_| self.dismissed.get_value().is_none());
        if shown.is_some() && self.all.with_untracked(Option::is_none) {
            self.load();
        }
        if self.token.with_untracked(|token| *token != shown) {
            self.token.set(shown);
        }
    }

    pub(super) fn close(self) {
        if self.token.with_untracked(Option::is_some) {
            self.token.set(None);
        }
    }

    /// Whether options are shown; tracked.
    pub(super) fn has_options(self) -> bool {
        self.options.with(|options| !options.is_empty())
    }

    /// The id of the active option; tracked.
    pub(super) fn active_id(self) -> Option<String> {
        self.has_options().then(|| option_id(self.active.get()))
    }

    /// Handles a key of the field. Returns whether it was for the list.
    pub(super) fn press(self, event: &KeyboardEvent, insert: impl FnOnce(Mention)) -> bool {
        let count = self.options.with_untracked(Vec::len);
        if count == 0 || event.is_composing() {
            return false;
        }
        match event.key().as_str() {
            "Escape" => self.dismiss(),
            "ArrowDown" => self.step(1, count),
            "ArrowUp" => self.step(count - 1, count),
            "Enter" | "Tab" if !event.shift_key() => {
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

    /// Replaces the token by a mention and a space. Returns the new text and the caret in it.
    pub(super) fn insert(self, mention: &Mention, text: &str) -> Option<(String, u32)> {
        let token = self.token.get_untracked()?;
        self.dismiss();
        let name = mention.name()?;
        Some(token.replace(text, &format!("@{name} ")))
    }

    fn dismiss(self) {
        let start = self
            .token
            .with_untracked(|token| token.as_ref().map(|it| it.start));
        self.dismissed.set_value(start);
        self.close();
    }

    /// Loads the list again when it is needed next.
    pub(super) fn forget(self) {
        self.all.set(None);
    }

    fn step(self, by: usize, count: usize) {
        self.active
            .update(|active| *active = (*active + by) % count);
    }

    /// Loads the members, and the teams that have some.
    fn load(self) {
        if self.is_loading.get_value() {
            return;
        }
        self.is_loading.set_value(true);
        let signed_in = self.current_user.get_untracked();
        spawn_local(async move {
            let members = signed_in.clone().list_members().await;
            let teams = signed_in.list_teams().await;
            // The page may have been left meanwhile.
            if self.all.is_disposed() {
                return;
            }
            self.is_loading.set_value(false);
            match (members, teams) {
                (Ok(members), Ok(teams)) => {
                    let members = members.into_iter().map(|it| Mention::Member {
                        id: it.user_id,
                        name: it.name,
                    });
                    let teams = teams.into_iter().map(|it| Mention::Team {
                        id: it.id,
                        name: it.name,
                    });
                    self.all.set(Some(members.chain(teams).collect()));
                }
                (Err(error), _) | (_, Err(error)) => self.toasts.say(error.message()),
            }
        });
    }
}

/// The list above the field, while something matches.
#[component]
pub(super) fn MentionList(picker: MentionPicker, on_choose: Callback<Mention>) -> impl IntoView {
    let count = Memo::new(move |_| picker.options.with(Vec::len));
    let announced = move || match count.get() {
        0 => String::new(),
        count => text::mentions_offered(count),
    };
    let option = move |(at, mention): (usize, Mention)| {
        let name = mention.name().unwrap_or_default().to_owned();
        let is_team = matches!(mention, Mention::Team { .. });
        view! {
            <li
                id=option_id(at)
                role="option"
                class="mention-option"
                aria-selected=move || (picker.active.get() == at).to_string()
                on:click=move |_| on_choose.run(mention.clone())
            >
                <span dir="auto">{name}</span>
                {is_team.then(|| view! { <span class="mention-team">{Icon::Groups.small()} {text::MENTION_TEAM}</span> })}
            </li>
        }
    };
    view! {
        {move || (count.get() > 0).then(|| view! {
            <ul
                id=LIST_ID
                class="mention-picker"
                role="listbox"
                aria-label=text::MENTION
                on:mousedown=|event| event.prevent_default()
            >
                {picker.options.get().into_iter().enumerate().map(option).collect_view()}
            </ul>
        })}
        <span class="visually-hidden" role="status" prop:textContent=announced></span>
    }
}

fn option_id(at: usize) -> String {
    format!("mention-option-{at}")
}
