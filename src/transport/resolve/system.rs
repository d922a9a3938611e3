//! Whom to ask: this machine's resolvers and hosts file, read when they are first needed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::Hosts;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::system_conf::read_system_conf;

/// Whom to ask.
#[derive(Debug)]
pub(super) struct System {
    pub(super) config: ResolverConfig,
    pub(super) options: ResolverOpts,
    hosts: Hosts,
}

impl System {
    /// Reads this machine's set-up, with `server` in place of its resolvers if given. A single question
    /// is given up after `patience`, which should be longer than our own clocks.
    ///
    /// # Errors
    /// When the machine names no resolver.
    pub(super) fn read(server: Option<SocketAddr>, patience: Duration) -> Result<Self, NetError> {
        let (config, mut options) = match server {
            Some(server) => (only(server), ResolverOpts::default()),
            None => read_system_conf()?,
        };
        options.timeout = patience;
        options.attempts = 0;
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.os_port_selection = true;
        // A machine without a hosts file has no names in it.
        Ok(Self { config, options, hosts: Hosts::from_system().unwrap_or_default() })
    }

    /// The addresses of the resolvers.
    pub(super) fn servers(&self) -> Vec<SocketAddr> {
        self.config
            .name_servers
            .iter()
            .filter_map(|server| {
                server.connections.first().map(|connection| SocketAddr::new(server.ip, connection.port))
            })
            .collect()
    }

    /// The addresses that this machine knows by itself: those of its hosts file, and its own.
    pub(super) fn known(&self, name: &Name) -> Vec<IpAddr> {
        let from_hosts: Vec<IpAddr> = [RecordType::AAAA, RecordType::A]
            .into_iter()
            .filter_map(|record| self.hosts.lookup_static_host(&Query::query(name.clone(), record)))
            .flat_map(|lookup| {
                lookup.answers().iter().filter_map(|record| record.data.ip_addr()).collect::<Vec<_>>()
            })
            .collect();
        if from_hosts.is_empty() && is_localhost(name) {
            return vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()];
        }
        from_hosts
    }
}

/// Whether the name is this machine's own by RFC 6761, section 6.3.
fn is_localhost(name: &Name) -> bool {
    name.iter().next_back().is_some_and(|label| label.eq_ignore_ascii_case(b"localhost"))
}

fn only(server: SocketAddr) -> ResolverConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()]
        .map(|mut connection| {
            connection.port = server.port();
            connection
        })
        .to_vec();
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, connections)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_is_known_without_asking() {
        let server = SocketAddr::from(([127, 0, 0, 1], 53));
        let system = System::read(Some(server), Duration::from_secs(1)).expect("nothing to read");
        assert_eq!(system.servers(), [server]);
        for name in ["localhost.", "app.LOCALHOST."] {
            let known = system.known(&Name::from_ascii(name).expect("name"));
            assert!(!known.is_empty() && known.iter().all(IpAddr::is_loopback), "{name}: {known:?}");
        }
        assert!(system.known(&Name::from_ascii("app.example.").expect("name")).is_empty());
    }
}
