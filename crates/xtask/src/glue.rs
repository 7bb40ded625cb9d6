//! Reduces wasm-bindgen's JavaScript to what a program uses.
//!
//! Its names end in hashes, which do not compress, and it contains imports that wasm-opt has found
//! unused: 5 of the widget's 86 KB. wasm-opt renames imports and exports in the wasm and prints the
//! new names; this module renames them in the JavaScript.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The output of wasm-opt with `--minify-imports-and-exports-and-modules`.
#[derive(Deserialize)]
pub(crate) struct Names {
    /// Module, name, new name.
    imports: Vec<(String, String, String)>,
    /// Name, new name.
    exports: Vec<(String, String)>,
}

/// The one module name after renaming.
const MODULE: &str = "\"a\"";

/// The glue for a program with these renamed imports and exports.
pub(crate) fn rename(glue: &str, names: &Names) -> Result<String> {
    let imports: BTreeMap<&str, &str> = names
        .imports
        .iter()
        .map(|(_, name, new)| (name.as_str(), new.as_str()))
        .collect();
    let module = match names.imports.first() {
        Some((module, ..)) => format!("\"{module}\""),
        None => bail!("the program imports nothing"),
    };
    let mut kept = String::new();
    let mut found = 0;
    let mut lines = glue.lines().peekable();
    while let Some(line) = lines.next() {
        if is_streams_class(line) {
            // Includes the following line, which makes it disposable.
            while lines.next().is_some_and(|line| line != "}") {}
            lines.next();
        } else if let Some(name) = import(line) {
            let new = imports.get(name);
            let entry = std::iter::once(line).chain(rest_of_entry(&mut lines));
            if let Some(new) = new {
                found += 1;
                for line in entry {
                    kept.push_str(&line.replacen(name, new, usize::from(import(line).is_some())));
                    kept.push('\n');
                }
            } else {
                entry.for_each(drop);
            }
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    if found != imports.len() {
        bail!(
            "the glue serves {found} of {} imports: wasm-bindgen writes it in another form now",
            imports.len()
        );
    }
    let exports = names
        .exports
        .iter()
        .map(|(name, new)| (name.as_str(), new.as_str()))
        .collect();
    Ok(rename_exports(&kept, &exports).replace(&module, MODULE))
}

/// Parses the output of wasm-opt.
pub(crate) fn names(printed: &str) -> Result<Names> {
    serde_json::from_str(printed).context("wasm-opt printed no names")
}

/// The name of an import whose function begins on this line.
fn import(line: &str) -> Option<&str> {
    let (name, body) = line.strip_prefix("        ")?.split_once(": function")?;
    let is_name = name.starts_with("__wb") && body.starts_with('(');
    is_name.then_some(name)
}

/// The lines of an entry after its first, up to the next entry or the end.
fn rest_of_entry<'a>(
    lines: &mut std::iter::Peekable<std::str::Lines<'a>>,
) -> impl Iterator<Item = &'a str> {
    std::iter::from_fn(move || {
        lines.next_if(|line| {
            import(line).is_none() && (line.starts_with("        ") || line.is_empty())
        })
    })
}

/// Leptos' classes for streaming uploads; the wasm has no methods for them any more.
fn is_streams_class(line: &str) -> bool {
    line.starts_with("export class IntoUnderlying")
}

/// Renames the exports, which are the properties of `wasm.`.
fn rename_exports(glue: &str, exports: &BTreeMap<&str, &str>) -> String {
    let mut parts = glue.split("wasm.");
    let mut renamed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_word = |char: char| char.is_alphanumeric() || char == '_';
        let end = part.find(|char| !is_word(char)).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        renamed.push_str("wasm.");
        renamed.push_str(exports.get(name).unwrap_or(&name));
        renamed.push_str(rest);
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "\
export class IntoUnderlyingSink {
    free() {
    }
}
if (Symbol.dispose) IntoUnderlyingSink.prototype[Symbol.dispose] = IntoUnderlyingSink.prototype.free;
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_now_1a: function() {
            return wasm.__wbindgen_malloc(Date.now());
        },
        __wbg_log_2b: function(arg0) { return handleError(function (arg0) {
            console.log(arg0);
        }, arguments); },
    };
    return { \"./widget_bg.js\": import0 };
}
";

    fn given(imports: &str) -> Names {
        let printed =
            format!(r#"{{"imports": [{imports}], "exports": [["__wbindgen_malloc", "b"]]}}"#);
        names(&printed).expect("is written as wasm-opt writes it")
    }

    #[test]
    fn used_imports_are_renamed_and_unused_ones_removed() {
        let names = given(r#"["./widget_bg.js", "__wbg_now_1a", "x"]"#);
        let glue = rename(GLUE, &names).expect("serves the import");
        assert_eq!(
            glue,
            "\
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        x: function() {
            return wasm.b(Date.now());
        },
    };
    return { \"a\": import0 };
}
"
        );
    }

    #[test]
    fn an_import_without_glue_is_an_error() {
        let names = given(r#"["./widget_bg.js", "__wbg_gone_3c", "x"]"#);
        assert!(rename(GLUE, &names).is_err());
    }
}
