//! The entry point of a fuzz target: libFuzzer's with the feature `engine`, and otherwise a program that
//! replays the files that it is given, so that a failing input can be debugged without the fuzzer.

/// Defines the target of a function that takes bytes and panics if its property does not hold.
#[macro_export]
macro_rules! target {
    ($check:path) => {
        #[cfg(feature = "engine")]
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $check(bytes));

        #[cfg(not(feature = "engine"))]
        fn main() -> std::io::Result<()> {
            $crate::replay($check)
        }
    };
}

/// Runs a property with the content of each file that the command line names.
pub fn replay(check: fn(&[u8])) -> std::io::Result<()> {
    for file in std::env::args_os().skip(1) {
        check(&std::fs::read(&file)?);
        eprintln!("passed: {}", file.display());
    }
    Ok(())
}
