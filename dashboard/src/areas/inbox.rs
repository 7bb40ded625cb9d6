//! The inbox: the list of conversations, the open conversation and its details.
//!
//! What decides something is a plain function of plain values, tested without a browser. The signals
//! around it only carry the results.

mod activity_badges;
pub(crate) mod alerts;
mod caret_token;
mod freeze_list;
mod groups;
mod inbox_rows;
mod timeline;
mod visible_range;

#[cfg(target_arch = "wasm32")]
mod activity_line;
#[cfg(target_arch = "wasm32")]
mod assign_picker;
#[cfg(target_arch = "wasm32")]
mod canned_picker;
#[cfg(target_arch = "wasm32")]
mod commands;
#[cfg(target_arch = "wasm32")]
mod composer;
#[cfg(target_arch = "wasm32")]
pub(crate) mod connection_chip;
#[cfg(target_arch = "wasm32")]
mod context_pane;
#[cfg(target_arch = "wasm32")]
mod conversation_list;
#[cfg(target_arch = "wasm32")]
mod conversation_row;
#[cfg(target_arch = "wasm32")]
mod focus;
#[cfg(target_arch = "wasm32")]
pub(crate) mod idle;
#[cfg(target_arch = "wasm32")]
pub(crate) mod inbox_store;
#[cfg(target_arch = "wasm32")]
mod keys;
#[cfg(target_arch = "wasm32")]
mod list_group;
#[cfg(target_arch = "wasm32")]
mod list_more;
#[cfg(target_arch = "wasm32")]
mod mention_picker;
#[cfg(target_arch = "wasm32")]
mod message;
#[cfg(target_arch = "wasm32")]
mod message_list;
#[cfg(target_arch = "wasm32")]
mod message_log;
#[cfg(target_arch = "wasm32")]
mod note_card;
#[cfg(target_arch = "wasm32")]
mod note_editor;
#[cfg(target_arch = "wasm32")]
pub(crate) mod page;
#[cfg(target_arch = "wasm32")]
mod priority;
#[cfg(target_arch = "wasm32")]
mod snooze;
#[cfg(target_arch = "wasm32")]
mod status_badge;
#[cfg(target_arch = "wasm32")]
mod subject;
#[cfg(target_arch = "wasm32")]
mod thread;
#[cfg(target_arch = "wasm32")]
mod thread_actions;
#[cfg(target_arch = "wasm32")]
mod view_tabs;
#[cfg(target_arch = "wasm32")]
mod visitor;
