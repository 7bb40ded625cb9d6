//! The text of an error for the command line.

/// The error and its causes in one line. Some errors contain the text of their cause; it is not repeated.
pub fn error_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = cause;
        } else if !line.ends_with(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_not_repeated() {
        let error = anyhow::anyhow!("refused").context("database: refused");
        let error = error.context("cannot open it");
        assert_eq!(error_line(&error), "cannot open it: database: refused");
    }
}
