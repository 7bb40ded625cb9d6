//! The folder `target/web`: hashed names, filled placeholders, precompressed copies, a manifest.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{fingerprint, paths};

/// Web files under their names in pages: `widget.css`, `frame.html`, `deskbell.js`.
pub(crate) type Sources = BTreeMap<String, Vec<u8>>;

/// Web files under their paths: `assets/widget-0a1b2c3d.css`, `frame.html`, `deskbell.js`.
pub(crate) type Output = BTreeMap<String, Vec<u8>>;

/// The script that third-party pages load. Snippets name it, so its name has no hash.
pub(crate) const LOADER: &str = "deskbell.js";

/// The part of the loader that runs the panel. Loaders of another version request it too.
pub(crate) const PANEL: &str = "deskbell-panel.js";

/// The part of the loader for visitors with a conversation. Loaders of another version request it too.
pub(crate) const REPLIES: &str = "deskbell-replies.js";

/// The end of a boot script's name. A program without its own boot script gets a generated one.
const BOOT: &str = "-boot.js";

/// The path of each name.
pub(crate) type Manifest = BTreeMap<String, String>;

/// Gives every asset its hashed name, makes the boot scripts and fills the placeholders of style sheets and pages.
pub(crate) fn link(sources: Sources) -> Result<(Output, Manifest)> {
    let mut output = Output::new();
    let mut manifest = Manifest::new();
    let (pages, mut files): (Sources, Sources) = sources
        .into_iter()
        .partition(|(name, _)| name.ends_with(".html"));
    for name in [LOADER, PANEL, REPLIES] {
        if let Some(script) = files.remove(name) {
            output.insert(name.to_owned(), script);
        }
    }
    let (boots, files): (Sources, Sources) = files
        .into_iter()
        .partition(|(name, _)| name.ends_with(BOOT));
    // Style sheets name fonts.
    let (styles, files): (Sources, Sources) = files
        .into_iter()
        .partition(|(name, _)| name.ends_with(".css"));
    for (name, content) in files {
        add(&mut output, &mut manifest, &name, content)?;
    }
    for (name, style) in styles {
        let style = fill(&name, &text(&name, style)?, &manifest)?;
        add(&mut output, &mut manifest, &name, style.into_bytes())?;
    }
    let programs: Vec<String> = manifest
        .keys()
        .filter_map(|name| name.strip_suffix(".wasm"))
        .map(str::to_owned)
        .collect();
    for (name, boot) in boots {
        let boot = fill(&name, &text(&name, boot)?, &manifest)?;
        add(&mut output, &mut manifest, &name, boot.into_bytes())?;
    }
    for program in programs {
        let boot_name = format!("{program}{BOOT}");
        if manifest.contains_key(&boot_name) {
            continue;
        }
        let (script, wasm) = (
            &manifest[&format!("{program}.js")],
            &manifest[&format!("{program}.wasm")],
        );
        let boot =
            format!("import init from \"{script}\";\ninit({{module_or_path: \"{wasm}\"}});\n");
        add(&mut output, &mut manifest, &boot_name, boot.into_bytes())?;
    }
    for (name, page) in pages {
        let page = fill(&name, &text(&name, page)?, &manifest)?;
        output.insert(name, page.into_bytes());
    }
    output.insert(
        "manifest.json".to_owned(),
        serde_json::to_vec_pretty(&manifest)?,
    );
    Ok((output, manifest))
}

/// Writes the files and their `.br` and `.gz` copies, in place of the previous ones.
pub(crate) fn write(output: &Output, release: bool) -> Result<()> {
    let (web, fresh) = (paths::root("target/web"), paths::root("target/web.new"));
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(fresh.join("assets"))?;
    for (name, content) in output {
        fs::write(fresh.join(name), content)?;
        fs::write(fresh.join(format!("{name}.br")), brotli(content, release)?)?;
        fs::write(fresh.join(format!("{name}.gz")), gzip(content, release)?)?;
    }
    replace(&fresh, &web)
}

/// Compresses with brotli: at the best level for a release, at the fastest one in development.
pub(crate) fn brotli(content: &[u8], release: bool) -> Result<Vec<u8>> {
    let quality = if release { 11 } else { 4 };
    let mut compressed = Vec::new();
    let mut writer = ::brotli::CompressorWriter::new(&mut compressed, 64 * 1024, quality, 22);
    writer.write_all(content)?;
    writer.flush()?;
    drop(writer);
    Ok(compressed)
}

fn gzip(content: &[u8], release: bool) -> Result<Vec<u8>> {
    let level = if release {
        Compression::best()
    } else {
        Compression::fast()
    };
    let mut writer = GzEncoder::new(Vec::new(), level);
    writer.write_all(content)?;
    Ok(writer.finish()?)
}

fn add(output: &mut Output, manifest: &mut Manifest, name: &str, content: Vec<u8>) -> Result<()> {
    let (stem, extension) = name
        .rsplit_once('.')
        .with_context(|| format!("{name} has no extension"))?;
    let path = format!("assets/{stem}-{}.{extension}", fingerprint::short(&content));
    manifest.insert(name.to_owned(), format!("/{path}"));
    output.insert(path, content);
    Ok(())
}

fn text(name: &str, content: Vec<u8>) -> Result<String> {
    String::from_utf8(content).with_context(|| format!("{name} is not UTF-8"))
}

fn fill(name: &str, page: &str, manifest: &Manifest) -> Result<String> {
    let mut parts = page.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (asset, rest) = part
            .split_once("}}")
            .with_context(|| format!("{name}: {{{{ without }}}}"))?;
        let Some(address) = manifest.get(asset.trim()) else {
            bail!("{name} asks for {}, which is not built", asset.trim());
        };
        filled.push_str(address);
        filled.push_str(rest);
    }
    Ok(filled)
}

/// Replaces the folder by renaming, because a development server must not read an incomplete one.
fn replace(fresh: &Path, web: &Path) -> Result<()> {
    let old = paths::root("target/web.old");
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    if web.exists() {
        fs::rename(web, &old)?;
    }
    fs::rename(fresh, web)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(())
}
