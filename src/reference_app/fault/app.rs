//! Faults of the app itself: what it checks too little, too much, or forgets.

use std::net::Ipv4Addr;

use hyper::StatusCode;

use super::port::ReservedPort;
use super::script::{Act, Script};
use super::setup::{FaultSetup, Part, Running, Stage};
use super::wire::Wire;
use super::{Fault, ShownBy, answers, fails};
use crate::codes::FailureCause;
use crate::reference_app::{AppTrust, KeyHost, Misbehaviour as M, ReferenceApp, Settings};
use crate::serve::StartError;

/// What the app does wrong.
#[derive(Debug, Clone, Copy)]
pub(super) enum Behaviour {
    /// One thing, while all else stays right.
    Misbehaves(M),
    /// It takes callbacks from anyone.
    TrustsAnyone,
    /// It refuses every key but Atlassian's, with this status.
    TrustsAtlassianOnly(u16),
    /// Its key host is down, which it says in its own way.
    KeyHostDown(Option<M>),
    /// Its key host takes the question and never answers.
    KeyHostSilent(Option<M>),
}

/// A fault that a rightful callback does not show.
const fn unseen(name: &'static str, description: &'static str, misbehaviour: M) -> Fault {
    misbehaving(name, description, 204, misbehaviour).shown_by(ShownBy::Checks)
}

/// A fault that rightful callbacks of one scenario show.
const fn in_scenario(
    name: &'static str,
    description: &'static str,
    status: u16,
    misbehaviour: M,
    scenario: &'static str,
) -> Fault {
    misbehaving(name, description, status, misbehaviour).shown_by(ShownBy::Scenario(scenario))
}

const fn misbehaving(name: &'static str, description: &'static str, status: u16, misbehaviour: M) -> Fault {
    let behaviour = super::Behaviour::App(Behaviour::Misbehaves(misbehaviour));
    Fault::new(name, description, answers(status), behaviour)
}

const fn trusting(name: &'static str, description: &'static str, status: u16, behaviour: Behaviour) -> Fault {
    Fault::new(name, description, answers(status), super::Behaviour::App(behaviour))
}

pub(super) const FAULTS: &[Fault] = &[
    trusting("app-accepts-anything", "The app verifies nothing.", 204, Behaviour::TrustsAnyone)
        .shown_by(ShownBy::Checks),
    trusting(
        "app-trusts-atlassian-only",
        "The app refuses our key with 401, as production should.",
        401,
        Behaviour::TrustsAtlassianOnly(401),
    ),
    trusting(
        "app-trusts-atlassian-only-400",
        "The app refuses our key with 400, as atlassian-connect-express does.",
        400,
        Behaviour::TrustsAtlassianOnly(400),
    ),
    trusting(
        "app-key-host-down",
        "The app can't reach its key host, and answers 502.",
        502,
        Behaviour::KeyHostDown(None),
    ),
    trusting(
        "app-key-host-down-404",
        "The app can't reach its key host, and answers 404, as atlassian-connect-express does.",
        404,
        Behaviour::KeyHostDown(Some(M::HidesKeyHostFailure)),
    ),
    trusting(
        "app-key-host-silent",
        "The app's key host never answers, and the app gives up in time.",
        502,
        Behaviour::KeyHostSilent(None),
    ),
    Fault::new(
        "app-waits-for-key-host",
        "The app's key host never answers, and the app waits without a timeout.",
        fails(FailureCause::TimeoutResponseHead),
        super::Behaviour::App(Behaviour::KeyHostSilent(Some(M::WaitsForKeyHost))),
    ),
    unseen("app-accepts-unsigned", "The app takes installs without a token.", M::AcceptsUnsigned),
    unseen("app-skips-signature", "The app never looks at the signature.", M::SkipsSignature),
    unseen("app-accepts-alg-none", "The app takes `alg: none`.", M::AcceptsAlgorithmNone),
    unseen(
        "app-accepts-public-key-as-secret",
        "The app takes HS256 with the public key as the secret.",
        M::AcceptsPublicKeyAsSecret,
    ),
    unseen(
        "app-accepts-unknown-kid",
        "The app takes an install whose key can't be had.",
        M::AcceptsUnknownKid,
    ),
    unseen("app-ignores-aud", "The app never looks at the audience.", M::IgnoresAudience),
    unseen("app-ignores-iss", "The app never compares issuer and clientKey.", M::IgnoresIssuer),
    unseen("app-ignores-exp", "The app never looks at the expiry.", M::IgnoresExpiry),
    unseen("app-ignores-qsh", "The app never looks at the query hash.", M::IgnoresQueryHash),
    unseen(
        "app-accepts-missing-qsh",
        "The app takes a token without a query hash.",
        M::AcceptsMissingQueryHash,
    ),
    unseen(
        "app-accepts-context-token",
        "The app takes a context token, which every user has, for a callback.",
        M::AcceptsContextToken,
    ),
    unseen(
        "app-fails-on-malformed-token",
        "The app answers a token that is no JWT with 500.",
        M::FailsOnMalformedToken,
    ),
    in_scenario(
        "app-accepts-old-secrets",
        "After a rotation the old secret still works.",
        204,
        M::AcceptsOldSecrets,
        "secret-rotation",
    ),
    in_scenario(
        "app-keeps-first-secret",
        "After a rotation the new secret does not work.",
        204,
        M::KeepsFirstSecret,
        "secret-rotation",
    ),
    unseen(
        "app-keeps-uninstalled-tenants",
        "After an uninstall the secret still works.",
        M::KeepsUninstalledTenants,
    ),
    misbehaving("app-echoes-secret", "The app answers with the secret it was given.", 200, M::EchoesSecret),
    in_scenario(
        "app-refuses-repeats",
        "The app inserts instead of upserting: a repeated install is a conflict.",
        409,
        M::RefusesRepeats,
        "manual-upgrade",
    ),
    in_scenario(
        "app-refuses-imported-site",
        "The app allows one tenant for each site: the install after an import fails.",
        500,
        M::RefusesImportedSite,
        "site-import",
    ),
    in_scenario(
        "app-insists-on-user",
        "The app insists on a user behind the install.",
        400,
        M::InsistsOnUser,
        "automatic-upgrade",
    ),
    in_scenario(
        "app-insists-on-installation-id",
        "The app insists on installationId, which Connect-on-Forge once left out.",
        400,
        M::InsistsOnInstallationId,
        "connect-on-forge-rename",
    ),
    unseen("app-insists-on-display-url", "The app insists on displayUrl.", M::InsistsOnDisplayUrl),
    in_scenario(
        "app-insists-on-uuid",
        "The app insists on a clientKey that is a UUID, although some are host names.",
        400,
        M::InsistsOnUuid,
        "initial-install",
    ),
];

/// Stages an app that does one thing wrong.
pub(super) async fn start(behaviour: Behaviour, stage: &Stage) -> Result<Running, StartError> {
    let mut settings = Settings::new(stage.trust.clone());
    let mut parts = Vec::new();
    match behaviour {
        Behaviour::Misbehaves(misbehaviour) => settings.misbehaviours = [misbehaviour].into(),
        Behaviour::TrustsAnyone => settings.trust = AppTrust::Anyone,
        Behaviour::TrustsAtlassianOnly(status) => {
            let status = StatusCode::from_u16(status).expect("the table holds statuses of three digits");
            settings.trust = AppTrust::AtlassianOnly(status);
        }
        Behaviour::KeyHostDown(misbehaviour) => {
            let port = ReservedPort::tcp((Ipv4Addr::LOCALHOST, 0).into())?;
            settings.trust = AppTrust::KeyHost(KeyHost::new(format!("http://{}", port.address())));
            settings.misbehaviours = misbehaviour.into_iter().collect();
            parts.push(Part::Port(port));
        }
        Behaviour::KeyHostSilent(misbehaviour) => {
            let wire = Wire::plain(Script::Always(&[Act::Stall]), stage.pace).await?;
            let mut key_host = KeyHost::new(format!("http://{}", wire.address()));
            key_host.timeout = stage.pace * 2;
            settings.trust = AppTrust::KeyHost(key_host);
            settings.misbehaviours = misbehaviour.into_iter().collect();
            parts.push(Part::Wire(wire));
        }
    }
    let app = ReferenceApp::start(settings).await?;
    let setup = FaultSetup::of(&app);
    parts.push(Part::App(app));
    Ok(Running::new(setup, parts))
}
