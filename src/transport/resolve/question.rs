//! One question to the resolvers, and what its failure means.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::Resolver as Hickory;
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

use super::watched::WatchedSockets;
use super::{Alias, Answer, System};
use crate::codes::FailureCause;
use crate::transport::os_error;

/// What came back for one question.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) answer: Answer,
    pub(super) aliases: Vec<Alias>,
}

/// Asks for the addresses of one family.
pub(super) async fn addresses(
    system: Arc<System>,
    name: Name,
    record: RecordType,
    sockets: WatchedSockets,
) -> Reply {
    match ask(&system, name, record, sockets.clone()).await {
        Ok(lookup) => Reply { answer: read_addresses(&lookup, record), aliases: read_aliases(&lookup) },
        Err(error) => Reply { answer: failed(&error, &sockets), aliases: Vec::new() },
    }
}

/// Asks what a name is an alias for.
pub(super) async fn alias(system: &System, name: Name) -> Option<Alias> {
    let lookup = ask(system, name, RecordType::CNAME, WatchedSockets::default()).await.ok()?;
    read_aliases(&lookup).into_iter().next()
}

/// A resolver for one question: nothing is shared with other questions, so what its sockets saw belongs
/// to this one, and no task outlives it.
async fn ask(
    system: &System,
    name: Name,
    record: RecordType,
    sockets: WatchedSockets,
) -> Result<Lookup, NetError> {
    Hickory::builder_with_config(system.config.clone(), sockets)
        .with_options(system.options.clone())
        .build()?
        .lookup(name, record)
        .await
}

fn read_addresses(lookup: &Lookup, record: RecordType) -> Answer {
    let addresses: Vec<(IpAddr, Option<Duration>)> = lookup
        .answers()
        .iter()
        .filter(|answer| answer.record_type() == record)
        .filter_map(|answer| Some((answer.data.ip_addr()?, Some(seconds(answer.ttl)))))
        .collect();
    if addresses.is_empty() {
        return Answer::Failed { cause: FailureCause::DnsNoData, detail: format!("no {record} record") };
    }
    Answer::Addresses(addresses)
}

fn read_aliases(lookup: &Lookup) -> Vec<Alias> {
    lookup
        .answers()
        .iter()
        .filter_map(|answer| match &answer.data {
            RData::CNAME(target) => Some(Alias {
                name: answer.name.to_string(),
                target: target.0.to_string(),
                ttl: seconds(answer.ttl),
            }),
            _ => None,
        })
        .collect()
}

fn seconds(ttl: u32) -> Duration {
    Duration::from_secs(ttl.into())
}

fn failed(error: &NetError, sockets: &WatchedSockets) -> Answer {
    let (cause, detail) = match (cause(error), sockets.error()) {
        (FailureCause::DnsTimeout, _) => (unanswered(sockets), text(error)),
        (FailureCause::DnsResolverUnreachable, Some(error)) => (of_socket(error), error.to_string()),
        // It was reached, and broke off.
        (FailureCause::DnsResolverUnreachable | FailureCause::Unrecognised, None)
            if sockets.misfits() > 0 =>
        {
            (FailureCause::DnsMalformed, text(error))
        }
        (cause, _) => (cause, text(error)),
    };
    Answer::Failed { cause, detail }
}

/// What there is to read about an error.
fn text(error: &NetError) -> String {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => {
            let name = none.query.name();
            match none.response_code {
                ResponseCode::NoError => format!("no such record at {name}"),
                code => format!("{code}: {name}"),
            }
        }
        _ => error.to_string(),
    }
}

fn of_socket(error: &std::io::Error) -> FailureCause {
    os_error::own_fault(error).unwrap_or(FailureCause::DnsResolverUnreachable)
}

/// What it means that no usable answer came: silence, or answers that fit no question of ours.
pub(super) fn unanswered(sockets: &WatchedSockets) -> FailureCause {
    match sockets.misfits() {
        0 => FailureCause::DnsTimeout,
        1.. => FailureCause::DnsMalformed,
    }
}

/// What a resolver's error means. hickory may add variants at any time, hence the last arm.
pub(super) fn cause(error: &NetError) -> FailureCause {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => of_code(none.response_code),
        NetError::Dns(DnsError::ResponseCode(code)) => of_code(*code),
        NetError::Dns(DnsError::DnssecBogus) => FailureCause::DnsServfail,
        NetError::Proto(_)
        | NetError::Truncated
        | NetError::QueryCaseMismatch
        | NetError::ForeignClassRecord { .. } => FailureCause::DnsMalformed,
        NetError::Timeout | NetError::Busy => FailureCause::DnsTimeout,
        NetError::Io(error) => of_socket(error),
        NetError::NoConnections => FailureCause::DnsResolverUnreachable,
        _ => FailureCause::Unrecognised,
    }
}

/// What a response's code means, where there are no records. Codes that are given for nothing else mean that
/// the server failed.
fn of_code(code: ResponseCode) -> FailureCause {
    match code {
        ResponseCode::NoError => FailureCause::DnsNoData,
        ResponseCode::NXDomain => FailureCause::DnsNxdomain,
        ResponseCode::Refused | ResponseCode::NotAuth => FailureCause::DnsRefused,
        ResponseCode::FormErr => FailureCause::DnsMalformed,
        _ => FailureCause::DnsServfail,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn errors_of_the_resolver_have_their_causes() {
        let io = |number| NetError::from(io::Error::from_raw_os_error(number));
        assert_eq!(cause(&NetError::Timeout), FailureCause::DnsTimeout);
        assert_eq!(cause(&NetError::Truncated), FailureCause::DnsMalformed);
        assert_eq!(cause(&NetError::NoConnections), FailureCause::DnsResolverUnreachable);
        assert_eq!(cause(&io(111)), FailureCause::DnsResolverUnreachable);
        assert_eq!(cause(&io(24)), FailureCause::TooManyOpenFiles);
        for (code, expected) in [
            (ResponseCode::ServFail, FailureCause::DnsServfail),
            (ResponseCode::NotImp, FailureCause::DnsServfail),
            (ResponseCode::Refused, FailureCause::DnsRefused),
            (ResponseCode::FormErr, FailureCause::DnsMalformed),
        ] {
            assert_eq!(cause(&NetError::Dns(DnsError::ResponseCode(code))), expected, "{code}");
        }
    }
}
