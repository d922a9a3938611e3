//! Every class of status, and redirects of every kind.

use std::net::Ipv4Addr;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};

use super::setup::{FaultSetup, Part, Running};
use super::{Fault, answers};
use crate::serve::{Request, Response, Server, StartError, empty, reply};

/// How every callback is answered.
#[derive(Debug, Clone, Copy)]
pub(super) enum Behaviour {
    /// With this status, and a body where one may be.
    Plain(u16),
    /// With this redirect.
    Redirect(u16, Location),
}

/// Where a redirect points.
#[derive(Debug, Clone, Copy)]
pub(super) enum Location {
    /// Nowhere: the header is missing.
    Missing,
    /// To where the request came to.
    Same,
    /// To the same path with a slash at its end, and from there back.
    Slash,
    /// To the same path on another scheme and host.
    Https,
    /// To what is no URL.
    Broken,
}

const fn status(name: &'static str, status: u16, description: &'static str) -> Fault {
    Fault::new(name, description, answers(status), super::Behaviour::Status(Behaviour::Plain(status)))
}

const fn redirect(name: &'static str, status: u16, location: Location, description: &'static str) -> Fault {
    let behaviour = super::Behaviour::Status(Behaviour::Redirect(status, location));
    Fault::new(name, description, answers(status), behaviour).advising("status.redirect_seen")
}

pub(super) const FAULTS: &[Fault] = &[
    status("status-200", 200, "The app answers 200 with a body, which is good."),
    status("status-204", 204, "The app answers 204, which is good."),
    status("status-201", 201, "The app answers 201.").advising("status.201_seen"),
    status("status-202", 202, "The app answers 202."),
    status("status-203", 203, "The app answers 203."),
    status("status-205", 205, "The app answers 205."),
    status("status-206", 206, "The app answers 206."),
    redirect("status-301", 301, Location::Https, "The app redirects to https for good."),
    redirect("status-302", 302, Location::Https, "The app redirects to https for now."),
    redirect("status-303", 303, Location::Https, "The app wants its answer fetched elsewhere."),
    redirect("status-304", 304, Location::Missing, "The app answers that nothing has changed."),
    redirect("status-307", 307, Location::Https, "The app redirects for now, method and body unchanged."),
    redirect("status-308", 308, Location::Https, "The app redirects for good, method and body unchanged."),
    redirect("status-302-loop", 302, Location::Same, "The app redirects to the same URL."),
    redirect("status-308-slashes", 308, Location::Slash, "The app adds and removes a slash, in turns."),
    redirect("status-302-nowhere", 302, Location::Missing, "The app redirects without saying where to."),
    redirect("status-302-broken", 302, Location::Broken, "The app redirects to what is no URL."),
    status("status-400", 400, "The app finds the request wrong."),
    status("status-401", 401, "The app does not believe the signature."),
    status("status-402", 402, "The app wants to be paid."),
    status("status-403", 403, "The app forbids the request."),
    status("status-404", 404, "The app knows no such path."),
    status("status-405", 405, "The app takes no POST there."),
    status("status-406", 406, "The app can't answer as asked."),
    status("status-408", 408, "The app waited too long for the request."),
    status("status-409", 409, "The app finds a conflict with what it has."),
    status("status-410", 410, "The app is gone."),
    status("status-411", 411, "The app wants a length."),
    status("status-413", 413, "The app finds the request too large."),
    status("status-415", 415, "The app does not take this media type."),
    status("status-418", 418, "The app is a teapot."),
    status("status-421", 421, "The app serves no such host on this connection."),
    status("status-422", 422, "The app can't process the payload."),
    status("status-425", 425, "The app finds the request too early."),
    status("status-426", 426, "The app wants another protocol."),
    status("status-429", 429, "The app limits the rate of requests."),
    status("status-431", 431, "The app finds the head too large."),
    status("status-451", 451, "The app may not answer for legal reasons."),
    status("status-499", 499, "A status of the app's own in the range of the client's errors."),
    status("status-500", 500, "The app fails."),
    status("status-501", 501, "The app does not implement this."),
    status("status-502", 502, "The proxy in front of the app gets no valid answer from it."),
    status("status-503", 503, "The app is not available."),
    status("status-504", 504, "The proxy in front of the app waits too long for it."),
    status("status-507", 507, "The app has no storage left."),
    status("status-511", 511, "A captive portal answers for the app."),
    status("status-520", 520, "A content delivery network can't make sense of its origin."),
    status("status-599", 599, "A status of the app's own in the range of the server's errors."),
    status("status-999", 999, "A status outside every range."),
];

/// Stages a server that answers every request the same.
pub(super) async fn start(behaviour: Behaviour) -> Result<Running, StartError> {
    let address = (Ipv4Addr::LOCALHOST, 0).into();
    let server = Server::start(address, None, move |request: Request| async move {
        match behaviour {
            Behaviour::Plain(status) => plain(status),
            Behaviour::Redirect(status, location) => redirection(status, location, &request),
        }
    })
    .await?;
    Ok(Running::new(FaultSetup::at(server.origin()), [Part::Server(server)]))
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("the table holds statuses of three digits")
}

fn plain(status: u16) -> Response {
    let extra: Option<(HeaderName, &'static str)> = match status {
        401 => Some((WWW_AUTHENTICATE, "JWT realm=\"bench\"")),
        429 | 503 => Some((RETRY_AFTER, "30")),
        _ => None,
    };
    let mut response = match status {
        204 | 205 | 304 => empty(code(status)),
        _ => reply(code(status), "text/plain; charset=utf-8", format!("This is {status}.\n")),
    };
    if let Some((name, value)) = extra {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn redirection(status: u16, location: Location, request: &Request) -> Response {
    let path = request.uri().path();
    let location = match location {
        Location::Missing => None,
        Location::Same => Some(path.to_owned()),
        Location::Slash => Some(path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned)),
        Location::Https => Some(format!("https://app.rehearsal.test{path}")),
        Location::Broken => Some("http://[not a url".to_owned()),
    };
    let mut response = plain(status);
    if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
