//! Getting at what errors hold.

use std::error::Error;
use std::io;

/// The first error of type `E` inside of `error`, itself included.
pub(super) fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    layers(error).find_map(|layer| layer.downcast_ref())
}

/// The innermost I/O error inside of `error`: the outer ones only carry it.
pub(super) fn innermost_io<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    layers(error).filter_map(|layer| layer.downcast_ref()).last()
}

/// What an error says, each layer once.
pub(super) fn text(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for layer in layers(error) {
        let text = layer.to_string();
        if !texts.iter().any(|earlier| earlier.contains(&text)) {
            texts.push(text);
        }
    }
    texts.join(": ")
}

/// An error and those inside of it. `io::Error::source` skips the error that it wraps and goes on to
/// that one's source, hence the detour.
fn layers<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&layer| match layer.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => layer.source(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_io_errors_wrap_is_found() {
        let inner = rustls::Error::DecryptError;
        let nested = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, inner));
        assert_eq!(find::<rustls::Error>(&nested), Some(&rustls::Error::DecryptError));
        assert_eq!(innermost_io(&nested).map(io::Error::kind), Some(io::ErrorKind::InvalidData));
        assert_eq!(text(&nested), "cannot decrypt peer's message");
    }
}
