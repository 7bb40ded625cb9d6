//! A CSS bundler: resolves imports, preserves cascade layers and minifies.

use anyhow::{Result, anyhow, bail};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use lightningcss::targets::{Browsers, Targets};

use crate::paths;

/// Bundles and minifies the stylesheet that begins in this file.
pub(crate) fn bundle(entry: &str) -> Result<Vec<u8>> {
    let path = paths::root(entry);
    if !path.is_file() {
        bail!("{entry} is missing");
    }
    let provider = FileProvider::new();
    let mut bundler = Bundler::new(&provider, None, ParserOptions::default());
    let mut sheet = bundler
        .bundle(&path)
        .map_err(|error| anyhow!("{entry}: {error}"))?;
    let targets = browsers();
    sheet
        .minify(MinifyOptions {
            targets,
            ..MinifyOptions::default()
        })
        .map_err(|error| anyhow!("{entry}: {error}"))?;
    let printed = sheet
        .to_css(PrinterOptions {
            minify: true,
            targets,
            ..PrinterOptions::default()
        })
        .map_err(|error| anyhow!("{entry}: {error}"))?;
    Ok(printed.code.into_bytes())
}

/// The target browsers. They support nesting, layers, OKLCH and `light-dark()`, so that only prefixes are added.
fn browsers() -> Targets {
    let version = |major: u32, minor: u32| Some((major << 16) | (minor << 8));
    Targets::from(Browsers {
        chrome: version(123, 0),
        edge: version(123, 0),
        firefox: version(121, 0),
        safari: version(17, 5),
        ios_saf: version(17, 5),
        ..Browsers::default()
    })
}
