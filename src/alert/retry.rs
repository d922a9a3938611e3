//! Trying again, with longer and longer pauses, until a moment.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

/// The pause before the second try; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Why an alert was not delivered, in words without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Undelivered {
    /// What went wrong.
    pub problem: String,
    /// Whether another try may fare better.
    pub(super) again: Again,
}

/// Whether, and when, to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// After the usual pause.
    Soon,
    /// Not before this time has passed.
    After(Duration),
    /// The answer will be the same.
    Never,
}

impl Undelivered {
    /// A failure that passes.
    pub(super) fn passing(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), again: Again::Soon }
    }

    /// A failure that stays.
    pub(super) fn lasting(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), again: Again::Never }
    }
}

/// Tries until it succeeds, another try is of no use, or `until` has come.
///
/// # Errors
/// How the last try failed that came to an end.
pub(super) async fn retry<T>(
    until: Instant,
    mut attempt: impl AsyncFnMut() -> Result<T, Undelivered>,
) -> Result<T, Undelivered> {
    let mut pause = FIRST_PAUSE;
    let mut last = Undelivered::passing("did not answer in time");
    loop {
        let Ok(ended) = timeout_at(until, attempt()).await else { return Err(last) };
        let failure = match ended {
            Ok(taken) => return Ok(taken),
            Err(failure) => failure,
        };
        let wait = match failure.again {
            Again::Never => return Err(failure),
            Again::Soon => pause,
            Again::After(wanted) => wanted.max(pause),
        };
        if Instant::now() + wait >= until {
            return Err(failure);
        }
        last = failure;
        sleep(wait).await;
        pause *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn tries(until: Duration, failure: Undelivered) -> (usize, Duration) {
        let (began, mut tries) = (Instant::now(), 0);
        let result = retry(began + until, async || {
            tries += 1;
            Err::<(), _>(failure.clone())
        });
        assert!(result.await.is_err());
        (tries, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_double_and_end_in_time() {
        let (count, time) = tries(Duration::from_secs(10), Undelivered::passing("busy")).await;
        // 0.25 + 0.5 + 1 + 2 + 4 s of pauses.
        assert_eq!((count, time.as_millis()), (6, 7750));
        assert_eq!(tries(Duration::from_secs(10), Undelivered::lasting("no")).await.0, 1);
        let later = Undelivered { problem: "busy".to_owned(), again: Again::After(Duration::from_secs(4)) };
        assert_eq!(tries(Duration::from_secs(10), later).await.0, 3);
    }
}
