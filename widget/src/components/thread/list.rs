//! Rows that keep their place in the page and change in it.
//!
//! Leptos' `For` does this for every case; here rows nearly always come at one of the two ends,
//! and the difference is a tenth of the widget.

use deskbell_engine::RowKey;
use leptos::tachys::view::{Mountable, Render};
use web_sys::Element;

use crate::look::lines::Line;

struct Row<S> {
    key: RowKey,
    line: Line,
    state: S,
    element: Option<Element>,
}

/// What shows rows in `parent`, each drawn by `draw`: new ones are built, changed ones drawn again
/// in place, and those that are gone taken out.
pub(super) fn keep<V: Render>(
    parent: Element,
    draw: impl Fn(&Line) -> V,
) -> impl FnMut(Vec<(RowKey, Line)>) {
    let mut rows: Vec<Row<V::State>> = Vec::new();
    move |lines| {
        let mut old: Vec<Option<Row<V::State>>> = rows.drain(..).map(Some).collect();
        let mut next = 0;
        for (key, line) in lines {
            // Rows rarely change places: the one wanted is nearly always the next.
            let is_wanted = |index: &usize| old[*index].as_ref().is_some_and(|row| row.key == key);
            let found = (next..old.len()).chain(0..next).find(is_wanted);
            rows.push(match found.and_then(|index| old[index].take()) {
                Some(mut row) => {
                    next = found.unwrap_or(next) + 1;
                    if row.line != line {
                        draw(&line).rebuild(&mut row.state);
                        row.line = line;
                    }
                    row
                }
                None => {
                    let state = draw(&line).build();
                    let element = state.elements().into_iter().next();
                    Row {
                        key,
                        line,
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
