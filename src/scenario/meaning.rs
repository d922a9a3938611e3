//! What a well-formed document means: the scenario it describes, or everything that makes no sense in it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::diagnostic::Findings;
use super::document::{
    CallbackDocument, EventDocument, ExpectationDocument, NamedExpectation, PROTECTED_PATH, PaceDocument,
    ScenarioDocument, StepDocument,
};
use super::lifecycle::{Impossible, Lifecycle};
use super::source::Pointer;
use super::{Callback, Case, Event, Expectation, Order, Pace, Scenario, Step};
use crate::atlassian::{PayloadVariant, Product, Signing};
use crate::nearest::nearest;

/// The kinds of clientKey besides the usual one. A tenant has its own from the outset.
pub(super) const CLIENT_KEY_KINDS: [PayloadVariant; 3] =
    [PayloadVariant::HostnameClientKey, PayloadVariant::UuidClientKey, PayloadVariant::Ecoscanner];

/// The scenario that `document` describes, sent by `product` where it names none. What is wrong with it
/// goes to `findings`; the result is to be used only when nothing did.
pub(super) fn scenario(document: &ScenarioDocument, product: Product, findings: &mut Findings) -> Scenario {
    let mut reader = Reader { document, lifecycle: Lifecycle::new(), findings };
    let steps = reader.steps();
    reader.check_case(&steps);
    Scenario {
        name: document.name.clone(),
        title: document.title.clone(),
        description: document.description.clone(),
        actor: document.actor,
        case: document.case,
        order: document.order,
        product: document.product.unwrap_or(product),
        steps,
    }
}

/// Follows the tenant from step to step.
struct Reader<'r> {
    document: &'r ScenarioDocument,
    lifecycle: Lifecycle,
    findings: &'r mut Findings,
}

impl Reader<'_> {
    fn steps(&mut self) -> Vec<Step> {
        let steps = Pointer::default().child("steps");
        let mut names = BTreeSet::new();
        let mut read = Vec::new();
        for (index, step) in self.document.steps.iter().enumerate() {
            let at = steps.child(index);
            if !names.insert(&step.name) && !step.name.is_empty() {
                let message = format!("another step is called `{}` already", step.name);
                self.findings.at(
                    &at.child("name"),
                    message,
                    Some("reports tell steps by their names".to_owned()),
                );
            }
            read.push(self.step(step, &at));
        }
        self.check_client_keys(&read);
        read
    }

    fn step(&mut self, step: &StepDocument, at: &Pointer) -> Step {
        for (index, change) in step.changes.iter().enumerate() {
            let possible = self.lifecycle.change(*change);
            self.order(possible, &at.child("changes").child(index));
        }
        let case = self.lifecycle.case();
        let callbacks: Vec<_> = step
            .callbacks
            .iter()
            .enumerate()
            .map(|(index, callback)| self.callback(callback, &at.child("callbacks").child(index)))
            .collect();
        let installs = callbacks.iter().any(|callback| callback.event == Event::Installed);
        Step {
            name: step.name.clone(),
            case: if installs { case } else { self.document.case },
            changes: step.changes.clone(),
            variants: step.variants.as_ref().unwrap_or(&self.document.variants).clone(),
            pace: self.pace(step, at),
            callbacks,
        }
    }

    fn pace(&mut self, step: &StepDocument, at: &Pointer) -> Pace {
        match step.pace {
            PaceDocument::OneAfterAnother => {
                Pace::OneAfterAnother { delay: Duration::from_millis(step.delay_ms) }
            }
            PaceDocument::Together => {
                if step.delay_ms > 0 {
                    let help = "leave it out, or say `\"pace\": \"one-after-another\"`".to_owned();
                    let message = "callbacks that are sent together have no delay";
                    self.findings.at_key(&at.child("delay_ms"), message, Some(help));
                }
                Pace::Together
            }
        }
    }

    fn callback(&mut self, callback: &CallbackDocument, at: &Pointer) -> Callback {
        let event = self.event(callback, at);
        let expect = match &callback.expect {
            None => Expectation::of(&event, callback.signing),
            Some(ExpectationDocument::Named(NamedExpectation::Success)) => Expectation::Success,
            Some(ExpectationDocument::Named(NamedExpectation::Refusal)) => Expectation::Refusal,
            Some(ExpectationDocument::Statuses(statuses)) => Expectation::Statuses(statuses.clone()),
        };
        let can_count = Callback::can_count(&event, callback.signing, &expect);
        if callback.counted == Some(true) && !can_count {
            let help = "an event of the success rate is an `installed`, signed as Atlassian signs it, that \
                        should succeed"
                .to_owned();
            let message = format!("this `{}` can't be counted", event.name());
            self.findings.at(&at.child("counted"), message, Some(help));
        }
        let counted = callback.counted.unwrap_or(can_count);
        let callback = Callback { event, signing: callback.signing, expect, counted };
        if callback.signing == Signing::PreviousSecret && !self.lifecycle.has_previous_secret() {
            let help = "make the change `new-secret` first".to_owned();
            let message = "the tenant has had one secret only, so there is no previous one to sign with";
            self.findings.at(&at.child("signing"), message, Some(help));
        }
        let possible = self.lifecycle.send(&callback);
        self.order(possible, &at.child("event"));
        callback
    }

    fn event(&mut self, callback: &CallbackDocument, at: &Pointer) -> Event {
        let lifecycle_event = match callback.event {
            EventDocument::Installed => Event::Installed,
            EventDocument::Uninstalled => Event::Uninstalled,
            EventDocument::Enabled => Event::Enabled,
            EventDocument::Disabled => Event::Disabled,
            EventDocument::Request => return self.request(callback, at),
        };
        let given = [("method", callback.method.is_some()), ("path", callback.path.is_some())];
        for (field, _) in given.iter().filter(|(_, given)| *given) {
            let message = format!("only a `request` has a {field}");
            let help = format!("`{}` goes where the app's descriptor says", lifecycle_event.name());
            self.findings.at_key(&at.child(field), message, Some(help));
        }
        lifecycle_event
    }

    fn request(&mut self, callback: &CallbackDocument, at: &Pointer) -> Event {
        let method = callback.method.unwrap_or_default();
        let Some(path) = &callback.path else {
            let help = format!("a path of the app, or `{PROTECTED_PATH}`");
            self.findings.at(at, "missing field `path` of a `request`", Some(help));
            return Event::Request { method, path: String::new() };
        };
        if let Err(help) = check_path(path) {
            self.findings.at(&at.child("path"), format!("`{path}` is no path of an app"), Some(help));
        }
        Event::Request { method, path: path.clone() }
    }

    /// A tenant keeps the kind of its clientKey.
    fn check_client_keys(&mut self, steps: &[Step]) {
        let kinds = |step: &Step| -> Vec<PayloadVariant> {
            CLIENT_KEY_KINDS.into_iter().filter(|kind| step.variants.contains(kind)).collect()
        };
        let first = steps.first().map(kinds).unwrap_or_default();
        for (index, step) in steps.iter().enumerate() {
            let own = self.document.steps[index].variants.is_some();
            let at = if own { Pointer::default().child("steps").child(index) } else { Pointer::default() };
            if kinds(step) != first {
                let help = "name it in the `variants` of every step, or of the scenario".to_owned();
                let message = "a tenant keeps the kind of its clientKey";
                self.findings.at(&at.child("variants"), message, Some(help));
            } else if first.len() > 1 && (own || index == 0) {
                let help =
                    "choose one of `hostname-client-key`, `uuid-client-key` and `ecoscanner`".to_owned();
                self.findings.at(&at.child("variants"), "a clientKey is of one kind", Some(help));
            }
        }
    }

    /// The scenario says which case it rehearses; its steps must bear it out.
    fn check_case(&mut self, steps: &[Step]) {
        let cases: BTreeSet<_> = steps
            .iter()
            .filter(|step| step.callbacks.iter().any(|callback| callback.event == Event::Installed))
            .map(|step| step.case)
            .collect();
        let claimed = self.document.case;
        if self.document.order == Order::Documented && claimed != Case::Other && !cases.contains(&claimed) {
            let found: Vec<_> = cases.into_iter().map(Case::name).collect();
            let help = match found.as_slice() {
                [] => "no step sends `installed`: say `other`".to_owned(),
                found => format!("its steps make it {}, or `other`", found.join(" or ")),
            };
            let message = format!("no step of this scenario is a case of {}", claimed.name());
            self.findings.at(&Pointer::default().child("case"), message, Some(help));
        }
    }

    fn order(&mut self, possible: Result<(), Impossible>, at: &Pointer) {
        if let Err(Impossible { message, help }) = possible
            && self.document.order == Order::Documented
        {
            self.findings.at(at, message, Some(help.to_owned()));
        }
    }
}

/// Whether `path` can be asked for: the placeholder, or a path and query as they stand in a request.
///
/// # Errors
/// What it should be instead.
pub(super) fn check_path(path: &str) -> Result<(), String> {
    if path == PROTECTED_PATH {
        return Ok(());
    }
    if path.starts_with('{') {
        return Err(match nearest(path, [PROTECTED_PATH]) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("the only placeholder is `{PROTECTED_PATH}`"),
        });
    }
    if !path.starts_with('/') {
        return Err("a path begins with `/`; it is relative to the app's base URL".to_owned());
    }
    let unsendable = |c: char| {
        !c.is_ascii_graphic() || matches!(c, '#' | '{' | '}' | '"' | '<' | '>' | '\\' | '^' | '`' | '|')
    };
    match path.chars().find(|c| unsendable(*c)) {
        Some(c) => Err(format!("percent-encode {c:?}")),
        None => Ok(()),
    }
}
