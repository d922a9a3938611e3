//! Answers kept for their time to live.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::{Answer, Resolution, Source};

/// The longest and the shortest time an answer is kept, whatever its time to live says: a sender of many
/// callbacks neither asks for each of them nor runs on an answer for ever.
const LIFETIMES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3600));

/// Answers by name. Whoever asks for a name holds its entry meanwhile, so that a thousand callbacks ask
/// once.
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: SyncMutex<HashMap<String, Entry>>,
}

type Entry = Arc<Mutex<Option<Cached>>>;

/// An answer and when it ends.
#[derive(Debug)]
pub(super) struct Cached {
    resolution: Resolution,
    valid_until: Instant,
}

impl Cache {
    /// The entry of `name`, made if there is none. A run talks to a handful of names.
    pub(super) fn entry(&self, name: &str) -> Entry {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(entries.entry(name.to_owned()).or_default())
    }

    /// What to keep of a resolution: failures are not kept.
    pub(super) fn keep(resolution: &Resolution) -> Option<Cached> {
        let ttl = resolution.shortest_ttl()?.clamp(LIFETIMES.0, LIFETIMES.1);
        Some(Cached { resolution: resolution.clone(), valid_until: Instant::now() + ttl })
    }
}

impl Cached {
    pub(super) fn is_valid(&self) -> bool {
        Instant::now() < self.valid_until
    }

    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        self.resolution.addresses().collect()
    }

    pub(super) fn resolution(&self) -> Resolution {
        Resolution { source: Source::Cache, ..self.resolution.clone() }
    }
}

impl Resolution {
    /// The shortest time to live of the addresses and the aliases on the way to them.
    fn shortest_ttl(&self) -> Option<Duration> {
        let addresses = self.families.iter().flat_map(|family| match &family.answer {
            Answer::Addresses(addresses) => addresses.as_slice(),
            Answer::Failed { .. } | Answer::Outrun => &[],
        });
        let shortest = addresses.filter_map(|(_, ttl)| *ttl).min()?;
        Some(self.aliases.iter().map(|alias| alias.ttl).fold(shortest, Duration::min))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::FailureCause;
    use crate::transport::resolve::{Alias, FamilyAnswer};

    fn resolution(answer: Answer) -> Resolution {
        Resolution {
            name: "app.example".to_owned(),
            source: Source::Dns,
            servers: Vec::new(),
            aliases: vec![Alias {
                name: "a".to_owned(),
                target: "b".to_owned(),
                ttl: Duration::from_secs(30),
            }],
            families: vec![FamilyAnswer { record: "A", elapsed: Duration::ZERO, answer }],
        }
    }

    #[test]
    fn an_answer_lives_as_long_as_its_shortest_record() {
        let minute = Some(Duration::from_secs(60));
        let answer = Answer::Addresses(vec![(IpAddr::from([192, 0, 2, 1]), minute)]);
        assert_eq!(resolution(answer.clone()).shortest_ttl(), Some(Duration::from_secs(30)));
        let kept = Cache::keep(&resolution(answer)).expect("an answer");
        assert!(kept.is_valid());
        assert_eq!((kept.resolution().source, kept.addresses().len()), (Source::Cache, 1));
    }

    #[test]
    fn failures_are_not_kept() {
        let answer = Answer::Failed { cause: FailureCause::DnsServfail, detail: String::new() };
        assert!(Cache::keep(&resolution(answer)).is_none());
    }
}
