//! What a search for a capacity found, in words.

use super::figures::percent;
use super::model::{Capacity, CapacityResource};

/// The capacity as an interval, or where it lies otherwise.
pub(super) fn found(capacity: &Capacity) -> String {
    match (capacity.rate, capacity.low, capacity.high) {
        (Some(rate), Some(low), Some(high)) => {
            let level = percent(capacity.confidence);
            format!("{rate:.1}/s, with {level} between {low:.1}/s and {high:.1}/s")
        }
        (_, Some(low), _) => format!("at least {low:.1}/s, the most that could be tried"),
        (_, None, Some(high)) => format!("less than {high:.1}/s, the least that was tried"),
        (_, None, None) => "not found".to_owned(),
    }
}

/// A resource of the generator.
pub(super) const fn resource(resource: CapacityResource) -> &'static str {
    match resource {
        CapacityResource::Signing => "signing",
        CapacityResource::LocalPorts => "local ports",
        CapacityResource::Descriptors => "open connections",
        CapacityResource::SendingThreads => "sending threads",
    }
}
