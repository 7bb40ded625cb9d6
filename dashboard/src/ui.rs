//! The design system: components that know nothing of chats, teams or accounts.

pub(crate) mod avatar;
pub(crate) mod bell_mark;
pub(crate) mod button;
pub(crate) mod checkbox_list;
pub(crate) mod combobox;
pub(crate) mod confirm_dialog;
pub(crate) mod copy_button;
pub(crate) mod dialog;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod menu;
pub(crate) mod notice;
pub(crate) mod picker;
pub(crate) mod qr_code;
pub(crate) mod select;
pub(crate) mod toast_region;
pub(crate) mod toasts;
