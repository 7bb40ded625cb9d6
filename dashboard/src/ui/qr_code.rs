//! A QR code of a text.

use leptos::prelude::*;
use qrcodegen::{QrCode as Pattern, QrCodeEcc};

/// The quiet zone in modules: without it cameras do not find the edge.
const QUIET: i32 = 4;

/// Draws nothing for a text that is too long.
#[component]
pub(crate) fn QrCode(text: String, label: &'static str) -> impl IntoView {
    let pattern = Pattern::encode_text(&text, QrCodeEcc::Medium).ok()?;
    let size = pattern.size() + 2 * QUIET;
    // Dark on light in both themes: not every camera reads it the other way round.
    Some(view! {
        <svg class="qr-code" viewBox=format!("0 0 {size} {size}") role="img" aria-label=label>
            <path class="qr-code-light" d=format!("M0 0h{size}v{size}H0z")></path>
            <path class="qr-code-dark" d=outline(&pattern)></path>
        </svg>
    })
}

/// One stroke for each run of dark modules in a row.
fn outline(pattern: &Pattern) -> String {
    let mut path = String::new();
    for y in 0..pattern.size() {
        let mut x = 0;
        while x < pattern.size() {
            let start = x;
            while pattern.get_module(x, y) {
                x += 1;
            }
            let length = x - start;
            if length > 0 {
                path += &format!("M{} {}h{length}v1h-{length}z", start + QUIET, y + QUIET);
            }
            x += 1;
        }
    }
    path
}
