//! The icons, drawn on a square of 24 units with lines of 1.75 pixels.

use leptos::prelude::*;

/// A drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Alert,
    Back,
    Bell,
    BellOff,
    Canned,
    Check,
    Checks,
    Clock,
    Close,
    Copy,
    Done,
    Down,
    Download,
    Eye,
    Flag,
    Globe,
    Groups,
    Hand,
    Inbox,
    Keyboard,
    Lock,
    Monitor,
    Moon,
    More,
    Note,
    Offline,
    Online,
    Panel,
    Person,
    Plus,
    Reopen,
    Send,
    Settings,
    Shield,
    SignOut,
    Sun,
    Team,
    Upload,
}

impl Icon {
    fn shapes(self) -> &'static str {
        match self {
            Self::Alert => r#"<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5M12 16.2v.1"/>"#,
            Self::Back => r#"<path d="M19 12H5M11 6l-6 6 6 6"/>"#,
            Self::Bell => {
                r#"<path d="M6 10a6 6 0 0 1 12 0c0 5 2 6.500 2 6.500H4S6 15 6 10z"/><path d="M10 20a2.200 2.200 0 0 0 4 0"/>"#
            }
            Self::BellOff => {
                r#"<path d="M8.500 5.200A6 6 0 0 1 18 10c0 2 .3 3.500.700 4.500M16.500 16.500H4S6 15 6 10c0-.7.1-1.300.300-1.900M10 20a2.200 2.200 0 0 0 4 0M3.500 3.500l17 17"/>"#
            }
            Self::Canned => {
                r#"<path d="M4 5.500a1.500 1.500 0 0 1 1.500-1.500h13a1.500 1.500 0 0 1 1.500 1.500v9.500a1.500 1.500 0 0 1-1.500 1.500H9L4 20.500z"/><path d="M8 8.500h8M8 12h5"/>"#
            }
            Self::Check => r#"<path d="M5 12.5l4.5 4.5L19 7"/>"#,
            Self::Checks => r#"<path d="M2.5 12.5l4.5 4.5L16.5 7M12 16.5l.5.5L22 7"/>"#,
            Self::Clock => r#"<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>"#,
            Self::Close => r#"<path d="M6 6l12 12M18 6L6 18"/>"#,
            Self::Copy => {
                r#"<rect x="8.5" y="8.5" width="12" height="12" rx="2"/><path d="M15.5 8.500V5.500a2 2 0 0 0-2-2h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h3"/>"#
            }
            Self::Done => r#"<circle cx="12" cy="12" r="9"/><path d="M8 12.3l2.8 2.8L16 9.5"/>"#,
            Self::Down => r#"<path d="M12 5v14M6 13l6 6 6-6"/>"#,
            Self::Download => r#"<path d="M12 4v11M7 10.5l5 5 5-5M4.5 20h15"/>"#,
            Self::Eye => {
                r#"<path d="M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12z"/><circle cx="12" cy="12" r="2.75"/>"#
            }
            Self::Flag => r#"<path d="M5 21V4M5 4.500h12.500l-2.500 4.500 2.500 4.500H5"/>"#,
            Self::Globe => {
                r#"<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c2.6 2.6 4 5.6 4 9s-1.4 6.4-4 9c-2.6-2.6-4-5.6-4-9s1.4-6.4 4-9z"/>"#
            }
            Self::Groups => {
                r#"<rect x="9" y="3.5" width="6" height="5.5" rx="1.5"/><rect x="3" y="15" width="6" height="5.5" rx="1.5"/><rect x="15" y="15" width="6" height="5.5" rx="1.5"/><path d="M12 9v3M6 15v-3h12v3"/>"#
            }
            Self::Hand => {
                r#"<path d="M8 12.5V6a1.5 1.5 0 0 1 3 0v5M11 11V4.5a1.5 1.5 0 0 1 3 0V11M14 11V6a1.5 1.5 0 0 1 3 0v8c0 4-2.4 6.5-5.6 6.5-2.6 0-4.1-1.2-5.3-3.3L3.9 14a1.4 1.4 0 0 1 2.4-1.5L8 14.8"/>"#
            }
            Self::Inbox => {
                r#"<path d="M3 13h5l1.5 3h5L16 13h5"/><path d="M6 4.5h12l3 8.5v5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-5z"/>"#
            }
            Self::Keyboard => {
                r#"<rect x="2.5" y="6" width="19" height="12" rx="2"/><path d="M7 10h.1M11 10h.1M15 10h.1M8.5 14h7"/>"#
            }
            Self::Lock => {
                r#"<rect x="5" y="11" width="14" height="9.5" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>"#
            }
            Self::Monitor => {
                r#"<rect x="3" y="4" width="18" height="12" rx="2"/><path d="M12 16v4M8 20h8"/>"#
            }
            Self::Moon => r#"<path d="M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2z"/>"#,
            Self::More => {
                r#"<circle cx="5.500" cy="12" r=".9"/><circle cx="12" cy="12" r=".9"/><circle cx="18.500" cy="12" r=".9"/>"#
            }
            Self::Note => {
                r#"<path d="M5 4h14v10l-6 6H5z"/><path d="M13 20v-6h6M8.5 8.500h7M8.500 11.500h4"/>"#
            }
            Self::Offline => {
                r#"<path d="M3.500 3.500l17 17M8.500 15.800a5 5 0 0 1 6 -.2M5.200 12.500a9.500 9.500 0 0 1 4.300-2.400M13.500 10a9.500 9.500 0 0 1 5.300 2.500M2 9.200a14 14 0 0 1 4.500-2.900M10.500 5.100A14 14 0 0 1 22 9.200M12 19.500h.1"/>"#
            }
            Self::Online => {
                r#"<path d="M8.500 15.800a5 5 0 0 1 7 0M5.200 12.500a9.700 9.700 0 0 1 13.600 0M2 9.200a14.200 14.200 0 0 1 20 0M12 19.500h.1"/>"#
            }
            Self::Panel => {
                r#"<rect x="3" y="4" width="18" height="16" rx="2"/><path d="M15 4v16"/>"#
            }
            Self::Person => {
                r#"<circle cx="12" cy="8" r="4"/><path d="M4.5 20.500a7.5 7.5 0 0 1 15 0"/>"#
            }
            Self::Plus => r#"<path d="M12 5v14M5 12h14"/>"#,
            Self::Reopen => r#"<path d="M4 12a8 8 0 1 0 2.6-5.9L4 8.5M4 4v4.5h4.5"/>"#,
            Self::Send => r#"<path d="M12 19V5M6 11l6-6 6 6"/>"#,
            Self::Settings => {
                r#"<path d="M4 7h9M19 7h1M4 17h1M11 17h9"/><circle cx="16" cy="7" r="2.75"/><circle cx="8" cy="17" r="2.75"/>"#
            }
            Self::Shield => {
                r#"<path d="M12 3l7.5 2.700v5.600c0 4.5-3 8-7.5 9.7-4.5-1.7-7.5-5.2-7.5-9.700V5.700z"/><path d="M8.7 12.200l2.3 2.3 4.3-4.5"/>"#
            }
            Self::SignOut => {
                r#"<path d="M14 4.5H7a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h7M10.5 12H20M16.5 8.5L20 12l-3.5 3.5"/>"#
            }
            Self::Sun => {
                r#"<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"/>"#
            }
            Self::Upload => r#"<path d="M12 15V4M7 8.5l5-5 5 5M4.5 20h15"/>"#,
            Self::Team => {
                r#"<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20a6.5 6.5 0 0 1 13 0M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.8"/>"#
            }
        }
    }

    /// 16 pixels.
    pub(crate) fn small(self) -> impl IntoView {
        self.draw("icon")
    }

    /// 20 pixels.
    pub(crate) fn large(self) -> impl IntoView {
        self.draw("icon icon-large")
    }

    fn draw(self, class: &'static str) -> impl IntoView {
        view! { <svg class=class viewBox="0 0 24 24" aria-hidden="true" inner_html=self.shapes()></svg> }
    }
}
