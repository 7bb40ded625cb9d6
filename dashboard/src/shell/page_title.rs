//! The tab's title and icon: both show how many conversations need attention.

use leptos::prelude::*;

use crate::text::shell as text;
use crate::ui::bell_mark::BELL;

/// The state of the tab's title and icon.
#[derive(Clone, Copy)]
pub(crate) struct PageTitle {
    page: RwSignal<String>,
    count: RwSignal<usize>,
}

impl PageTitle {
    pub(crate) fn provide() {
        let title = Self {
            page: RwSignal::new(String::new()),
            count: RwSignal::new(0),
        };
        Effect::new(move || {
            title.page.with(|page| {
                if !page.is_empty() {
                    document().set_title(&text::tab_title(title.count.get(), page));
                }
            });
        });
        Effect::new(move || show_icon(title.count.get()));
        provide_context(title);
    }

    /// Names the page, in an effect of its own.
    pub(crate) fn set(self, page: impl Into<String>) {
        self.page.set(page.into());
    }

    /// Shows how many conversations need attention.
    pub(crate) fn set_count(self, count: usize) {
        if self.count.get_untracked() != count {
            self.count.set(count);
        }
    }
}

/// The title of the page's tab.
pub(crate) fn use_page_title() -> PageTitle {
    expect_context()
}

/// The bell, with a badge if something needs attention.
fn show_icon(count: usize) {
    let badge = match count {
        0 => String::new(),
        n => {
            let number = if n > 9 {
                "9+".to_owned()
            } else {
                n.to_string()
            };
            format!(
                "<circle cx='17' cy='7' r='7' fill='#c62828'/><text x='17' y='10.5' font-family='sans-serif' font-weight='700' font-size='10' text-anchor='middle' fill='white'>{number}</text>"
            )
        }
    };
    let drawing = BELL.trim().replace("</svg>", &format!("{badge}</svg>"));
    let icon = format!(
        "data:image/svg+xml,{}",
        js_sys::encode_uri_component(&drawing)
    );
    if let Ok(Some(link)) = document().query_selector("link[rel='icon']") {
        let _ = link.set_attribute("href", &icon);
        let _ = link.set_attribute("data-count", &count.to_string());
    }
}
