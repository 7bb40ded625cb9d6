//! All web files: their parts, their sources, and when they are rebuilt.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::assets::{self, LOADER, Output, PANEL, REPLIES, Sources};
use crate::step::step;
use crate::wasm::{DASHBOARD, Mode, Program, WIDGET};
use crate::{css, fingerprint, npm, paths, wasm};

/// Files of the design that the dashboard and the public pages load as they are.
const DESIGN: [(&str, &str); 3] = [
    ("bell-mark.svg", "design/bell-mark.svg"),
    ("inter-latin.woff2", "design/fonts/inter-latin.woff2"),
    (
        "inter-latin-ext.woff2",
        "design/fonts/inter-latin-ext.woff2",
    ),
];

/// The source paths of all web files, for the fingerprint of `target/web`.
const INPUTS: [&str; 10] = [
    "widget",
    "dashboard",
    "design",
    "shared/src",
    "crates/engine/src",
    "crates/client",
    "crates/server/scripts",
    "crates/server/style",
    "crates/xtask",
    "Cargo.lock",
];

/// Builds `target/web`, or only one program of it while the others are still being written.
pub(crate) fn build(release: bool, only: Option<Program>) -> Result<()> {
    let lint = false;
    build_as(Mode { release, lint }, only)
}

/// Builds the release; warnings are errors if nothing else lints the programs of the browser.
pub(crate) fn build_linted() -> Result<()> {
    let (release, lint) = (true, true);
    build_as(Mode { release, lint }, None)
}

fn build_as(mode: Mode, only: Option<Program>) -> Result<()> {
    let release = mode.release;
    let stamp = paths::root("target/web.stamp");
    let note = format!(
        "release: {release}, only: {}",
        only.map_or("", |program| program.name)
    );
    let fingerprint = fingerprint::of(&[&INPUTS[..], &["Cargo.toml"]].concat(), &note)?;
    if mode.is_current(&stamp, &fingerprint) && paths::root("target/web/manifest.json").exists() {
        eprintln!("▸ Web files are up to date");
        return Ok(());
    }
    // The slowest build starts first.
    let programs = only.map_or_else(|| vec![DASHBOARD, WIDGET], |program| vec![program]);
    wasm::build(&programs, mode)?;
    step("Write the web files", || {
        let (output, _) = assets::link(sources(release, only)?)?;
        assets::write(&output, release)
    })?;
    fs::write(stamp, mode.stamp(&fingerprint))?;
    Ok(())
}

/// The output of `build`, without the compressed copies.
pub(crate) fn read() -> Result<Output> {
    let web = paths::root("target/web");
    let mut output = Output::new();
    for file in fingerprint::files(&web)? {
        let name = file
            .strip_prefix(&web)?
            .to_string_lossy()
            .replace('\\', "/");
        if !name.ends_with(".br") && !name.ends_with(".gz") {
            output.insert(name, fs::read(&file)?);
        }
    }
    Ok(output)
}

/// Creates an empty `target/web` if there is none: the server's crate embeds it and would not compile.
pub(crate) fn ensure_folder() -> Result<()> {
    fs::create_dir_all(paths::root("target/web/assets")).context("target/web cannot be created")
}

fn sources(release: bool, only: Option<Program>) -> Result<Sources> {
    let mut sources = Sources::new();
    for (name, path) in DESIGN {
        sources.insert(name.to_owned(), paths::read(path)?);
    }
    if only.is_none_or(|program| program == WIDGET) {
        add_widget_scripts(&mut sources, release)?;
        add_program(&mut sources, WIDGET, "widget", "frame.html", release)?;
    }
    if only.is_none_or(|program| program == DASHBOARD) {
        add_program(&mut sources, DASHBOARD, "dashboard", "app.html", release)?;
        let boot = boot_script("dashboard/boot.js")?;
        sources.insert("dashboard-boot.js".to_owned(), boot.into_bytes());
    }
    match css::bundle("crates/server/style/pages.css") {
        Ok(style) => _ = sources.insert("pages.css".to_owned(), style),
        Err(error) if only.is_none() => return Err(error),
        Err(error) => eprintln!("  left out: {error}"),
    }
    for script in ["copy", "contents"] {
        let name = format!("pages-{script}.js");
        let path = format!("crates/server/scripts/{script}.js");
        let source = String::from_utf8(paths::read(&path)?)?;
        let source = minify(&name, source, release)?;
        sources.insert(name, source);
    }
    Ok(sources)
}

fn add_program(
    sources: &mut Sources,
    program: Program,
    folder: &str,
    page: &str,
    release: bool,
) -> Result<()> {
    let name = program.name;
    for extension in ["js", "wasm"] {
        let file = program.folder(release).join(name).with_extension(extension);
        let content =
            fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        sources.insert(format!("{name}.{extension}"), content);
    }
    sources.insert(
        format!("{name}.css"),
        css::bundle(&format!("{folder}/style/index.css"))?,
    );
    sources.insert(
        page.to_owned(),
        paths::read(&format!("{folder}/index.html"))?,
    );
    Ok(())
}

/// The widget's scripts that need no WebAssembly: the loader and its parts, the panel's boot script and the basic
/// frame with its form.
fn add_widget_scripts(sources: &mut Sources, release: bool) -> Result<()> {
    let scripts: [(&str, &[&str], Option<&str>); 5] = [
        (LOADER, &["loader/deskbell.js"], Some("loader.css")),
        (
            PANEL,
            &["loader/visitor.js", "loader/panel.js"],
            Some("panel.css"),
        ),
        (
            REPLIES,
            &["loader/visitor.js", "loader/replies.js"],
            Some("replies.css"),
        ),
        ("basic.js", &["basic/basic.js"], None),
        ("basic-form.js", &["basic/form.js"], None),
    ];
    for (name, parts, style) in scripts {
        let mut source = String::new();
        for part in parts {
            source += &String::from_utf8(paths::read(&format!("widget/{part}"))?)?;
        }
        if let Some(style) = style {
            source = embed_style(&source, style)?;
        }
        sources.insert(name.to_owned(), minify(name, source, release)?);
    }
    let boot = minify("widget-boot.js", boot_script("widget/boot.js")?, release)?;
    sources.insert("widget-boot.js".to_owned(), boot);
    let page = paths::read("widget/basic/index.html")?;
    sources.insert("basic.html".to_owned(), page);
    Ok(())
}

/// A program's boot script, with the client's function that arbitrates long polls before it.
fn boot_script(path: &str) -> Result<String> {
    let turn = String::from_utf8(paths::read("crates/client/src/web/poll_turn.js")?)?;
    Ok(turn + &String::from_utf8(paths::read(path)?)?)
}

/// Replaces `"{{NAME.css}}"` by the style sheet of that name beside the script, as a string literal.
fn embed_style(script: &str, name: &str) -> Result<String> {
    let style = String::from_utf8(css::bundle(&format!("widget/loader/{name}"))?)?;
    let placeholder = format!("\"{{{{{name}}}}}\"");
    if !script.contains(&placeholder) {
        bail!("the loader's script does not embed {name}");
    }
    Ok(script.replace(&placeholder, &serde_json::to_string(&style)?))
}

fn minify(name: &str, source: String, release: bool) -> Result<Vec<u8>> {
    if !release {
        return Ok(source.into_bytes());
    }
    let script = paths::root("target/web-programs/release").join(name);
    fs::write(&script, source)?;
    npm::minify(&script)?;
    let minified = fs::read(&script)?;
    if minified.is_empty() {
        bail!("{name} is empty after minification");
    }
    Ok(minified)
}
