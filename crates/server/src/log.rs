//! The log: its filter, and a writer that escapes and truncates every line.
//!
//! A line may contain untrusted text: a path, a header, the answer of a mail server. Control
//! characters affect terminals, bidirectional ones change how a line reads, and a long line fills
//! the disk. The writer handles all of them in one place, whatever is logged.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use deskbell_base::text::is_visible;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The maximum length of a line, in bytes.
const LINE_BYTES: usize = 4 * 1024;
const ESCAPE: char = '\u{1b}';

/// Starts logging to standard error, with a filter in the syntax of `tracing`.
pub fn init(filter: &str) -> anyhow::Result<()> {
    // The NATS client logs every attempt to connect; the server logs the first.
    let filter = EnvFilter::try_new(format!("async_nats=error,{filter}"))?;
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(SafeLines {
            writer: io::stderr,
            colours,
        })
        .with_ansi(colours)
        .init();
    Ok(())
}

/// Creates writers that escape and truncate what the subscriber writes, one event at a time.
struct SafeLines<W> {
    writer: W,
    /// Whether the subscriber writes colours, which are escape sequences. It escapes those in
    /// fields by itself.
    colours: bool,
}

struct SafeLine<W> {
    writer: W,
    colours: bool,
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for SafeLines<W> {
    type Writer = SafeLine<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        SafeLine {
            writer: self.writer.make_writer(),
            colours: self.colours,
        }
    }
}

impl<W: Write> Write for SafeLine<W> {
    /// Writes one event: the subscriber hands over a whole line at a time.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        self.writer
            .write_all(safe(&line, self.colours).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The line without what could change how it or the lines around it are shown.
fn safe(line: &str, colours: bool) -> String {
    let text = line.strip_suffix('\n').unwrap_or(line);
    let mut safe = String::with_capacity(line.len().min(LINE_BYTES) + 1);
    for (at, c) in text.char_indices() {
        if safe.len() >= LINE_BYTES {
            let _ = write!(safe, "… ({} more bytes)", text.len() - at);
            break;
        }
        if is_visible(c) || (colours && c == ESCAPE) {
            safe.push(c);
        } else {
            safe.extend(c.escape_unicode());
        }
    }
    safe.push('\n');
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidirectional_characters_are_escaped() {
        let line = "INFO path=/a\u{202e}b\u{9b}31m\r\nERROR forged\n";
        let expected = "INFO path=/a\\u{202e}b\\u{9b}31m\\u{d}\\u{a}ERROR forged\n";
        assert_eq!(safe(line, false), expected);
        assert_eq!(safe("\u{1b}[2mINFO\n", true), "\u{1b}[2mINFO\n");
        assert_eq!(safe("Zoë said 你好\n", false), "Zoë said 你好\n");
    }

    #[test]
    fn a_long_line_is_cut() {
        let line = format!("INFO {}\n", "é".repeat(LINE_BYTES));
        let cut = safe(&line, false);
        assert!(cut.len() < LINE_BYTES + 40, "{}", cut.len());
        assert!(cut.ends_with(" more bytes)\n"));
    }
}
