//! `rehearsal check --every`: a service that makes passes at even intervals until it is told to stop.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::{Method, StatusCode};
use sd_notify::NotifyState;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, sleep};

use super::pace::Pace;
use super::{Check, Listeners, Pass};
use crate::app::rehearsal::fill_random;
use crate::exit::{Abort, Exit};
use crate::report::Scrape;
use crate::report::output;
use crate::serve::{Request, Response, Server, empty, reply};

/// What the metrics endpoint shows.
type Board = Arc<Mutex<String>>;

/// Makes passes until a signal comes. A pass that is under way then is finished, and a pass that fails is followed by
/// the next one all the same.
///
/// # Errors
/// When the metrics can't be served.
pub(super) async fn run(
    check: &mut Check<'_>,
    every: Duration,
    address: Option<SocketAddr>,
    listeners: Listeners<'_>,
) -> Result<Exit, Abort> {
    let Listeners { reporting, alarm, mut telemetry } = listeners;
    let interrupt = check.setup.interrupt.clone();
    let board = Board::default();
    let server = match address {
        Some(address) => Some(listen(address, Arc::clone(&board)).await?),
        None => None,
    };
    let mut scrape = Scrape::default();
    show(&board, scrape.render());
    let watchdog = Watchdog::start();
    tell_manager(&[NotifyState::Ready]);
    let (pace, first) = (Pace::new(every), Instant::now());
    while !interrupt.last.requested() {
        alarm.begin();
        let pass = check.pass(&reporting.progress()).await;
        match &pass {
            Ok(pass) => {
                scrape.count(&pass.report);
                let published = reporting.publish_line(&pass.report);
                for abort in [published.err(), pass.kept.clone().err()].into_iter().flatten() {
                    output::note(&format!("error: {abort}"));
                }
            }
            Err(abort) => {
                scrape.count_failure();
                output::note(&format!("error: {abort}"));
            }
        }
        if let Some(telemetry) = &mut telemetry {
            telemetry.tell(pass.as_ref().ok().map(|pass| &pass.report), Some(&scrape));
        }
        alarm.conclude(pass.as_ref().and_then(Pass::kept), &mut check.history).await;
        show(&board, scrape.render());
        tokio::select! {
            () = sleep(pace.wait(first.elapsed(), chance())) => {}
            () = interrupt.last.wait() => {}
        }
    }
    tell_manager(&[NotifyState::Stopping]);
    if let Some(telemetry) = telemetry {
        tokio::select! {
            () = telemetry.end() => {}
            () = interrupt.soon.wait() => {}
        }
    }
    drop(watchdog);
    if let Some(server) = server {
        server.stop().await;
    }
    // The first signal let the last pass end by itself, the second did not.
    Ok(if interrupt.soon.requested() { Exit::Interrupted } else { Exit::Ok })
}

async fn listen(address: SocketAddr, board: Board) -> Result<Server, Abort> {
    let server = Server::start(address, None, move |request: Request| {
        let response = answer(&request, &board);
        async move { response }
    });
    let server = server.await.map_err(|error| {
        Abort::unavailable(format!("--listen {address}: {error}"))
            .remedy("choose another address or port with --listen")
    })?;
    output::note(&format!("Metrics are at {}/metrics", server.origin()));
    Ok(server)
}

fn answer(request: &Request, board: &Board) -> Response {
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => {
            let text = board.lock().unwrap_or_else(PoisonError::into_inner).clone();
            reply(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text)
        }
        (&Method::GET | &Method::HEAD, _) => empty(StatusCode::NOT_FOUND),
        (_, _) => empty(StatusCode::METHOD_NOT_ALLOWED),
    }
}

fn show(board: &Board, text: String) {
    *board.lock().unwrap_or_else(PoisonError::into_inner) = text;
}

/// Tells systemd, where it runs us; nothing can be done when it does not listen.
fn tell_manager(state: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(state);
}

/// Tells systemd's watchdog that we are alive, twice as often as it wants, for as long as the runtime turns.
struct Watchdog(Option<JoinHandle<()>>);

impl Watchdog {
    fn start() -> Self {
        Self(sd_notify::watchdog_enabled().map(|limit| {
            tokio::spawn(async move {
                let mut beat = interval((limit / 2).max(Duration::from_millis(1)));
                loop {
                    beat.tick().await;
                    tell_manager(&[NotifyState::Watchdog]);
                }
            })
        }))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// A number from 0 up to 1.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    fill_random(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}
