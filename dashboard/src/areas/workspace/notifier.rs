//! Notifies the agent: sound, desktop notification and an announcement for screen readers, each
//! once for all tabs of the browser.

use leptos::ev::{blur, focus, keydown, pointerdown};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use crate::areas::inbox::alerts::Alert;
use crate::areas::inbox::inbox_store::InboxStore;
use crate::browser::sound::Sound;
use crate::browser::web_locks;
use crate::shell::navigator::Navigator;
use crate::shell::preferences::{Preferences, use_preferences};
use crate::shell::route::Route;

/// The name of the lock of the tab in which the agent works.
const FOCUSED: &str = "deskbell.focused";
/// How long a tab that notifies the agent of an alert prevents others from doing so.
const TAKEN_MS: i32 = 10_000;
/// The delay of a tab in the background, or of one that cannot play sounds: other tabs have priority.
const YIELD_MS: i32 = 300;

/// Whether the browser lets us show desktop notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DesktopPermission {
    /// No secure context, or no notifications in this browser.
    Unsupported,
    NotAsked,
    Granted,
    Denied,
}

/// The notifier of a workspace.
#[derive(Clone, Copy)]
pub(crate) struct Notifier {
    sound: StoredValue<Option<Sound>, LocalStorage>,
    /// Ends the lock of the focused tab.
    release_focus: StoredValue<Option<js_sys::Function>, LocalStorage>,
    permission: RwSignal<DesktopPermission>,
    /// The newest alert, for screen readers.
    announced: RwSignal<String>,
    preferences: RwSignal<Preferences>,
    navigator: Navigator,
}

impl Notifier {
    /// Follows the alerts of `inbox` for as long as the current owner lives.
    pub(crate) fn provide(inbox: InboxStore) -> Self {
        let notifier = Self {
            sound: StoredValue::new_local(None),
            release_focus: StoredValue::new_local(None),
            permission: RwSignal::new(permission()),
            announced: RwSignal::new(String::new()),
            preferences: use_preferences(),
            navigator: expect_context(),
        };
        let clicked = window_event_listener(pointerdown, move |_| notifier.unlock_sound());
        let pressed = window_event_listener(keydown, move |_| notifier.unlock_sound());
        let focused = window_event_listener(focus, move |_| notifier.follow_focus());
        let blurred = window_event_listener(blur, move |_| notifier.follow_focus());
        on_cleanup(move || {
            for handle in [clicked, pressed, focused, blurred] {
                handle.remove();
            }
        });
        notifier.follow_focus();
        inbox.on_alert(Callback::new(move |alert| notifier.notify(alert)));
        provide_context(notifier);
        notifier
    }

    /// Tracked.
    pub(crate) fn permission(self) -> DesktopPermission {
        self.permission.get()
    }

    /// The newest alert, for screen readers; tracked.
    pub(crate) fn announced(self) -> String {
        self.announced.get()
    }

    /// Asks the browser's question, in a handler of a click.
    pub(crate) fn ask_permission(self) {
        spawn_local(async move {
            if let Ok(asked) = Notification::request_permission() {
                let _ = wasm_bindgen_futures::JsFuture::from(asked).await;
            }
            self.permission.try_set(permission());
        });
    }

    /// Alerts the agent, unless they see what has happened.
    pub(crate) fn notify(self, alert: Alert) {
        let is_focused = has_focus();
        let is_open = self.navigator.current().conversation() == Some(alert.conversation_id);
        if is_focused {
            self.announced.set(alert.title.clone());
        }
        // An open conversation in the focused tab needs no alert.
        if is_focused && is_open {
            spawn_local(async move {
                web_locks::take_for(&alert.key, TAKEN_MS).await;
            });
            return;
        }
        spawn_local(async move {
            let is_elsewhere = !is_focused && web_locks::is_held(FOCUSED).await;
            if is_elsewhere || !self.can_play() {
                yield_for(YIELD_MS).await;
            }
            if !web_locks::take_for(&alert.key, TAKEN_MS).await {
                return;
            }
            let Some(preferences) = self.preferences.try_get_untracked() else {
                return;
            };
            if preferences.sound {
                self.sound.try_with_value(|sound| {
                    if let Some(sound) = sound {
                        sound.play();
                    }
                });
            }
            if preferences.desktop && !is_focused && !is_elsewhere {
                self.show(&alert);
            }
        });
    }

    /// Shows a desktop notification that opens the conversation.
    fn show(self, alert: &Alert) {
        if permission() != DesktopPermission::Granted {
            return;
        }
        let options = NotificationOptions::new();
        options.set_body(&alert.preview);
        options.set_tag(&alert.conversation_id.to_string());
        let Ok(shown) = Notification::new_with_options(&alert.title, &options) else {
            return;
        };
        let id = alert.conversation_id;
        let closing = shown.clone();
        let open = Closure::once_into_js(move || {
            let _ = window().focus();
            closing.close();
            self.navigator.go(Route::Conversation(id));
        });
        shown.set_onclick(Some(open.unchecked_ref()));
    }

    fn can_play(self) -> bool {
        let is_ready = |sound: &Option<Sound>| sound.as_ref().is_some_and(Sound::is_ready);
        self.sound.try_with_value(is_ready).unwrap_or(false)
    }

    fn unlock_sound(self) {
        if !self.can_play() {
            self.sound.set_value(Sound::unlock());
        }
    }

    /// Takes or releases the lock of the focused tab.
    fn follow_focus(self) {
        let release = self.release_focus.try_update_value(Option::take).flatten();
        if let Some(release) = release {
            let _ = release.call0(&wasm_bindgen::JsValue::UNDEFINED);
        }
        if has_focus() {
            let mut release = None;
            let released = js_sys::Promise::new(&mut |resolve, _| release = Some(resolve));
            self.release_focus.set_value(release);
            web_locks::hold_until(FOCUSED, &released);
        }
    }
}

/// Whether the agent works in this tab.
fn has_focus() -> bool {
    document().has_focus().unwrap_or(false)
}

fn permission() -> DesktopPermission {
    let constructor = js_sys::Reflect::get(&window(), &"Notification".into());
    if !constructor.is_ok_and(|found| found.is_function()) || !window().is_secure_context() {
        return DesktopPermission::Unsupported;
    }
    match Notification::permission() {
        NotificationPermission::Granted => DesktopPermission::Granted,
        NotificationPermission::Denied => DesktopPermission::Denied,
        _ => DesktopPermission::NotAsked,
    }
}

async fn yield_for(ms: i32) {
    let pause = js_sys::Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
    });
    let _ = wasm_bindgen_futures::JsFuture::from(pause).await;
}
