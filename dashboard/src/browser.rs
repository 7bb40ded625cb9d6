//! Access to the browser: storage, clock, locale, local times, network, sound, input methods.

pub(crate) mod civil_time;
pub(crate) mod clock;
pub(crate) mod composition;
pub(crate) mod locale;
pub(crate) mod network;
pub(crate) mod sound;
pub(crate) mod storage;
pub(crate) mod web_locks;
