//! The parts that every area uses: routes, the session, forms, preferences, and the frames of pages.

pub(crate) mod labels;
pub(crate) mod route;

#[cfg(target_arch = "wasm32")]
pub(crate) mod drafts;
#[cfg(target_arch = "wasm32")]
pub(crate) mod entry;
#[cfg(target_arch = "wasm32")]
pub(crate) mod form;
#[cfg(target_arch = "wasm32")]
pub(crate) mod form_parts;
#[cfg(target_arch = "wasm32")]
pub(crate) mod navigator;
#[cfg(target_arch = "wasm32")]
pub(crate) mod page_title;
#[cfg(target_arch = "wasm32")]
pub(crate) mod preferences;
#[cfg(target_arch = "wasm32")]
pub(crate) mod resource;
#[cfg(target_arch = "wasm32")]
pub(crate) mod resource_area;
#[cfg(target_arch = "wasm32")]
pub(crate) mod screen_link;
#[cfg(target_arch = "wasm32")]
pub(crate) mod server_features;
#[cfg(target_arch = "wasm32")]
pub(crate) mod session;
#[cfg(target_arch = "wasm32")]
pub(crate) mod skeleton;
#[cfg(target_arch = "wasm32")]
pub(crate) mod theme;
