//! The server's part of a page: the paths of its web files, and the content security policy.

use deskbell_pages::{PageAssets, PageContext};

use crate::app::App;
use crate::security;

/// The context of every page.
pub(super) fn context(app: &App) -> PageContext {
    PageContext {
        assets: assets(app),
        policy: |nonce| security::content_policy(nonce, "'none'"),
    }
}

/// The paths of the web files.
pub(super) fn assets(app: &App) -> PageAssets {
    let path = |name| app.web.path(name).map(str::to_owned);
    PageAssets {
        style: path("pages.css").unwrap_or_default(),
        icon: path("bell-mark.svg").unwrap_or_default(),
        copy_script: path("pages-copy.js"),
        contents_script: path("pages-contents.js"),
    }
}
