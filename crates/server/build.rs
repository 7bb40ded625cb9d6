//! A release embeds the web files, so cargo must build it again when they change.

fn main() {
    // A debug build reads them from the disk each time.
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let input = if release {
        "../../target/web"
    } else {
        "build.rs"
    };
    println!("cargo::rerun-if-changed={input}");
}
