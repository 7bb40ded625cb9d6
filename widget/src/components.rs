//! What is seen: props in, callbacks out, nothing of the network.

#![expect(unreachable_pub, reason = "`#[component]` makes its items public")]

pub(crate) mod app;
mod bar;
mod bubble;
mod composer;
mod head;
mod icon;
mod notice;
mod thread;
