//! How a name becomes addresses: overrides, literals, the hosts file, then DNS, A and AAAA apart.

mod aliases;
mod cache;
mod lookup;
mod question;
mod system;
mod watched;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::{Name, RecordType};
use url::Host;

use self::cache::Cache;
pub(super) use self::lookup::{Lookup, NoAddresses};
use self::system::System;
use super::{AddressFamily, DnsCache, DnsSettings};
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

impl Resolution {
    /// All addresses, in the order in which the families answered.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.families.iter().flat_map(FamilyAnswer::addresses)
    }
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
    /// The answer.
    pub answer: Answer,
}

impl FamilyAnswer {
    /// The addresses of this family, if any.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let addresses = match &self.answer {
            Answer::Addresses(addresses) => addresses.as_slice(),
            Answer::Failed { .. } | Answer::Outrun => &[],
        };
        addresses.iter().map(|(address, _)| *address)
    }
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

/// Turns hosts into lookups. This machine's configuration is read when a name first needs it, so that
/// addresses and overrides cost nothing.
#[derive(Debug)]
pub(super) struct Resolver {
    settings: DnsSettings,
    family: AddressFamily,
    patience: Duration,
    system: OnceLock<Result<Arc<System>, NetError>>,
    cache: Option<Arc<Cache>>,
}

impl Resolver {
    /// A resolver that gives a question up after `patience`, unless our own clocks end it earlier.
    pub(super) fn new(settings: DnsSettings, family: AddressFamily, patience: Duration) -> Self {
        let cache = match settings.cache {
            DnsCache::Off => None,
            DnsCache::On => Some(Arc::default()),
        };
        Self { settings, family, patience, system: OnceLock::new(), cache }
    }

    /// Begins to look for the addresses of `host`.
    pub(super) fn lookup(&self, host: &Host<String>, port: u16) -> Lookup {
        let name = match host {
            Host::Domain(name) => name.as_str(),
            Host::Ipv4(address) => return self.literal((*address).into(), port),
            Host::Ipv6(address) => return self.literal((*address).into(), port),
        };
        if let Some(addresses) = self.overridden(name, port) {
            if addresses.is_empty() {
                let detail = "none of the addresses given by hand is of the family asked for".to_owned();
                return Lookup::hopeless(name.to_owned(), port, FailureCause::DnsNoData, detail);
            }
            return Lookup::known(name.to_owned(), port, Source::Override, addresses);
        }
        // The dot at the end keeps the search domains of this machine out of it.
        let Ok(asked) = Name::from_ascii(format!("{}.", name.trim_end_matches('.'))) else {
            let detail = "no DNS name can look like this".to_owned();
            return Lookup::hopeless(name.to_owned(), port, FailureCause::DnsNxdomain, detail);
        };
        let system =
            self.system.get_or_init(|| System::read(self.settings.server, self.patience).map(Arc::new));
        let system = match system {
            Ok(system) => system,
            Err(error) => {
                return Lookup::hopeless(name.to_owned(), port, question::cause(error), error.to_string());
            }
        };
        let known = self.of_family(system.known(&asked));
        if !known.is_empty() {
            return Lookup::known(name.to_owned(), port, Source::Hosts, known);
        }
        let records: &[RecordType] = match self.family {
            AddressFamily::Any => &[RecordType::AAAA, RecordType::A],
            AddressFamily::V4 => &[RecordType::A],
            AddressFamily::V6 => &[RecordType::AAAA],
        };
        Lookup::asking(Arc::clone(system), asked, port, records, self.cache.clone())
    }

    /// An address in the URL is used whatever family was asked for: there is no other.
    fn literal(&self, address: IpAddr, port: u16) -> Lookup {
        let name = address.to_string();
        match self.overridden(&name, port).filter(|addresses| !addresses.is_empty()) {
            Some(addresses) => Lookup::known(name, port, Source::Override, addresses),
            None => Lookup::known(name, port, Source::Literal, vec![address]),
        }
    }

    fn overridden(&self, name: &str, port: u16) -> Option<Vec<IpAddr>> {
        let given = self
            .settings
            .overrides
            .iter()
            .find(|given| given.port == port && given.host.eq_ignore_ascii_case(name))?;
        Some(self.of_family(given.addresses.clone()))
    }

    fn of_family(&self, mut addresses: Vec<IpAddr>) -> Vec<IpAddr> {
        addresses.retain(|address| match self.family {
            AddressFamily::Any => true,
            AddressFamily::V4 => address.is_ipv4(),
            AddressFamily::V6 => address.is_ipv6(),
        });
        addresses
    }
}
