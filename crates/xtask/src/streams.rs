//! Removes the streaming uploads of Leptos from a program of the browser, which uses none.
//!
//! Leptos exports JavaScript classes for them, and exported functions are never removed. Without the exports
//! their functions still stay, because they are in the table of indirect calls.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use walrus::ir::{Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ExportItem, FunctionBuilder, FunctionId, FunctionKind, LocalFunction,
    Module,
};

/// A part of the names of their exports.
const EXPORT: &str = "intounderlying";
/// Their crate, as it is in mangled names.
const CRATE: &str = "wasm_streams";

/// Removes the exports, and replaces the bodies of the functions by a trap. An error if there are none:
/// then Leptos or its names have changed.
pub(crate) fn remove(module: &mut Module) -> Result<()> {
    let exports = module.exports.iter();
    let unused = exports.filter(|export| export.name.contains(EXPORT));
    for id in unused.map(|export| export.id()).collect::<Vec<_>>() {
        module.exports.delete(id);
    }
    let functions = functions_of_streams(module);
    if functions.is_empty() {
        bail!("it has no functions of {CRATE}");
    }
    for id in functions {
        replace_by_trap(module, id);
    }
    Ok(())
}

/// The functions with such a name that reach an import which nothing else reaches.
///
/// The name alone is not enough: the compiler merges functions with the same instructions, so that a
/// destructor of this crate may also be another one's. A function that calls an import for streams is
/// for streams under any name.
fn functions_of_streams(module: &Module) -> Vec<FunctionId> {
    let calls: BTreeMap<_, _> = module.funcs.iter_local().map(calls).collect();
    let mut callers: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (caller, called) in &calls {
        for function in called {
            callers.entry(*function).or_default().insert(*caller);
        }
    }
    let has_name = |id: &FunctionId| {
        module
            .funcs
            .get(*id)
            .name
            .as_deref()
            .is_some_and(is_of_streams)
    };
    let (named, others): (BTreeSet<_>, BTreeSet<_>) = calls.keys().copied().partition(has_name);
    // Functions of other crates that only functions of streams call, directly or through each other.
    let mut owned = &named | &(&others - &addressable(module));
    let is_owned = |id: &FunctionId, owned: &BTreeSet<_>| {
        callers
            .get(id)
            .is_some_and(|callers| callers.is_subset(owned))
    };
    loop {
        let kept: BTreeSet<_> = owned
            .iter()
            .copied()
            .filter(|id| named.contains(id) || is_owned(id, &owned))
            .collect();
        if kept.len() == owned.len() {
            break;
        }
        owned = kept;
    }
    let is_import = |id: &FunctionId| !calls.contains_key(id);
    let mut reaching: BTreeSet<_> = callers
        .keys()
        .copied()
        .filter(|id| is_import(id) && is_owned(id, &owned))
        .collect();
    loop {
        let reach = |id: &&FunctionId| !calls[id].is_disjoint(&reaching);
        let more = &reaching | &owned.iter().filter(reach).copied().collect();
        if more.len() == reaching.len() {
            break;
        }
        reaching = more;
    }
    (&named & &reaching).into_iter().collect()
}

/// The functions that JavaScript or an indirect call may call.
fn addressable(module: &Module) -> BTreeSet<FunctionId> {
    let mut found = BTreeSet::new();
    for element in module.elements.iter() {
        match &element.items {
            ElementItems::Functions(functions) => found.extend(functions),
            ElementItems::Expressions(_, expressions) => {
                found.extend(expressions.iter().filter_map(|it| match it {
                    ConstExpr::RefFunc(function) => Some(*function),
                    _ => None,
                }));
            }
        }
    }
    found.extend(
        module
            .exports
            .iter()
            .filter_map(|export| match export.item {
                ExportItem::Function(function) => Some(function),
                _ => None,
            }),
    );
    found
}

fn calls((id, function): (FunctionId, &LocalFunction)) -> (FunctionId, BTreeSet<FunctionId>) {
    let mut calls = Calls::default();
    dfs_in_order(&mut calls, function, function.entry_block());
    (id, calls.0)
}

/// The functions that a function calls.
#[derive(Default)]
struct Calls(BTreeSet<FunctionId>);

impl Visitor<'_> for Calls {
    fn visit_function_id(&mut self, function: &FunctionId) {
        self.0.insert(*function);
    }
}

/// Whether a function belongs to the crate of the streams. A mangled name also ends in the crate that
/// has compiled a generic function; others may call such a function.
fn is_of_streams(name: &str) -> bool {
    let path = name.strip_suffix(CRATE).unwrap_or(name);
    path.contains(CRATE)
}

fn replace_by_trap(module: &mut Module, id: FunctionId) {
    let (parameters, results) = module.types.params_results(module.funcs.get(id).ty());
    let (parameters, results) = (parameters.to_vec(), results.to_vec());
    let mut trap = FunctionBuilder::new(&mut module.types, &parameters, &results);
    trap.func_body().unreachable();
    let locals = parameters.iter().map(|kind| module.locals.add(*kind));
    let trap = trap.local_func(locals.collect());
    module.funcs.get_mut(id).kind = FunctionKind::Local(trap);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with an import that only the streams call, through a function of another crate, one that
    /// all call, and callers of both.
    fn module() -> (Module, [FunctionId; 3]) {
        let mut module = Module::default();
        let kind = module.types.add(&[], &[]);
        let (enqueue, _) = module.add_import_func("env", "enqueue", kind);
        let (drop, _) = module.add_import_func("env", "drop", kind);
        let mut add = |name: &str, calls: &[FunctionId]| {
            let mut function = FunctionBuilder::new(&mut module.types, &[], &[]);
            function.name(name.to_owned());
            for call in calls {
                function.func_body().call(*call);
            }
            function.finish(Vec::new(), &mut module.funcs)
        };
        let wrapper = add("_RNvCs2_7web_sys7enqueue", &[enqueue]);
        let pull = add(
            "_RNvMs6_NtCslf5K_12wasm_streams8readable4pull",
            &[wrapper, drop],
        );
        let merged = add(
            "_RINvNtCs79_4core3ptr13drop_in_placeNtCslf5K_12wasm_streams4Sink",
            &[drop],
        );
        let other = add("_RNvCs1_8deskbell4main", &[drop]);
        (module, [pull, merged, other])
    }

    #[test]
    fn a_function_that_only_shares_its_name_with_the_streams_stays() {
        let (module, [pull, ..]) = module();
        assert_eq!(functions_of_streams(&module), [pull]);
    }

    #[test]
    fn a_program_without_the_streams_is_an_error() {
        assert!(remove(&mut Module::default()).is_err());
    }

    #[test]
    fn a_generic_function_that_the_streams_crate_has_compiled_is_not_of_the_streams() {
        assert!(is_of_streams(
            "_RNvMs6_NtCslf5K_12wasm_streams8readable4pull"
        ));
        assert!(!is_of_streams(
            "_RNvMsda_Cs6jb_6js_sys8Function5call1Cslf5K6QdKRQM_12wasm_streams"
        ));
    }
}
