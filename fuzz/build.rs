//! Compiles the targets' `check` functions, which are there for tests and for fuzzing only, also when
//! it is not `cargo fuzz` that compiles them.

fn main() {
    println!("cargo::rustc-cfg=fuzzing");
    println!("cargo::rerun-if-changed=build.rs");
}
