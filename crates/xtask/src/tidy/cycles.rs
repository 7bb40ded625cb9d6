//! A check for import cycles: at most four files of a crate may form one.
//!
//! The nodes are source files, the edges their `use` statements (tests aside) that begin with `crate::`
//! or `super::`. A name that the crate's root re-exports counts as an import of the file that has it.
//! A module and its submodules are facets of one unit, so an import between a file and its own ancestor
//! or descendant is no edge. The cycles are the strongly connected components of this graph (Tarjan).

use std::collections::{BTreeMap, BTreeSet};

use super::{File, Findings};

/// The maximum number of files in one cycle.
const MOST: usize = 4;

/// The files of one crate: a module path for each, as in `workspace::members`; the root is empty.
type Graph = BTreeMap<String, BTreeSet<String>>;

pub(super) fn check(files: &[File], findings: &mut Findings) {
    let mut crates: BTreeMap<&str, Vec<(&File, String)>> = BTreeMap::new();
    for file in files {
        if let Some((folder, path)) = file.path.split_once("/src/")
            && let Some(module) = path.strip_suffix(".rs")
        {
            crates
                .entry(folder)
                .or_default()
                .push((file, module.replace('/', "::")));
        }
    }
    for (folder, files) in crates {
        for cycle in cycles(&graph(&files)) {
            if cycle.len() > MOST {
                findings.fail(format!(
                    "{folder}: {} files import each other in a circle, at most {MOST}: {}",
                    cycle.len(),
                    cycle.join(", ")
                ));
            }
        }
    }
}

fn graph(files: &[(&File, String)]) -> Graph {
    let modules: BTreeSet<&str> = files.iter().map(|(_, module)| module.as_str()).collect();
    let root = files.iter().find(|(_, module)| module == "lib");
    let reexports = root.map_or_else(BTreeMap::new, |(file, _)| reexports(&file.text, &modules));
    let mut graph = Graph::new();
    for (file, module) in files {
        let code = file.text.split("#[cfg(test)]").next().unwrap_or_default();
        let imported = imports(code).into_iter().filter_map(|path| {
            let path = absolute(module, &path)?;
            let first = path.split("::").next().unwrap_or_default();
            let target = longest(&path, &modules).or_else(|| reexports.get(first).cloned())?;
            (!is_one_unit(module, &target)).then_some(target)
        });
        graph.insert(module.clone(), imported.collect());
    }
    graph
}

/// All paths of the `use` statements, with the braces spelled out.
pub(super) fn imports(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (index, statement) in code.split(';').enumerate() {
        let statement = statement.rsplit_once("use ");
        let Some((before, path)) = statement.filter(|(_, path)| !path.contains('=')) else {
            continue;
        };
        let starts_line = before.lines().last().unwrap_or_default().trim_start();
        let is_use = starts_line.is_empty() || starts_line.starts_with("pub");
        if is_use || index == 0 {
            spell(String::new(), path, &mut paths);
        }
    }
    paths
}

/// `a::{b, c::{d, e}}` is `a::b`, `a::c::d` and `a::c::e`.
fn spell(prefix: String, path: &str, paths: &mut Vec<String>) {
    let path = path.trim();
    let Some((head, rest)) = path.split_once('{') else {
        paths.push(prefix + path.split(" as ").next().unwrap_or_default());
        return;
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut begin) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = inner[begin..at].trim();
                if !part.is_empty() {
                    spell(format!("{prefix}{head}"), part, paths);
                }
                begin = at + 1;
            }
            _ => {}
        }
    }
}

/// A path from the crate's root; `None` if it leads to another crate.
fn absolute(module: &str, path: &str) -> Option<String> {
    if let Some(path) = path.strip_prefix("crate::") {
        return Some(path.to_owned());
    }
    let mut parents: Vec<&str> = module.split("::").collect();
    let mut rest = path.strip_prefix("super::")?;
    parents.pop();
    while let Some(further) = rest.strip_prefix("super::") {
        parents.pop();
        rest = further;
    }
    parents.push(rest);
    Some(parents.join("::"))
}

/// The file that a path leads into.
fn longest(path: &str, modules: &BTreeSet<&str>) -> Option<String> {
    let mut path = path;
    loop {
        if modules.contains(path) {
            return Some(path.to_owned());
        }
        path = path.rsplit_once("::")?.0;
    }
}

/// The names that the root re-exports, each with the file that has it.
fn reexports(root: &str, modules: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let statements = root.split(';').filter_map(|statement| {
        let line = statement.trim_start();
        line.rsplit_once("pub use ").map(|(_, path)| path)
    });
    let mut names = BTreeMap::new();
    for statement in statements {
        let mut paths = Vec::new();
        spell(String::new(), statement, &mut paths);
        for path in paths {
            let path = path.trim_start_matches("crate::");
            if let (Some(module), Some((_, name))) =
                (longest(path, modules), path.rsplit_once("::"))
            {
                names.insert(name.to_owned(), module);
            }
        }
    }
    names
}

/// Whether one of them is an ancestor of the other, or the crate's root.
fn is_one_unit(one: &str, other: &str) -> bool {
    let is_within = |inner: &str, outer: &str| {
        inner == outer
            || inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.starts_with("::"))
    };
    [one, other].contains(&"lib") || is_within(one, other) || is_within(other, one)
}

/// The strongly connected components of more than one file (Tarjan's algorithm).
fn cycles(graph: &Graph) -> Vec<Vec<String>> {
    let mut walk = Walk::default();
    for module in graph.keys() {
        if !walk.numbers.contains_key(module.as_str()) {
            walk.visit(graph, module);
        }
    }
    walk.components.retain(|component| component.len() > 1);
    walk.components
}

#[derive(Default)]
struct Walk<'a> {
    numbers: BTreeMap<&'a str, usize>,
    lowest: BTreeMap<&'a str, usize>,
    stack: Vec<&'a str>,
    components: Vec<Vec<String>>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, graph: &'a Graph, module: &'a str) {
        let number = self.numbers.len();
        self.numbers.insert(module, number);
        self.lowest.insert(module, number);
        self.stack.push(module);
        for next in graph.get(module).into_iter().flatten() {
            let next = next.as_str();
            let reached = match self.numbers.get(next) {
                None => {
                    self.visit(graph, next);
                    self.lowest.get(next).copied()
                }
                Some(number) => self.stack.contains(&next).then_some(*number),
            };
            if let (Some(reached), Some(lowest)) = (reached, self.lowest.get_mut(module)) {
                *lowest = reached.min(*lowest);
            }
        }
        if self.lowest.get(module) != Some(&number) {
            return;
        }
        let begin = self.stack.iter().position(|other| *other == module);
        let component = self.stack.split_off(begin.unwrap_or_default());
        self.components
            .push(component.into_iter().map(str::to_owned).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    fn problems(files: &[File]) -> Vec<String> {
        let mut findings = Findings::default();
        check(files, &mut findings);
        findings.problems
    }

    /// Five files in a circle; the last closes it.
    fn five(last: &str) -> Vec<File> {
        vec![
            file("crates/x/src/lib.rs", "pub use a::Name;"),
            file("crates/x/src/a.rs", "use crate::b::{self, Other};"),
            file("crates/x/src/b.rs", "use crate::c::inner::Thing;"),
            file("crates/x/src/c/inner.rs", "use super::super::d;"),
            file("crates/x/src/d.rs", "use std::fmt;\nuse crate::{e};"),
            file("crates/x/src/e.rs", last),
        ]
    }

    #[test]
    fn a_cycle_of_five_files_is_found_even_through_a_reexport() {
        for last in ["use crate::a::Name;", "use crate::Name;", "use super::a;"] {
            assert_eq!(problems(&five(last)).len(), 1, "{last}");
        }
    }

    #[test]
    fn a_chain_is_not_a_cycle_and_tests_are_ignored() {
        for last in [
            "use std::fmt;",
            "#[cfg(test)]\nmod tests {\n    use crate::a;\n}",
        ] {
            assert_eq!(problems(&five(last)), Vec::<String>::new(), "{last}");
        }
    }

    #[test]
    fn a_module_and_its_submodules_are_one_unit() {
        let mut files = vec![file("crates/x/src/a.rs", "use crate::a::b0::X;")];
        for n in 0..6 {
            files.push(file(&format!("crates/x/src/a/b{n}.rs"), "use super::Name;"));
        }
        assert_eq!(problems(&files), Vec::<String>::new());
    }
}
