//! What is seen. Whatever does not change is written out as HTML, icons too (Lucide's): the
//! browser reads it faster and smaller than code that would build it.

#![expect(unreachable_pub, reason = "`#[component]` makes its items public")]

pub(crate) mod app;
mod bar;
mod composer;
mod head;
mod notice;
mod row;
pub(crate) mod thread;
