//! The frame around the areas of a workspace: rail, menus, banners, notifications.

mod account_menu;
mod maintenance_banner;
mod notices;
mod notifications_menu;
mod notifier;
mod operator_banner;
pub(crate) mod page;
mod rail;
mod shortcuts_dialog;
mod theme_menu;
mod unconfirmed_banner;
