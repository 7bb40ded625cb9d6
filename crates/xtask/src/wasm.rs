//! Compiles a crate to a program for browsers: cargo, then wasm-bindgen, then wasm-opt.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::step::{output, run, step};
use crate::toolchain::{self, WasmCompiler};
use crate::{fingerprint, glue, npm, paths, streams};

/// A crate that becomes `<name>.js` and `<name>.wasm`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    sources: &'static [&'static str],
    /// The configurations with which a release is compiled.
    cfgs: &'static [&'static str],
    /// The passes of wasm-opt, one list for each run.
    passes: &'static [&'static [&'static str]],
}

/// The widget, for visitors.
pub(crate) const WIDGET: Program = Program {
    name: "widget",
    package: "deskbell-widget",
    sources: &["widget/src", "widget/Cargo.toml"],
    cfgs: &[],
    // Visitors load it on other people's websites: each run that saves a kilobyte is worth its time.
    passes: &[
        &["-Oz", "--converge"],
        // Merges similar functions, and optimises the result again.
        &["--merge-similar-functions", "-Oz"],
        &["--rse", "--coalesce-locals", "-Oz", "--reorder-locals"],
        &[
            "--code-folding",
            "--rse",
            "--coalesce-locals",
            "-Oz",
            "--reorder-locals",
        ],
        &["--monomorphize", "-Oz", STRIP_FEATURES],
        &["-Oz"],
    ],
};

/// The dashboard, for agents.
pub(crate) const DASHBOARD: Program = Program {
    name: "dashboard",
    package: "deskbell-dashboard",
    sources: &[
        "dashboard/src",
        "dashboard/Cargo.toml",
        "design/bell-mark.svg",
    ],
    // A component is a value of one type, whatever is in it: 17 % smaller, where the few components of the widget
    // become 6 % larger (docs/decisions/0028).
    cfgs: &["erase_components"],
    // The widget's other runs take four times as long and save 0.02 % of this program.
    passes: &[
        &["-Oz"],
        &["--merge-similar-functions", "-Oz", STRIP_FEATURES],
    ],
};

/// Sources that every program contains.
const SHARED_SOURCES: [&str; 10] = [
    "shared/src",
    "crates/engine/src",
    "crates/engine/Cargo.toml",
    "crates/client/src",
    "crates/client/Cargo.toml",
    "crates/xtask/src/glue.rs",
    "crates/xtask/src/streams.rs",
    "crates/xtask/src/wasm.rs",
    "Cargo.toml",
    "Cargo.lock",
];

/// The features of WebAssembly that every browser of the last years supports. wasm-opt gets no others, because
/// it uses every feature that is enabled.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The first kilobyte holds no data: it is the far end of the stack. So an address plus a small
/// constant never wraps, and the constant becomes part of the load.
const LOW_MEMORY: &str = "--low-memory-unused";

/// Removes the list of features, which is for tools, not for browsers.
const STRIP_FEATURES: &str = "--strip-target-features";

impl Program {
    /// The output folder of this program.
    pub(crate) fn folder(&self, release: bool) -> PathBuf {
        paths::root("target/web-programs")
            .join(if release { "release" } else { "dev" })
            .join(self.name)
    }

    fn fingerprint(&self) -> Result<String> {
        fingerprint::of(&[self.sources, &SHARED_SOURCES].concat(), "")
    }
}

/// The build mode of programs.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    /// Small, instead of quickly.
    pub(crate) release: bool,
    /// Warnings are errors, if the compiler for wasm has no clippy.
    pub(crate) lint: bool,
}

impl Mode {
    /// The text of the stamp that such a build writes.
    pub(crate) fn stamp(self, fingerprint: &str) -> String {
        let linted = if self.lint { " without warnings" } else { "" };
        format!("{fingerprint}{linted}")
    }

    /// Whether this stamp was written after a build that was at least as strict.
    pub(crate) fn is_current(self, stamp: &Path, fingerprint: &str) -> bool {
        let strict = Self { lint: true, ..self };
        [self, strict]
            .iter()
            .any(|mode| fingerprint::is_current(stamp, &mode.stamp(fingerprint)))
    }
}

/// Builds those of the programs whose sources have changed.
pub(crate) fn build(programs: &[Program], mode: Mode) -> Result<()> {
    let release = mode.release;
    // The fingerprints are taken before compiling, so that an edit during the build makes the program stale.
    let mut stale = Vec::new();
    for program in programs {
        let fingerprint = program.fingerprint()?;
        if !mode.is_current(&program.folder(release).join("stamp"), &fingerprint) {
            stale.push((*program, fingerprint));
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    let compiler = WasmCompiler::find()?;
    if release {
        npm::tool("wasm-opt")?;
        thread::scope(|scope| {
            let mut finishing = Vec::new();
            // The programs are compiled separately, because Cargo would unify their features, and because they have
            // other configurations. One program is optimised while the next one is compiled.
            for (program, _) in &stale {
                compile(&compiler, &[*program], mode)?;
                finishing.push(scope.spawn(move || finish(program, release)));
            }
            finishing
                .into_iter()
                .try_for_each(|it| it.join().unwrap_or_else(|_| bail!("wasm-opt was not run")))
        })?;
    } else {
        // One build for all programs compiles shared dependencies once.
        compile(&compiler, programs, mode)?;
        for (program, _) in &stale {
            finish(program, release)?;
        }
    }
    for (program, fingerprint) in &stale {
        fs::write(
            program.folder(release).join("stamp"),
            mode.stamp(fingerprint),
        )?;
    }
    Ok(())
}

fn compile(compiler: &WasmCompiler, programs: &[Program], mode: Mode) -> Result<()> {
    let names: Vec<_> = programs.iter().map(|program| program.name).collect();
    step(&format!("Compile {} to wasm", names.join(" and ")), || {
        let release = mode.release;
        let mut command = if mode.lint {
            compiler.linted_build(profile(release), release)
        } else {
            compiler.build(profile(release), release)
        };
        for program in programs {
            command.args(["--package", program.package]);
        }
        // In development both programs are compiled together, without the time for another copy of what they
        // share.
        if release {
            let cfgs = programs.iter().flat_map(|program| program.cfgs);
            toolchain::set_cfgs(&mut command, cfgs);
        }
        run(&mut command)
    })
}

fn finish(program: &Program, release: bool) -> Result<()> {
    let folder = program.folder(release);
    step(&format!("Bind {} to JavaScript", program.name), || {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        bind(program, release, &folder)
    })?;
    if release {
        step(&format!("Shrink {}", program.name), || {
            shrink(program, &folder)
        })?;
    }
    Ok(())
}

fn bind(program: &Program, release: bool, folder: &Path) -> Result<()> {
    let input = toolchain::artefact(profile(release), program.package);
    let mut output = Bindgen::new()
        .input_path(&input)
        .web(true)?
        .out_name(program.name)
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(release)
        .remove_producers_section(release)
        .generate_output()
        .with_context(|| format!("wasm-bindgen could not read {}", input.display()))?;
    streams::remove(output.wasm_mut())
        .with_context(|| format!("{} cannot be made smaller", input.display()))?;
    output.emit(folder)?;
    fs::rename(
        folder.join(format!("{}_bg.wasm", program.name)),
        folder.join(format!("{}.wasm", program.name)),
    )?;
    if folder.join("snippets").exists() {
        bail!(
            "{} brings inline JavaScript (wasm-bindgen snippets), which our pages do not load",
            program.package
        );
    }
    Ok(())
}

/// Optimises a program with wasm-opt, which makes the wasm about an eighth smaller, and removes the unused part
/// of the JavaScript glue.
fn shrink(program: &Program, folder: &Path) -> Result<()> {
    let wasm = folder.join(format!("{}.wasm", program.name));
    let glue = folder.join(format!("{}.js", program.name));
    let optimise = |passes: &[&str]| -> Result<Command> {
        let mut command = Command::new(npm::tool("wasm-opt")?);
        command
            .args(FEATURES)
            .arg(LOW_MEMORY)
            .args(passes)
            .arg(&wasm);
        command.arg("-o").arg(&wasm);
        Ok(command)
    };
    for passes in program.passes {
        run(&mut optimise(passes)?)?;
    }
    let names = output(&mut optimise(&[
        "--minify-imports-and-exports-and-modules",
    ])?)
    .context("wasm-opt could not rename the imports")?;
    let renamed = glue::rename(&fs::read_to_string(&glue)?, &glue::names(&names)?)?;
    fs::write(&glue, renamed)?;
    npm::minify_default_export(&glue)
}

/// The cargo profile of wasm programs.
pub(crate) fn profile(release: bool) -> &'static str {
    if release { "wasm" } else { "wasm-dev" }
}
