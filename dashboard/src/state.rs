//! What the screens look at. Everything here that decides something is a plain function of plain
//! values; the signals around it only carry the answers.

pub(crate) mod route;
pub(crate) mod session;

pub(crate) mod clock;
pub(crate) mod desk;
pub(crate) mod drafts;
pub(crate) mod groups;
pub(crate) mod held;
pub(crate) mod seen;
pub(crate) mod theme;
pub(crate) mod timeline;
pub(crate) mod toasts;

pub(crate) mod browser;
pub(crate) mod format;
