//! Faults of the TCP connection.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::port::{Blackhole, ReservedPort};
use super::setup::{FaultSetup, Part, Running, Stage};
use super::{Fault, answers, fails};
use crate::codes::FailureCause as F;
use crate::reference_app::{ReferenceApp, Settings};
use crate::serve::StartError;

/// What becomes of a connection attempt.
#[derive(Debug, Clone, Copy)]
pub(super) enum Behaviour {
    Refused,
    Refused6,
    Silence,
    NoRoute,
    Ipv6Literal,
}

const fn fault(name: &'static str, description: &'static str, cause: F, behaviour: Behaviour) -> Fault {
    Fault::new(name, description, fails(cause), super::Behaviour::Connect(behaviour))
}

pub(super) const FAULTS: &[Fault] = &[
    fault("connect-refused", "Nobody listens on the port.", F::ConnectRefused, Behaviour::Refused),
    fault(
        "connect-refused-ipv6",
        "Nobody listens on the port, over IPv6.",
        F::ConnectRefused,
        Behaviour::Refused6,
    ),
    fault(
        "connect-timeout",
        "The host takes no notice of connection attempts.",
        F::ConnectTimeout,
        Behaviour::Silence,
    ),
    fault(
        "connect-network-unreachable",
        "The address is one to which there is no route.",
        F::ConnectNetworkUnreachable,
        Behaviour::NoRoute,
    ),
    Fault::new(
        "connect-ipv6-literal",
        "The base URL holds an IPv6 address.",
        answers(204),
        super::Behaviour::Connect(Behaviour::Ipv6Literal),
    ),
];

/// Stages a fault of the TCP connection.
pub(super) async fn start(behaviour: Behaviour, stage: &Stage) -> Result<Running, StartError> {
    let (setup, part) = match behaviour {
        Behaviour::Refused => refusing(ReservedPort::tcp((Ipv4Addr::LOCALHOST, 0).into())?),
        Behaviour::Refused6 => refusing(ReservedPort::tcp((Ipv6Addr::LOCALHOST, 0).into())?),
        Behaviour::Silence => {
            let hole = Blackhole::at((Ipv4Addr::LOCALHOST, 0).into()).await?;
            (FaultSetup::at(format!("http://{}", hole.address())), Part::Blackhole(hole))
        }
        Behaviour::NoRoute => {
            // TCP to the broadcast address is refused by the sender's own system, so nothing is sent.
            return Ok(Running::new(FaultSetup::at(format!("http://{}", Ipv4Addr::BROADCAST)), []));
        }
        Behaviour::Ipv6Literal => {
            let mut settings = Settings::new(stage.trust.clone());
            settings.address = (Ipv6Addr::LOCALHOST, 0).into();
            let app = ReferenceApp::start(settings).await?;
            (FaultSetup::of(&app), Part::App(app))
        }
    };
    Ok(Running::new(setup, [part]))
}

fn refusing(port: ReservedPort) -> (FaultSetup, Part) {
    (FaultSetup::at(format!("http://{}", port.address())), Part::Port(port))
}
