//! A keyed list: it updates the rows in the DOM in place.
//!
//! Leptos' `For` does this for every case. Here nearly all rows are added at one of the two ends, and
//! the difference is a tenth of the widget's size.

use deskbell_engine::RowKey;
use leptos::tachys::view::{Mountable, Render};
use web_sys::Element;

use crate::view_model::rows_view::RowView;

struct Row<S> {
    key: RowKey,
    view: RowView,
    state: S,
    element: Option<Element>,
}

/// Returns the function that shows rows in `parent`, each drawn by `draw`. It builds new rows, updates
/// changed ones in place, and removes the others.
pub(super) fn keyed<V: Render>(
    parent: Element,
    draw: impl Fn(&RowView) -> V,
) -> impl FnMut(Vec<(RowKey, RowView)>) {
    let mut rows: Vec<Row<V::State>> = Vec::new();
    move |views| {
        let mut old: Vec<Option<Row<V::State>>> = rows.drain(..).map(Some).collect();
        let mut next = 0;
        for (key, view) in views {
            // Rows rarely move, so the row with this key is nearly always the next one.
            let is_wanted = |index: &usize| old[*index].as_ref().is_some_and(|row| row.key == key);
            let found = (next..old.len()).chain(0..next).find(is_wanted);
            rows.push(match found.and_then(|index| old[index].take()) {
                Some(mut row) => {
                    next = found.unwrap_or(next) + 1;
                    if row.view != view {
                        draw(&view).rebuild(&mut row.state);
                        row.view = view;
                    }
                    row
                }
                None => {
                    let state = draw(&view).build();
                    let element = state.elements().into_iter().next();
                    Row {
                        key,
                        view,
                        state,
                        element,
                    }
                }
            });
        }
        for row in old.iter_mut().flatten() {
            row.state.unmount();
        }
        let mut place = parent.first_element_child();
        for row in &mut rows {
            if row.element == place {
                place = place.and_then(|element| element.next_element_sibling());
            } else {
                row.state.mount(&parent, place.as_deref());
            }
        }
    }
}
