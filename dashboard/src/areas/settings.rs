//! The settings: the account, and for administrators the members, teams, sites and business hours of the
//! workspace.

mod browser_name;
mod hours_of_week;
mod site_origin;

#[cfg(target_arch = "wasm32")]
mod account;
#[cfg(target_arch = "wasm32")]
mod business_hours;
#[cfg(target_arch = "wasm32")]
mod members;
#[cfg(target_arch = "wasm32")]
pub(crate) mod page;
#[cfg(target_arch = "wasm32")]
mod picture;
#[cfg(target_arch = "wasm32")]
mod sites;
#[cfg(target_arch = "wasm32")]
mod teams;
