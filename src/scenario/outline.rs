//! A scenario told to a person.

use serde::Serialize;

use super::{Callback, Event, Expectation, Order, Pace, Scenario, Step};

/// Tells a scenario step by step.
pub fn outline(scenario: &Scenario) -> String {
    let Scenario { name, title, description, actor, case, order, product: _, steps } = scenario;
    let order = match order {
        Order::Documented => "documented",
        Order::Any => "any",
    };
    let mut text = format!("{name}: {title}\n");
    if !description.is_empty() {
        text += &format!("{description}\n");
    }
    text += &format!("\nactor {} · case {} · order {order}\n", actor.name(), case.name());
    for (index, step) in steps.iter().enumerate() {
        text += &tell_step(index + 1, step);
    }
    text
}

fn tell_step(number: usize, step: &Step) -> String {
    let mut text = format!("\n{number}. {}\n", step.name);
    if !step.changes.is_empty() {
        text += &format!("   changes   {}\n", names(&step.changes));
    }
    if !step.variants.is_empty() {
        text += &format!("   variants  {}\n", names(&step.variants));
    }
    for (index, callback) in step.callbacks.iter().enumerate() {
        let lead = match step.pace {
            _ if index == 0 => "sends   ".to_owned(),
            Pace::Together => "with it ".to_owned(),
            Pace::OneAfterAnother { delay } if delay.is_zero() => "then    ".to_owned(),
            Pace::OneAfterAnother { delay } => format!("{delay:?} later"),
        };
        text += &format!("   {lead}  {}\n", tell_callback(callback));
    }
    text
}

fn tell_callback(callback: &Callback) -> String {
    let Callback { event, signing, expect, counted } = callback;
    let event = match event {
        Event::Request { method, path } => format!("{} {path}", name(method)),
        lifecycle => format!("`{}`", lifecycle.name()),
    };
    let expect = match expect {
        Expectation::Success => "200 or 204".to_owned(),
        Expectation::Refusal => "a refusal (4xx)".to_owned(),
        Expectation::Statuses(statuses) => names(statuses).replace(", ", " or "),
    };
    let counted = if *counted { ", counted" } else { "" };
    format!("{event}, signed {}, should answer {expect}{counted}", name(signing))
}

fn names<'a, T: Serialize + 'a>(values: impl IntoIterator<Item = &'a T>) -> String {
    values.into_iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The name of a value in scenario files.
fn name(value: &impl Serialize) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlassian::Product;
    use crate::scenario::{builtin, check};

    #[test]
    fn a_person_can_follow_a_rotation() {
        let builtin = builtin::find("secret-rotation").expect("built in");
        let scenarios =
            check([(builtin.file_name(), builtin.text.to_owned())], Product::Jira).expect("valid");
        let text = outline(&scenarios[0]);
        for line in [
            "actor atlassian · case secret-rotation · order documented",
            "2. rotate\n   changes   new-secret, user-absent\n   sends     `installed`, signed as-atlassian, \
             should answer 200 or 204, counted\n",
            "   sends     GET {protected}, signed previous-secret, should answer a refusal (4xx)\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }
}
