//! Standard output and standard error, the only place that writes to them.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::wrap::wrapped;
use crate::exit::Abort;

/// Writes to standard output: the product of a command and nothing else. A reader that went away
/// (`| head`) is not an error.
///
/// # Errors
/// When standard output can't be written, e.g. on a full disk.
pub fn print(text: &str) -> Result<(), Abort> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Abort::unavailable(format!("standard output can't be written: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes lines for the person to standard error, on a terminal broken where they would not fit. Nothing can be done
/// when that fails.
pub fn note(text: &str) {
    let width = terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| usize::from(width.0));
    let rows = |line: &str| match width {
        Some(width) if line.width() > width => wrapped(line, width),
        Some(_) | None => vec![line.to_owned()],
    };
    for row in text.split('\n').flat_map(rows) {
        let _ = writeln!(anstream::stderr(), "{row}");
    }
}
