//! A plan: scenarios that have been checked, fitted to one app, and are ready to run.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::PROTECTED_PATH;
use super::lifecycle::Lifecycle;
use super::meaning;
use super::{Callback, Case, Event, Scenario, Step};
use crate::atlassian::{PayloadVariant, Product, Signing, TenantChange};

/// What scenario files leave open, because it differs from app to app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// The product that sends the callbacks of a scenario that names none.
    pub product: Product,
    /// The platform that the app is on.
    pub platform: Platform,
    /// The app's protected page; without it, requests to it are left out.
    pub protected_path: Option<ProtectedPath>,
}

/// The platform that an app is on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// Atlassian Connect.
    #[default]
    Connect,
    /// A Forge app with Connect modules: no `installed` on automatic upgrades, no `enabled` or
    /// `disabled`, and an `installationId` in every payload.
    ConnectOnForge,
}

/// Path and query of a page of the app that only a request signed with the tenant's current secret may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedPath(String);

impl FromStr for ProtectedPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match meaning::check_path(text) {
            Ok(()) if text == PROTECTED_PATH => Err("name the page itself, not its placeholder".to_owned()),
            Ok(()) => Ok(Self(text.to_owned())),
            Err(help) => Err(help),
        }
    }
}

/// Scenarios that are ready to run, in the order in which they were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The scenarios; their names are unique.
    pub scenarios: Vec<Scenario>,
    /// What the files hold and will not be sent.
    pub omissions: Vec<Omission>,
}

/// Something in a scenario file that will not be sent to this app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// The scenario.
    pub scenario: String,
    /// What is left out of it.
    pub part: Part,
    /// Why.
    pub reason: Reason,
}

/// A part of a scenario that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// One callback.
    Callback {
        /// The step that it belongs to.
        step: String,
        /// The name of its event.
        event: &'static str,
    },
    /// The whole scenario, because what it is about is left out.
    Whole,
}

/// Why a part of a scenario is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Connect-on-Forge does not send it.
    NotSentOnForge,
    /// Nobody said where the app's protected page is.
    NoProtectedPath,
    /// The secret that it would be signed with comes with a callback that is left out.
    NothingToSignWith,
}

impl Plan {
    /// Fits scenarios to an app.
    pub fn new(scenarios: Vec<Scenario>, setting: &Setting) -> Self {
        Self { scenarios, omissions: Vec::new() }
            .with_protected_path(setting.protected_path.as_ref())
            .for_platform(setting.platform)
    }

    /// Keeps what `platform` sends, in the way it sends it.
    #[must_use]
    pub fn for_platform(mut self, platform: Platform) -> Self {
        match platform {
            Platform::Connect => self,
            Platform::ConnectOnForge => {
                for step in self.scenarios.iter_mut().flat_map(|scenario| &mut scenario.steps) {
                    step.variants.insert(PayloadVariant::ConnectOnForge);
                }
                self.without(|step, callback| {
                    let sent = match callback.event {
                        Event::Installed => {
                            step.case != Case::AutomaticUpgrade || callback.signing != Signing::AsAtlassian
                        }
                        Event::Enabled | Event::Disabled => false,
                        Event::Uninstalled | Event::Request { .. } => true,
                    };
                    (!sent).then_some(Reason::NotSentOnForge)
                })
            }
        }
    }

    /// Asks for `path` wherever a scenario asks for the protected page.
    fn with_protected_path(mut self, path: Option<&ProtectedPath>) -> Self {
        let steps = self.scenarios.iter_mut().flat_map(|scenario| &mut scenario.steps);
        for callback in steps.flat_map(|step| &mut step.callbacks) {
            if let (Event::Request { path: asked, .. }, Some(ProtectedPath(path))) =
                (&mut callback.event, path)
                && asked == PROTECTED_PATH
            {
                asked.clone_from(path);
            }
        }
        self.without(|_, callback| match &callback.event {
            Event::Request { path, .. } if path == PROTECTED_PATH => Some(Reason::NoProtectedPath),
            _ => None,
        })
    }

    /// Leaves out the callbacks for which there is a reason.
    fn without(mut self, reason: impl Fn(&Step, &Callback) -> Option<Reason>) -> Self {
        let mut kept = Vec::new();
        for scenario in self.scenarios {
            let Trimmed { scenario, omissions } = trim(scenario, &reason);
            self.omissions.extend(omissions);
            kept.extend(scenario);
        }
        Self { scenarios: kept, omissions: self.omissions }
    }
}

/// What remains of a scenario, and what does not.
struct Trimmed {
    scenario: Option<Scenario>,
    omissions: Vec<Omission>,
}

fn trim(mut scenario: Scenario, reason: impl Fn(&Step, &Callback) -> Option<Reason>) -> Trimmed {
    let had_subject = has_subject(&scenario);
    let mut lifecycle = Lifecycle::new();
    let mut omissions = Vec::new();
    let mut waiting: Vec<TenantChange> = Vec::new();
    let mut kept = Vec::new();
    for mut step in scenario.steps.drain(..) {
        let reasons: Vec<_> = step.callbacks.iter().map(|callback| reason(&step, callback)).collect();
        if step
            .callbacks
            .iter()
            .zip(&reasons)
            .any(|(c, reason)| c.event == Event::Installed && reason.is_some())
        {
            // A secret that is never delivered never comes into force.
            step.changes.retain(|change| *change != TenantChange::NewSecret);
        }
        for change in &step.changes {
            _ = lifecycle.change(*change);
        }
        let mut reasons = reasons.into_iter();
        step.callbacks.retain(|callback| {
            let unsignable = callback.signing == Signing::PreviousSecret && !lifecycle.has_previous_secret();
            let reason = reasons.next().flatten().or(unsignable.then_some(Reason::NothingToSignWith));
            omissions.extend(reason.map(|reason| Omission {
                scenario: scenario.name.clone(),
                part: Part::Callback { step: step.name.clone(), event: callback.event.name() },
                reason,
            }));
            reason.is_none()
        });
        // What changed in a step that has nothing to send has changed by the next one.
        waiting.append(&mut step.changes);
        if !step.callbacks.is_empty() {
            step.changes = std::mem::take(&mut waiting);
            kept.push(step);
        }
    }
    scenario.steps = kept;
    match omissions.first() {
        Some(first) if scenario.steps.is_empty() || had_subject && !has_subject(&scenario) => {
            let whole = Omission { part: Part::Whole, ..first.clone() };
            Trimmed { scenario: None, omissions: vec![whole] }
        }
        _ => Trimmed { scenario: Some(scenario), omissions },
    }
}

/// Whether the scenario sends an `installed` of the case that it rehearses.
fn has_subject(scenario: &Scenario) -> bool {
    scenario.steps.iter().any(|step| {
        step.case == scenario.case && step.callbacks.iter().any(|callback| callback.event == Event::Installed)
    })
}

impl fmt::Display for Omission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Part::Callback { step, event } => {
                write!(f, "{}: `{event}` of step {step} is left out: {}", self.scenario, self.reason)
            }
            Part::Whole => write!(f, "{}: left out: {}", self.scenario, self.reason),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSentOnForge => "Connect-on-Forge does not send it",
            Self::NoProtectedPath => "no --protected-path names the page",
            Self::NothingToSignWith => "the secret that signs it is never delivered",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{builtin, check};

    fn scenario(name: &str) -> Scenario {
        let builtin = builtin::find(name).expect("built in");
        let file = (builtin.file_name(), builtin.text.to_owned());
        check([file], Product::Jira).expect("valid").remove(0)
    }

    fn plan(names: &[&str], setting: &Setting) -> Plan {
        Plan::new(names.iter().map(|name| scenario(name)).collect(), setting)
    }

    fn on_forge() -> Setting {
        Setting { platform: Platform::ConnectOnForge, ..Setting::default() }
    }

    fn told(plan: &Plan) -> Vec<String> {
        plan.omissions.iter().map(ToString::to_string).collect()
    }

    fn events(plan: &Plan) -> Vec<&'static str> {
        let steps = plan.scenarios.iter().flat_map(|scenario| &scenario.steps);
        steps.flat_map(|step| &step.callbacks).map(|callback| callback.event.name()).collect()
    }

    #[test]
    fn a_protected_page_is_asked_for_where_it_is_known() {
        let setting =
            Setting { protected_path: Some("/me?x=1".parse().expect("a path")), ..Setting::default() };
        let known = plan(&["secret-rotation"], &setting);
        let asked = Event::Request { method: crate::scenario::Method::Get, path: "/me?x=1".to_owned() };
        assert_eq!(known.scenarios[0].steps[3].callbacks[0].event, asked);
        assert_eq!(known.omissions, []);

        let unknown = plan(&["secret-rotation"], &Setting::default());
        assert_eq!(unknown.scenarios[0].steps.len(), 2);
        assert_eq!(
            told(&unknown),
            [
                "secret-rotation: `request` of step new-secret-works is left out: no --protected-path names the page",
                "secret-rotation: `request` of step old-secret-does-not is left out: no --protected-path names the page"
            ]
        );
    }

    #[test]
    fn connect_on_forge_sends_less() {
        let plan = plan(&["initial-install", "reinstall"], &on_forge());
        assert_eq!(events(&plan), ["installed", "installed", "uninstalled", "installed"]);
        let steps = plan.scenarios.iter().flat_map(|scenario| &scenario.steps);
        assert!(steps.into_iter().all(|step| step.variants.contains(&PayloadVariant::ConnectOnForge)));
    }

    #[test]
    fn a_scenario_that_has_lost_its_subject_is_left_out_whole() {
        let plan = plan(&["automatic-upgrade"], &on_forge());
        assert_eq!(plan.scenarios, []);
        assert_eq!(told(&plan), ["automatic-upgrade: left out: Connect-on-Forge does not send it"]);
    }

    #[test]
    fn changes_outlive_a_step_that_is_left_out_but_an_undelivered_secret_does_not() {
        let mut mixed = scenario("automatic-upgrade");
        let mut rotation = scenario("secret-rotation");
        mixed.case = Case::SiteRename;
        mixed.steps.retain(|step| step.name != "upgrade-secret-kept");
        mixed.steps.extend(scenario("site-rename").steps.pop());
        let mut old_secret = rotation.steps.pop().expect("the last step");
        old_secret.callbacks[0].event = Event::Request { method: Default::default(), path: "/me".to_owned() };
        mixed.steps.push(old_secret);
        let plan = Plan::new(vec![mixed], &on_forge());
        let steps: Vec<_> = plan.scenarios[0]
            .steps
            .iter()
            .map(|step| (step.name.as_str(), step.changes.as_slice()))
            .collect();
        let carried = [TenantChange::NewAppVersion, TenantChange::UserAbsent, TenantChange::RenamedSite];
        assert_eq!(
            steps,
            [
                ("install", &[TenantChange::NewTenant, TenantChange::UserPresent] as &[_]),
                ("rename", &carried)
            ]
        );
        assert_eq!(plan.omissions.last().map(|omission| omission.reason), Some(Reason::NothingToSignWith));
    }

    #[test]
    fn a_protected_path_is_a_path() {
        for text in ["{protected}", "me", "", "/a b", "/ü", "/a#b", "{protectd}"] {
            assert!(text.parse::<ProtectedPath>().is_err(), "{text}");
        }
        assert!("/a/b?c=d%20e&f=~".parse::<ProtectedPath>().is_ok());
    }
}
