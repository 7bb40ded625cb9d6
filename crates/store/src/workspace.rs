//! Workspaces: their members, teams, business hours, invitations, API tokens, limits and blocks.

pub mod api_tokens;
pub mod blocks;
pub mod business_hours;
pub mod invitations;
pub mod limits;
pub mod members;
pub mod teams;
pub mod workspaces;
