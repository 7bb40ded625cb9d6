//! The build script of the fuzz targets: enables the `check` functions, which exist for tests and fuzzing only, also
//! when the targets are compiled without `cargo fuzz`.

fn main() {
    println!("cargo::rustc-cfg=fuzzing");
    println!("cargo::rerun-if-changed=build.rs");
}
