//! What a monitor of the Nagios kind is told: a state, its exit code, figures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use super::super::bench::{Bench, Ended};
use super::{check, moody};

/// The figures behind the bar of the first line.
fn figures(ended: &Ended) -> Vec<String> {
    let first = ended.out.lines().next().unwrap();
    first.split_once(" | ").unwrap().1.split(' ').map(str::to_owned).collect()
}

#[tokio::test]
async fn each_state_has_its_word_its_exit_code_and_its_figures() {
    let bench = Bench::new().await;
    let status = Arc::new(AtomicU16::new(204));
    let spy = moody(&status).await;
    let nagios = ["--report", "nagios=-"];
    let many = ["--scenario", "single-install", "--repeat", "150", "--concurrency", "8"];
    let ended = check(&bench, &spy.base_url(), &many).with(&nagios).end().await.exits(0);
    assert!(ended.out.starts_with("REHEARSAL OK - "), "{}", ended.out);
    assert!(figures(&ended).contains(&"budget_28d=1;;;".to_owned()), "{}", ended.out);

    status.store(500, Ordering::Relaxed);
    for (word, code, left) in [("WARNING", 1, "budget_28d=0;;;"), ("CRITICAL", 2, "budget_28d=-1;;;")] {
        let ended = check(&bench, &spy.base_url(), &[]).with(&nagios).end().await.exits(code);
        assert!(ended.out.starts_with(&format!("REHEARSAL {word} - ")), "{}", ended.out);
        assert!(figures(&ended).contains(&left.to_owned()), "{}", ended.out);
    }

    // A good pass says nothing without the history.
    status.store(204, Ordering::Relaxed);
    let history = format!("sqlite:{}/none.sqlite", bench.write("a-file", "no folder"));
    let ended = check(&bench, &spy.base_url(), &["--history", &history]).with(&nagios).end().await.exits(3);
    assert!(ended.out.starts_with("REHEARSAL UNKNOWN - "), "{}", ended.out);
}
