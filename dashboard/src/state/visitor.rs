//! What is known of the visitor whose conversation is open.

use deskbell_protocol::VisitorView;
use deskbell_protocol::api::visitors::Visitor;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;

/// Asks when another conversation is opened, and when somebody says or proves who they are. `None`
/// until the answer is here.
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
    // An answer that comes late is somebody else's.
    Memo::new(move |_| {
        let id = view.with(|view| view.id);
        answer.get().filter(|known| known.id == id)
    })
}
