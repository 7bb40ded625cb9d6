//! What the screens look at. Everything here that decides something is a plain function of plain
//! values; the signals around it only carry the answers.

pub(crate) mod browser_name;
pub(crate) mod format;
pub(crate) mod groups;
pub(crate) mod held;
pub(crate) mod route;
pub(crate) mod signs;
pub(crate) mod timeline;
pub(crate) mod window;
pub(crate) mod words;

#[cfg(target_arch = "wasm32")]
pub(crate) mod browser;
#[cfg(target_arch = "wasm32")]
pub(crate) mod clock;
#[cfg(target_arch = "wasm32")]
pub(crate) mod desk;
#[cfg(target_arch = "wasm32")]
pub(crate) mod drafts;
#[cfg(target_arch = "wasm32")]
pub(crate) mod form;
#[cfg(target_arch = "wasm32")]
pub(crate) mod idle;
#[cfg(target_arch = "wasm32")]
pub(crate) mod navigator;
#[cfg(target_arch = "wasm32")]
pub(crate) mod offer;
#[cfg(target_arch = "wasm32")]
pub(crate) mod picture;
#[cfg(target_arch = "wasm32")]
pub(crate) mod remote;
#[cfg(target_arch = "wasm32")]
pub(crate) mod session;
#[cfg(target_arch = "wasm32")]
pub(crate) mod theme;
#[cfg(target_arch = "wasm32")]
pub(crate) mod toasts;
#[cfg(target_arch = "wasm32")]
pub(crate) mod visitor;
