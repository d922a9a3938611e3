//! What a load test has to prove, or the person to vouch for, before it begins.

use crate::atlassian::BaseUrl;
use crate::cli::{LoadArgs, SafetyArgs};
use crate::engine::load::{LoadPlan, Model, Tenants};
use crate::engine::{Proof, Surroundings, prove};
use crate::exit::Abort;
use crate::report::output;
use crate::verdict::Trust;

/// Above this rate a person has to say that the app is theirs.
const UNQUESTIONED_RATE: f64 = 50.0;
/// Above so many tenants with sites of Atlassian's, a person has to say that they know what that does.
const UNQUESTIONED_TENANTS: f64 = 100.0;

/// How far the run goes, as far as that is known beforehand.
pub(super) struct Reach {
    rate: Option<f64>,
    tenants: Option<f64>,
}

impl Reach {
    /// Of a search nobody knows.
    pub(super) fn of(plan: &LoadPlan, is_search: bool) -> Self {
        if is_search {
            return Self { rate: None, tenants: None };
        }
        let (rate, journeys) = match &plan.model {
            Model::Open(schedule) => (Some(schedule.peak_rate()), Some(schedule.expected())),
            Model::Closed { .. } => (None, None),
        };
        let tenants = match plan.tenants {
            Tenants::UniqueFrom(_) => journeys,
            Tenants::Pool(size) => Some(size as f64),
        };
        Self { rate, tenants }
    }
}

/// The trust that was typed; off this machine it has to be, and it can't be none.
///
/// # Errors
/// When it is not what a load test can do.
pub(super) fn trust(args: &LoadArgs, base: &BaseUrl) -> Result<Trust, Abort> {
    match args.trust.trust.map(Trust::from) {
        Some(Trust::None) => Err(Abort::usage("load does not go with --trust none").remedy(
            "an app that refuses every install would be tested for its refusals; use --trust probe-key with an app that trusts the probe's key",
        )),
        Some(trust) => Ok(trust),
        None if base.is_loopback() => Ok(Trust::ProbeKey),
        None => Err(Abort::usage(format!("{base} is not on this machine, so --trust has to be said"))
            .remedy("--trust probe-key for an app that trusts the probe's key, --trust legacy for one without signed installs")),
    }
}

/// Whether the person has vouched for what this run does.
///
/// # Errors
/// When they have not.
pub(super) fn consent(safety: &SafetyArgs, reach: &Reach, base: &BaseUrl, sites: &str) -> Result<(), Abort> {
    let is_far = !base.is_loopback();
    if is_far && !safety.yes_i_operate_this_app && reach.rate.is_none_or(|rate| rate > UNQUESTIONED_RATE) {
        return Err(Abort::usage(format!(
            "{base} is not on this machine, and this sends more than 50 a second, or may"
        ))
        .remedy("add --yes-i-operate-this-app if you do"));
    }
    if !is_atlassians(sites) {
        return Ok(());
    }
    let is_many = reach.tenants.is_none_or(|tenants| tenants > UNQUESTIONED_TENANTS);
    if is_many && is_far && !safety.acknowledge_egress {
        return Err(Abort::usage(
            "the sites of more than 100 tenants lie under .atlassian.net, and work that the app does after an install may call them",
        )
        .remedy("give sites of your own with --site-template 'https://site-{n}.example.com', or add --acknowledge-egress"));
    }
    if is_many && !safety.acknowledge_egress {
        output::note(
            "The tenants' sites lie under .atlassian.net: if the app calls the site after an install, it calls Atlassian. --site-template gives other sites, --acknowledge-egress silences this.",
        );
    }
    Ok(())
}

fn is_atlassians(sites: &str) -> bool {
    let authority = sites.split("://").nth(1).unwrap_or(sites);
    let host = authority.split(['/', ':']).next().unwrap_or(authority);
    host.ends_with(".atlassian.net")
}

/// Proves that the app is ours and looks at signatures: it takes an install signed with our key, and refuses
/// the same install signed with another.
///
/// # Errors
/// When it does not.
pub(super) async fn proofs(around: &Surroundings<'_>) -> Result<Proof, Abort> {
    let proof = prove(around).await.map_err(|error| Abort::unavailable(error.to_string()))?;
    if !proof.accepts_ours {
        return Err(Abort::usage(format!(
            "the app did not take an install signed with our key ({}), so it is not shown to be ours, and its refusals are not worth a load test",
            proof.ours
        ))
        .remedy("nothing else was sent; `rehearsal doctor` and `rehearsal probe` help to find out why"));
    }
    if !proof.refuses_others {
        return Err(Abort::usage(format!(
            "the app took an install signed with a wrong key ({}): it does not verify signatures, so it is not shown to be ours",
            proof.others
        ))
        .remedy("nothing else was sent; `rehearsal probe` shows what else it takes"));
    }
    Ok(proof)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atlassians_sites_are_told_by_their_domain() {
        assert!(is_atlassians("https://rehearsal-{run}-{n}.atlassian.net"));
        assert!(is_atlassians("https://x.atlassian.net:8443/wiki"));
        assert!(!is_atlassians("https://site-{n}.example.com/x.atlassian.net"));
        assert!(!is_atlassians("https://atlassian.net.example.com"));
    }
}
