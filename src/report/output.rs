//! Standard output and standard error, the only place that writes to them.

use std::io::{self, Write};

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

/// Writes a line for the person to standard error. Nothing can be done when that fails.
pub fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
