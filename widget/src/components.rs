//! The components of the panel. Static parts, icons (Lucide's) included, are written as HTML, which
//! is smaller and faster than code that builds them.

#![expect(unreachable_pub, reason = "`#[component]` makes its items public")]

pub(crate) mod app;
mod bar;
mod composer;
mod head;
mod notice;
mod row;
pub(crate) mod thread;
