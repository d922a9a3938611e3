//! What a status says about the app.

use super::{Entry, Family, Owner};

/// The row for `status`.
pub(super) const fn entry(status: u16) -> &'static Entry {
    match status {
        200 | 204 => &GOOD,
        201 => &CREATED,
        100..=199 => &INFORMATIONAL,
        202..=299 => &OTHER_SUCCESS,
        304 => &NOT_MODIFIED,
        300..=399 => &REDIRECT,
        400 => &BAD_REQUEST,
        401 => &UNAUTHORIZED,
        403 => &FORBIDDEN,
        404 => &NOT_FOUND,
        405 => &METHOD_NOT_ALLOWED,
        407 => &PROXY_AUTHENTICATION,
        408 => &REQUEST_TIMEOUT,
        409 => &CONFLICT,
        411 | 413 | 414 | 431 => &TOO_LARGE,
        415 => &UNSUPPORTED_MEDIA_TYPE,
        429 => &TOO_MANY_REQUESTS,
        421 => &MISDIRECTED,
        402 | 406 | 410..=499 => &OTHER_CLIENT_ERROR,
        500 => &INTERNAL_ERROR,
        502 => &BAD_GATEWAY,
        503 => &UNAVAILABLE,
        504 => &GATEWAY_TIMEOUT,
        501..=599 => &OTHER_SERVER_ERROR,
        0..=99 | 600..=u16::MAX => &OUT_OF_RANGE,
    }
}

const fn status(meaning: &'static str, causes: &'static str, remedy: &'static str) -> Entry {
    Entry { family: Family::Status, owner: Owner::App, meaning, causes, remedy }
}

const GOOD: Entry = Entry {
    family: Family::Good,
    owner: Owner::App,
    meaning: "The app answered 200 or 204, as the success rate asks.",
    causes: "a healthy app",
    remedy: "Nothing to do.",
};
const CREATED: Entry = status(
    "The app answered 201: the product may accept it, the success rate does not.",
    "a framework that answers 201 to every POST that stores something",
    "Answer 204 (or 200) from the lifecycle callbacks.",
);
const INFORMATIONAL: Entry = status(
    "The app sent an interim response where a final one was due.",
    "an upgrade to another protocol, a hand-made server",
    "Answer 204 (or 200) from the lifecycle callbacks.",
);
const OTHER_SUCCESS: Entry = status(
    "The app answered with a success that the success rate does not count: only 200 and 204 are good.",
    "a handler that answers 202 because it works asynchronously",
    "Answer 204 (or 200) from the lifecycle callbacks, whatever happens afterwards.",
);
const REDIRECT: Entry = status(
    "The app redirected the callback: the product may follow, the success rate does not count it as good.",
    "http to https, a missing or extra slash at the end of the path, a moved host, a login page in front",
    "Put the final https URL into the descriptor, and exempt the lifecycle paths from login redirects.",
);
const NOT_MODIFIED: Entry = status(
    "The app answered that nothing has changed, which answers a conditional GET and no callback.",
    "a cache or a framework's middleware that treats every method alike",
    "Answer 204 once the tenant is stored, and keep caches off the lifecycle paths.",
);
const BAD_REQUEST: Entry = status(
    "The app refused the callback as a bad request.",
    "the public key could not be fetched, a payload field the app insists on, a site URL that is not on its allow list, a wrong aud",
    "Read the body in the evidence: it mostly names the field or the key; then compare what the app insists on with Atlassian's payload.",
);
const UNAUTHORIZED: Entry = status(
    "The app refused the callback's signature.",
    "an aud that is not the app's base URL, a qsh computed over another path (a proxy that rewrites it), a clock that is off, a key or secret that is not the one expected",
    "Check the app's own base URL setting first, then rewriting proxies in front of it, then its clock.",
);
const FORBIDDEN: Entry = status(
    "The app, or something in front of it, forbade the callback.",
    "a web application firewall or an IP allow list, CSRF protection on the lifecycle path, a signature refused with 403",
    "Allow Atlassian's IP ranges and exempt the lifecycle paths from CSRF and bot protection.",
);
const NOT_FOUND: Entry = status(
    "Nothing answers at the path that the descriptor names.",
    "a route that moved without the descriptor, a path prefix lost or doubled in a proxy, an app that is not deployed, a public key that could not be found",
    "Compare baseUrl + lifecycle.installed of the descriptor with the app's routes, the proxy's prefix included.",
);
const METHOD_NOT_ALLOWED: Entry = status(
    "The path exists but takes no POST.",
    "a route declared for GET only, a static file server that answers for the app",
    "Declare the lifecycle route for POST.",
);
const PROXY_AUTHENTICATION: Entry = Entry {
    family: Family::Status,
    owner: Owner::Network,
    meaning: "A proxy on the way wants credentials before it passes the callback on.",
    causes: "a --proxy or HTTPS_PROXY without user and password, a gateway of the app that takes callers for its own staff",
    remedy: "Give the proxy's credentials (--proxy http://USER:PASSWORD@HOST:PORT) or go without it; if there is no proxy on this side, exempt the lifecycle paths in the gateway in front of the app.",
};
const REQUEST_TIMEOUT: Entry = status(
    "The server gave up waiting for the request.",
    "a process that does not read its requests, a proxy between that buffers",
    "Look for blocked workers in the app and for the proxy's timeouts.",
);
const CONFLICT: Entry = status(
    "The app refused the callback as a conflict with what it has stored.",
    "an insert instead of an upsert by clientKey, a tenant that was not removed at uninstall",
    "Upsert by clientKey: every callback may arrive again at any time.",
);
const TOO_LARGE: Entry = status(
    "The server found the request, its URL or its headers too large, or wants a length.",
    "very small limits in a proxy or framework: a callback has some 2 KB of body and headers",
    "Raise the limits to 8 KB for headers and for the body of lifecycle callbacks.",
);
const UNSUPPORTED_MEDIA_TYPE: Entry = status(
    "The app does not take application/json at this path.",
    "a handler declared for forms, a missing JSON body parser",
    "Accept Content-Type: application/json, with or without a charset.",
);
const TOO_MANY_REQUESTS: Entry = status(
    "The app, or something in front of it, limits the rate of callbacks.",
    "a rate limit per address or route: Atlassian's installs come in bursts from few addresses",
    "Exempt the lifecycle paths from rate limits: a rollout upgrades all tenants within a day.",
);
const MISDIRECTED: Entry = status(
    "The server does not serve this host name on this connection.",
    "an SNI name and a Host header that differ, a certificate shared by hosts of different servers",
    "Serve the host of the base URL on the server that presents its certificate.",
);
const OTHER_CLIENT_ERROR: Entry = status(
    "The app refused the callback.",
    "validation of the payload, a gateway's policy",
    "Read the body in the evidence and the app's log for this moment.",
);
const INTERNAL_ERROR: Entry = status(
    "The app failed while it handled the callback.",
    "an exception: a database that is down or migrating, a duplicate key at a repeated install, a payload field that is missing",
    "Find the exception in the app's log for this moment; make the handler an upsert that tolerates missing optional fields.",
);
const BAD_GATEWAY: Entry = status(
    "The proxy in front of the app got no valid answer from it.",
    "the app is down, restarting or crashed while answering",
    "Look for a crash or restart at this moment, and let deploys start the new instance before the old one stops.",
);
const UNAVAILABLE: Entry = status(
    "The app, or the load balancer in front of it, is not available.",
    "no healthy instance, a maintenance page, overload protection",
    "Look at the load balancer's health checks and the number of healthy instances.",
);
const GATEWAY_TIMEOUT: Entry = status(
    "The proxy in front of the app waited too long for it.",
    "slow work inside the callback, a blocked database, cold starts",
    "Answer 204 at once and do slow work afterwards in a queue.",
);
const OTHER_SERVER_ERROR: Entry = status(
    "The app, or something in front of it, failed to serve the callback.",
    "a feature the server does not implement, a content delivery network that can't reach its origin",
    "Read the body and headers in the evidence to see which server answered, then its log for this moment.",
);
const OUT_OF_RANGE: Entry = status(
    "The server sent a status outside 100 to 599.",
    "a hand-made server or proxy",
    "Answer 204 (or 200) from the lifecycle callbacks.",
);
