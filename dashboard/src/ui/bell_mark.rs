//! The product's mark: a desk bell. The public pages and the icon of the tab show the same drawing.

use leptos::prelude::*;

/// The drawing, as a whole SVG document.
pub(crate) const BELL: &str = include_str!("../../../design/bell-mark.svg");

#[component]
pub(crate) fn BellMark(#[prop(optional)] large: bool) -> impl IntoView {
    view! { <span class="bell-mark" class:bell-mark-large=large aria-hidden="true" inner_html=BELL></span> }
}
