//! How a name becomes addresses.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::codes::FailureCause;

/// How a name became addresses, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The name, or the address that stood in its place.
    pub name: String,
    /// Where the addresses are from.
    pub source: Source,
    /// The resolvers that were asked.
    pub servers: Vec<SocketAddr>,
    /// The CNAME records on the way, in order.
    pub aliases: Vec<Alias>,
    /// What was answered for each family asked.
    pub families: Vec<FamilyAnswer>,
}

/// Where addresses are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The URL holds the address itself.
    Literal,
    /// They were given by hand.
    Override,
    /// The hosts file of this machine, or its own name for itself.
    Hosts,
    /// A DNS resolver, just now.
    Dns,
    /// A DNS resolver, within the time to live.
    Cache,
}

/// A CNAME record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The alias.
    pub name: String,
    /// What it stands for.
    pub target: String,
    /// Its time to live.
    pub ttl: Duration,
}

/// What was answered for one address family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyAnswer {
    /// The record type asked for, `A` or `AAAA`.
    pub record: &'static str,
    /// When the answer came, counted from the question.
    pub elapsed: Duration,
    /// The addresses, with their times to live where DNS gave them; none when the other family's answer
    /// was used without waiting for this one.
    pub answer: Answer,
}

/// What a resolver answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Addresses, with their times to live where DNS gave them.
    Addresses(Vec<(IpAddr, Option<Duration>)>),
    /// No addresses, and why.
    Failed {
        /// What it was.
        cause: FailureCause,
        /// What the resolver or the operating system said.
        detail: String,
    },
    /// No answer yet when the other family's was used.
    Outrun,
}
