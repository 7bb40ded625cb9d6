//! Components that the pages are made of: props in, callbacks out; only `state` behind them.

pub(crate) mod avatar;
pub(crate) mod bell_mark;
pub(crate) mod button;
pub(crate) mod confirm_dialog;
pub(crate) mod copy_button;
pub(crate) mod dialog;
pub(crate) mod entry;
pub(crate) mod field;
pub(crate) mod form_parts;
pub(crate) mod icon;
pub(crate) mod menu;
pub(crate) mod notice;
pub(crate) mod qr_code;
pub(crate) mod resource_area;
pub(crate) mod screen_link;
pub(crate) mod select;
pub(crate) mod skeleton;
pub(crate) mod status_badge;
pub(crate) mod toasts;

pub(crate) mod account_menu;
pub(crate) mod connection_chip;
pub(crate) mod maintenance_banner;
pub(crate) mod notifications_menu;
pub(crate) mod operator_banner;
pub(crate) mod rail;
pub(crate) mod shortcuts_dialog;
pub(crate) mod theme_menu;

pub(crate) mod conversation_list;
pub(crate) mod conversation_row;
pub(crate) mod list_group;
pub(crate) mod list_more;
pub(crate) mod view_tabs;

pub(crate) mod activity_line;
pub(crate) mod composer;
pub(crate) mod context_pane;
pub(crate) mod message;
pub(crate) mod message_list;
pub(crate) mod message_log;
pub(crate) mod thread;
pub(crate) mod thread_actions;
