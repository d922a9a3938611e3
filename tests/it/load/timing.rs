//! Timing against apps whose times are known: frozen ones, and ones with a known distribution of delays.
//! The schedule is judged by when callbacks arrive.
//!
//! The bounds are sharp, and a machine that is busy with something else breaks them now and then. A fault of
//! ours breaks them every time, so each trial has a second and a third chance.

use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;

use super::command::{counts, load};
use super::pretender::{Freeze, Pretender};
use crate::cli::bench::{Bench, Ended};

/// Flags that leave nothing but the callbacks to time: signing costs a debug build more than sending.
pub(super) const PLAIN: [&str; 11] = [
    "--installed-path",
    "/installed",
    "--keep-alive",
    "--no-cleanup",
    "--threads",
    "1",
    "--idle-timeout",
    "30s",
    "--tenants-pool",
    "10",
    "--reuse-tokens",
];

/// Tries up to three times, and fails with what the last trial said.
pub(super) async fn in_three_trials(trial: impl AsyncFn() -> Result<(), String>) {
    let mut said = Vec::new();
    for _ in 0..3 {
        match trial().await {
            Ok(()) => return,
            Err(problem) => said.push(problem),
        }
    }
    panic!("three trials failed:\n{}", said.join("\n"));
}

pub(super) fn within(what: &str, measured: f64, expected: f64, share: f64) -> Result<(), String> {
    if (measured - expected).abs() <= share * expected {
        return Ok(());
    }
    Err(format!("{what}: {measured:.4} instead of {expected:.4}"))
}

fn histogram(ended: &Ended, name: &str) -> Histogram<u64> {
    let encoded = ended.text(&format!("/latency/histogram/{name}"));
    let bytes = BASE64_STANDARD.decode(encoded).expect("base64");
    Deserializer::new().deserialize(&mut bytes.as_slice()).expect("a histogram")
}

fn seconds(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1e6
}

/// An app that stands still for S seconds at rate R keeps R·S callbacks waiting, each for what is left of S.
/// A generator that waits for its answers would see one of them.
#[tokio::test]
async fn a_frozen_app_shows_as_slow_as_it_was() {
    const RATE: f64 = 40.0;
    let (frozen, whole) = (3.0, 5.0);
    let bench = Bench::new().await;
    in_three_trials(async || {
        let freeze = Freeze { at: 40, lasts: Duration::from_secs_f64(frozen) };
        let app = Pretender::start(vec![Duration::ZERO], Some(freeze));
        let flags = ["--rate", "40/s", "--duration", "5s"];
        let ended = load(&bench, &app.base_url(), &PLAIN).with(&flags).end().await;
        if counts(&ended)[2] != 200 {
            return Err("not all callbacks were sent".to_owned());
        }
        let response = histogram(&ended, "response");
        for longer in [0.5, 1.0, 2.0] {
            let slow = response.count_between((longer * 1e6) as u64, u64::MAX) as f64;
            within(
                "slow responses",
                slow,
                RATE * (frozen - longer),
                0.005 + 1.0 / (RATE * (frozen - longer)),
            )?;
        }
        // The share 1 - q of the slowest waited longer than S - (1 - q)·N/R.
        for quantile in [0.5, 0.7, 0.8, 0.9, 0.99] {
            let expected = frozen - (1.0 - quantile) * whole;
            within(&format!("p{quantile}"), seconds(&response, quantile), expected, 0.01 + 0.01 / expected)?;
        }
        Ok(())
    })
    .await;
}

/// Whatever the distribution of an app's times, its quantiles come out as they are.
#[tokio::test]
async fn known_distributions_are_measured_as_they_are() {
    const CALLBACKS: usize = 200;
    let times = |seconds: &dyn Fn(usize) -> f64| -> Vec<Duration> {
        (0..CALLBACKS).map(|index| Duration::from_secs_f64(seconds(index))).collect()
    };
    let fixed = times(&|_| 1.0);
    let bimodal = times(&|index| if index % 10 == 3 { 2.0 } else { 0.7 });
    // The quantiles of a Pareto distribution with a scale of 0.5 s and the exponent 3, out of order.
    let pareto = times(&|index| {
        let rank = ((index * 77 % CALLBACKS) as f64 + 0.5) / CALLBACKS as f64;
        0.5 * (1.0 - rank).powf(-1.0 / 3.0)
    });
    let bench = Bench::new().await;
    for (name, delays) in [("fixed", fixed), ("bimodal", bimodal), ("Pareto", pareto)] {
        in_three_trials(async || {
            let app = Pretender::start(delays.clone(), None);
            let flags = ["--rate", "80/s", "--duration", "2500ms"];
            let ended = load(&bench, &app.base_url(), &PLAIN).with(&flags).end().await;
            if counts(&ended)[2] != CALLBACKS as u64 {
                return Err("not all callbacks were sent".to_owned());
            }
            let (service, mut sorted) = (histogram(&ended, "service"), delays.clone());
            sorted.sort();
            for quantile in [0.1, 0.5, 0.75, 0.95, 0.99] {
                let rank = (quantile * CALLBACKS as f64).ceil() as usize - 1;
                let expected = sorted[rank].as_secs_f64();
                within(&format!("{name} p{quantile}"), seconds(&service, quantile), expected, 0.01)?;
            }
            Ok(())
        })
        .await;
    }
}

/// Judged by the app: callbacks arrive when they are due, and the schedule does not drift.
#[tokio::test]
async fn callbacks_arrive_when_they_are_due() {
    let bench = Bench::new().await;
    in_three_trials(async || {
        let app = Pretender::start(vec![Duration::from_millis(5)], None);
        let flags = ["--rate", "100/s", "--duration", "2s", "--warm-up", "300ms"];
        let ended = load(&bench, &app.base_url(), &PLAIN).with(&flags).end().await;
        counts(&ended);
        let arrivals = app.arrivals();
        if arrivals.len() != 230 {
            return Err(format!("{} callbacks arrived", arrivals.len()));
        }
        // The earliest arrival, measured by its own moment, fixes the app's clock.
        let moments = (0..).map(|number| Duration::from_millis(10) * number);
        let offset = |at: &Instant| *at - arrivals[0];
        let zero =
            arrivals.iter().zip(moments.clone()).filter_map(|(at, due)| due.checked_sub(offset(at))).max();
        let mut late: Vec<Duration> = arrivals
            .iter()
            .zip(moments)
            .map(|(at, due)| offset(at) + zero.unwrap_or_default() - due)
            .collect();
        // Whoever waits for a multiple of a millisecond, or adds up gaps, is late more and more.
        let later_half = *late[115..].iter().min().unwrap();
        late.sort();
        if late[57] > Duration::from_millis(2) || later_half > Duration::from_millis(1) {
            return Err(format!(
                "a quarter is late by {:?}, all of the second half by {later_half:?}",
                late[57]
            ));
        }
        Ok(())
    })
    .await;
}
