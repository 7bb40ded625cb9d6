//! The details of the visitor whose conversation is open.

use deskbell_protocol::VisitorView;
use deskbell_protocol::api::visitors::Visitor;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;

/// Fetches the details when another conversation is opened and when the visitor's identity changes.
/// `None` until the answer is here.
pub(crate) fn known_visitor(view: Memo<VisitorView>) -> Memo<Option<Visitor>> {
    let answer = RwSignal::new(None::<Visitor>);
    Effect::new(move |_| {
        let id = view.with(|view| view.id);
        spawn_local(async move {
            if let Ok(found) = api::get_visitor(id).await {
                let _ = answer.try_set(Some(found));
            }
        });
    });
    // A late answer may be about another visitor.
    Memo::new(move |_| {
        let id = view.with(|view| view.id);
        answer.get().filter(|known| known.id == id)
    })
}
