//! Faults of name resolution, in front of a correct app.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hickory_resolver::proto::op::ResponseCode;

use super::dns_responder::{Answer, Delivery, DnsResponder, HOST, Zone};
use super::port::{Blackhole, ReservedPort};
use super::setup::{FaultSetup, Part, Running, Stage};
use super::{Fault, answers, fails};
use crate::codes::FailureCause as F;
use crate::reference_app::{ReferenceApp, Settings};
use crate::serve::StartError;

/// What is wrong with the app's name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Behaviour {
    Nxdomain,
    NoData,
    Servfail,
    Refused,
    Silence,
    Malformed,
    Rubbish,
    OtherId,
    OtherQuestion,
    FormatError,
    NotImplemented,
    TruncatedOnly,
    TruncatedThenRubbish,
    Loop,
    Dangling,
    AliasWithoutAddress,
    ResolverUnreachable,
    /// The A question fails, the AAAA question says that there is no such record.
    OnlyAFails,
    TruncatedThenTcp,
    Chain,
    ChainInPieces,
    LongChain,
    Late,
    Ipv4Only,
    Ipv6Only,
    AaaaFails,
    AaaaSilent,
    FirstAddressRefuses,
    FirstAddressSilent,
    Ipv6AddressRefuses,
}

const fn fault(name: &'static str, description: &'static str, cause: F, behaviour: Behaviour) -> Fault {
    Fault::new(name, description, fails(cause), super::Behaviour::Dns(behaviour))
}

const fn good(name: &'static str, description: &'static str, behaviour: Behaviour) -> Fault {
    Fault::new(name, description, answers(204), super::Behaviour::Dns(behaviour))
}

pub(super) const FAULTS: &[Fault] = &[
    fault("dns-nxdomain", "The name does not exist.", F::DnsNxdomain, Behaviour::Nxdomain),
    fault("dns-no-data", "The name exists, but has no address.", F::DnsNoData, Behaviour::NoData),
    fault("dns-servfail", "The resolver answers SERVFAIL.", F::DnsServfail, Behaviour::Servfail),
    fault(
        "dns-a-servfail",
        "SERVFAIL for A, and no AAAA record: one question's failure hides behind the other's answer.",
        F::DnsServfail,
        Behaviour::OnlyAFails,
    ),
    fault("dns-refused", "The resolver answers REFUSED.", F::DnsRefused, Behaviour::Refused),
    fault(
        "dns-timeout",
        "The resolver takes the question and never answers.",
        F::DnsTimeout,
        Behaviour::Silence,
    ),
    fault("dns-malformed", "The answer breaks off in the middle.", F::DnsMalformed, Behaviour::Malformed),
    fault("dns-rubbish", "The answer is no DNS message at all.", F::DnsMalformed, Behaviour::Rubbish),
    fault(
        "dns-other-id",
        "The answer has another id than the question.",
        F::DnsMalformed,
        Behaviour::OtherId,
    ),
    fault(
        "dns-other-question",
        "The answer is to another question.",
        F::DnsMalformed,
        Behaviour::OtherQuestion,
    ),
    fault("dns-format-error", "The resolver answers FORMERR.", F::DnsMalformed, Behaviour::FormatError),
    fault("dns-not-implemented", "The resolver answers NOTIMP.", F::DnsServfail, Behaviour::NotImplemented),
    fault(
        "dns-truncated-tcp-silent",
        "The UDP answer is truncated, and over TCP there is none.",
        F::DnsTimeout,
        Behaviour::TruncatedOnly,
    ),
    fault(
        "dns-truncated-tcp-rubbish",
        "The UDP answer is truncated, and over TCP comes no DNS message.",
        F::DnsMalformed,
        Behaviour::TruncatedThenRubbish,
    ),
    fault("dns-cname-loop", "Two aliases point at each other.", F::DnsCnameLoop, Behaviour::Loop),
    fault(
        "dns-cname-dangling",
        "The alias points at a name that does not exist.",
        F::DnsNxdomain,
        Behaviour::Dangling,
    ),
    fault(
        "dns-cname-without-address",
        "The alias points at a name without an address.",
        F::DnsNoData,
        Behaviour::AliasWithoutAddress,
    ),
    fault(
        "dns-resolver-unreachable",
        "Nobody listens on the resolver's port.",
        F::DnsResolverUnreachable,
        Behaviour::ResolverUnreachable,
    ),
    good(
        "dns-truncated-then-tcp",
        "The UDP answer is truncated, the TCP one is whole.",
        Behaviour::TruncatedThenTcp,
    ),
    good("dns-cname-chain", "Three aliases lead to the address, in one answer.", Behaviour::Chain),
    good("dns-cname-chain-in-pieces", "Each alias has to be asked for.", Behaviour::ChainInPieces),
    good(
        "dns-cname-chain-long",
        "Twelve aliases lead to the address, each to be asked for.",
        Behaviour::LongChain,
    ),
    good("dns-late", "The answer takes a while.", Behaviour::Late),
    good("dns-a-only", "The name has an IPv4 address alone.", Behaviour::Ipv4Only),
    good("dns-aaaa-only", "The name has an IPv6 address alone.", Behaviour::Ipv6Only),
    good("dns-aaaa-servfail", "A is answered, AAAA with SERVFAIL.", Behaviour::AaaaFails)
        .advising("dns.one_family_failing"),
    good("dns-aaaa-timeout", "A is answered, AAAA never.", Behaviour::AaaaSilent)
        .advising("dns.one_family_slow"),
    good("dns-first-address-refuses", "The first of two addresses refuses.", Behaviour::FirstAddressRefuses)
        .advising("connect.first_address_dead"),
    good(
        "dns-first-address-silent",
        "The first of two addresses never answers.",
        Behaviour::FirstAddressSilent,
    )
    .advising("connect.first_address_dead"),
    good(
        "dns-ipv6-address-refuses",
        "The IPv6 address refuses, the IPv4 one answers.",
        Behaviour::Ipv6AddressRefuses,
    )
    .advising("connect.one_family_only"),
];

const V4: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// Loopback is all of 127.0.0.0/8, so this is another address of this machine.
const OTHER_V4: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const ALIAS: &str = "edge.rehearsal.test";
const SECOND_ALIAS: &str = "pool.rehearsal.test";
const LAST_ALIAS: &str = "origin.rehearsal.test";

const LONG_CHAIN: [&str; 12] = [
    "a1.rehearsal.test",
    "a2.rehearsal.test",
    "a3.rehearsal.test",
    "a4.rehearsal.test",
    "a5.rehearsal.test",
    "a6.rehearsal.test",
    "a7.rehearsal.test",
    "a8.rehearsal.test",
    "a9.rehearsal.test",
    "a10.rehearsal.test",
    "a11.rehearsal.test",
    "a12.rehearsal.test",
];

/// Stages a fault of name resolution.
pub(super) async fn start(behaviour: Behaviour, stage: &Stage) -> Result<Running, StartError> {
    let mut settings = Settings::new(stage.trust.clone());
    settings.host = Some(HOST.to_owned());
    if matches!(behaviour, Behaviour::Ipv6Only) {
        settings.address = (Ipv6Addr::LOCALHOST, 0).into();
    }
    let (app, dead) = app_beside_dead_address(behaviour, &settings).await?;
    let mut setup = FaultSetup::of(&app);
    let mut parts = vec![Part::App(app)];
    parts.extend(dead);
    if matches!(behaviour, Behaviour::ResolverUnreachable) {
        let port = ReservedPort::udp().await?;
        setup.dns_server = Some(port.address());
        parts.push(Part::Port(port));
    } else {
        let responder = DnsResponder::start(zone(behaviour), stage.pace).await?;
        setup.dns_server = Some(responder.address());
        parts.push(Part::Dns(responder));
    }
    Ok(Running::new(setup, parts))
}

fn zone(behaviour: Behaviour) -> Zone {
    let here = || Answer::Addresses(vec![V4.into()]);
    let both = |answer: Answer| Zone::new(answer.clone(), answer);
    match behaviour {
        Behaviour::Nxdomain => both(Answer::Error(ResponseCode::NXDomain)),
        Behaviour::NoData => both(Answer::NoData),
        Behaviour::Servfail => both(Answer::Error(ResponseCode::ServFail)),
        Behaviour::Refused => both(Answer::Error(ResponseCode::Refused)),
        Behaviour::Silence | Behaviour::ResolverUnreachable => both(Answer::Silence),
        Behaviour::Malformed => both(Answer::Malformed),
        Behaviour::Rubbish => both(Answer::Rubbish),
        Behaviour::OtherId => both(Answer::OtherId),
        Behaviour::OtherQuestion => both(Answer::OtherQuestion),
        Behaviour::FormatError => both(Answer::Error(ResponseCode::FormErr)),
        Behaviour::NotImplemented => both(Answer::Error(ResponseCode::NotImp)),
        Behaviour::TruncatedOnly => Zone::new(here(), Answer::NoData).delivered(Delivery::TruncatedOnly),
        Behaviour::TruncatedThenRubbish => {
            Zone::new(here(), Answer::NoData).delivered(Delivery::RubbishOverTcp)
        }
        Behaviour::Loop => both(Answer::Alias(ALIAS)).with(ALIAS, Answer::Alias(HOST), Answer::Alias(HOST)),
        Behaviour::Dangling => both(Answer::Dangling(ALIAS)),
        Behaviour::AliasWithoutAddress => {
            both(Answer::Chain(&[ALIAS], Vec::new())).with(ALIAS, Answer::NoData, Answer::NoData)
        }
        Behaviour::OnlyAFails => Zone::new(Answer::Error(ResponseCode::ServFail), Answer::NoData),
        Behaviour::TruncatedThenTcp => {
            Zone::new(here(), Answer::NoData).delivered(Delivery::WholeOverTcpOnly)
        }
        Behaviour::Chain => {
            let aliases = &[ALIAS, SECOND_ALIAS, LAST_ALIAS];
            Zone::new(Answer::Chain(aliases, vec![V4.into()]), Answer::Chain(aliases, Vec::new()))
        }
        Behaviour::ChainInPieces => both(Answer::Alias(ALIAS))
            .with(ALIAS, Answer::Alias(LAST_ALIAS), Answer::Alias(LAST_ALIAS))
            .with(LAST_ALIAS, here(), Answer::NoData),
        Behaviour::LongChain => {
            let chain = both(Answer::Alias(LONG_CHAIN[0]));
            let chain = LONG_CHAIN
                .windows(2)
                .fold(chain, |zone, pair| zone.with(pair[0], Answer::Alias(pair[1]), Answer::Alias(pair[1])));
            chain.with(LONG_CHAIN[11], here(), Answer::NoData)
        }
        Behaviour::Late => Zone::new(Answer::Late(1, vec![V4.into()]), Answer::NoData),
        Behaviour::Ipv4Only => Zone::new(here(), Answer::NoData),
        Behaviour::Ipv6Only => Zone::new(Answer::NoData, Answer::Addresses(vec![Ipv6Addr::LOCALHOST.into()])),
        Behaviour::AaaaFails => Zone::new(here(), Answer::Error(ResponseCode::ServFail)),
        Behaviour::AaaaSilent => Zone::new(here(), Answer::Silence),
        Behaviour::FirstAddressRefuses | Behaviour::FirstAddressSilent => {
            Zone::new(Answer::Addresses(vec![OTHER_V4.into(), V4.into()]), Answer::NoData)
        }
        Behaviour::Ipv6AddressRefuses => {
            Zone::new(here(), Answer::Addresses(vec![Ipv6Addr::LOCALHOST.into()]))
        }
    }
}

/// Starts the app, and next to it, on the same port of another address, what the fault calls for.
async fn app_beside_dead_address(
    behaviour: Behaviour,
    settings: &Settings,
) -> Result<(ReferenceApp, Option<Part>), StartError> {
    /// The port that was picked for the app may be taken at the other address.
    const TRIES: usize = 10;
    let mut tries = 0;
    loop {
        let app = ReferenceApp::start(settings.clone()).await?;
        tries += 1;
        match dead_address(behaviour, app.address().port()).await {
            Err(StartError::AddressTaken(_)) if tries < TRIES => {}
            dead => return Ok((app, dead?)),
        }
    }
}

async fn dead_address(behaviour: Behaviour, port: u16) -> Result<Option<Part>, StartError> {
    let at = |address: IpAddr| SocketAddr::new(address, port);
    let part = match behaviour {
        Behaviour::FirstAddressRefuses => Part::Port(ReservedPort::tcp(at(OTHER_V4.into()))?),
        Behaviour::Ipv6AddressRefuses => Part::Port(ReservedPort::tcp(at(Ipv6Addr::LOCALHOST.into()))?),
        Behaviour::FirstAddressSilent => Part::Blackhole(Blackhole::at(at(OTHER_V4.into())).await?),
        _ => return Ok(None),
    };
    Ok(Some(part))
}
