//! The transport against servers that misbehave: each cause is produced end to end.

mod bench;
mod bounds;
mod connect;
mod dns;
mod dns_server;
mod http1;
mod http2;
mod pki;
mod proxy;
mod redirects;
mod reuse;
mod timeouts;
mod tls;
