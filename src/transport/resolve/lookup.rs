//! Both families' questions for one name, and what came of them.

use std::future::{Future, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use hickory_resolver::proto::rr::{Name, RecordType};
use tokio::time::sleep;

use super::aliases::follow;
use super::cache::Cache;
use super::question::{self, Reply};
use super::watched::WatchedSockets;
use super::{Answer, FamilyAnswer, Resolution, Source, System};
use crate::codes::FailureCause;
use crate::outcome::Clock;
use crate::transport::os_error;

/// How long one family's addresses wait for the other family's: the resolution delay of RFC 8305,
/// section 3.
const RESOLUTION_DELAY: Duration = Duration::from_millis(50);

/// Records that hickory follows by itself before it gives up on a chain of aliases.
const FOLLOWED_BY_HICKORY: usize = 8;

/// The way from one name to its addresses.
pub(in crate::transport) struct Lookup {
    port: u16,
    resolution: Resolution,
    /// Addresses that were not handed out yet.
    fresh: Vec<IpAddr>,
    asking: Option<Asking>,
}

/// Why there are no addresses.
pub(in crate::transport) enum NoAddresses {
    /// The resolver, or the operating system, said so.
    Answer(FailureCause, String),
    /// A clock ran out.
    Silence(FailureCause, Clock),
}

/// What it takes to ask a resolver.
struct Asking {
    system: Arc<System>,
    name: Name,
    cache: Option<Arc<Cache>>,
    questions: Vec<Question>,
    started: Instant,
}

struct Question {
    record: RecordType,
    sockets: WatchedSockets,
    reply: Option<Pin<Box<dyn Future<Output = Reply> + Send>>>,
}

impl Lookup {
    /// A lookup that has its addresses already.
    pub(super) fn known(name: String, port: u16, source: Source, addresses: Vec<IpAddr>) -> Self {
        let mut families = Vec::new();
        for (record, is_of) in [("AAAA", IpAddr::is_ipv6 as fn(&IpAddr) -> bool), ("A", IpAddr::is_ipv4)] {
            let of_family: Vec<_> =
                addresses.iter().filter(|ip| is_of(ip)).map(|address| (*address, None)).collect();
            if !of_family.is_empty() {
                families.push(FamilyAnswer {
                    record,
                    elapsed: Duration::ZERO,
                    answer: Answer::Addresses(of_family),
                });
            }
        }
        let resolution = Resolution { name, source, servers: Vec::new(), aliases: Vec::new(), families };
        Self { port, resolution, fresh: addresses, asking: None }
    }

    /// A lookup that failed before anybody was asked.
    pub(super) fn hopeless(name: String, port: u16, cause: FailureCause, detail: String) -> Self {
        let mut lookup = Self::known(name, port, Source::Dns, Vec::new());
        for record in ["AAAA", "A"] {
            let answer = Answer::Failed { cause, detail: detail.clone() };
            lookup.resolution.families.push(FamilyAnswer { record, elapsed: Duration::ZERO, answer });
        }
        lookup
    }

    /// A lookup that asks the resolvers of `system` for each of `records` at the same time.
    pub(super) fn asking(
        system: Arc<System>,
        name: Name,
        port: u16,
        records: &[RecordType],
        cache: Option<Arc<Cache>>,
    ) -> Self {
        let text = name.to_string();
        let mut lookup = Self::known(text.trim_end_matches('.').to_owned(), port, Source::Dns, Vec::new());
        lookup.resolution.servers = system.servers();
        let questions = records
            .iter()
            .map(|&record| {
                let sockets = WatchedSockets::default();
                let reply = question::addresses(Arc::clone(&system), name.clone(), record, sockets.clone());
                Question { record, sockets, reply: Some(Box::pin(reply)) }
            })
            .collect();
        lookup.asking = Some(Asking { system, name, cache, questions, started: Instant::now() });
        lookup
    }

    /// Waits until there are addresses to begin with, or none will come. Dropping the future loses
    /// nothing but the wait.
    pub(in crate::transport) async fn enough(&mut self) {
        let Some(cache) = self.asking.as_ref().and_then(|asking| asking.cache.clone()) else {
            return self.ask().await;
        };
        let mut entry = cache.entry(&self.resolution.name).lock_owned().await;
        if let Some(cached) = entry.as_ref().filter(|cached| cached.is_valid()) {
            self.asking = None;
            self.fresh = cached.addresses();
            self.resolution = cached.resolution();
            return;
        }
        self.ask().await;
        *entry = Cache::keep(&self.resolution);
    }

    async fn ask(&mut self) {
        let mut delay = pin!(None);
        poll_fn(|cx| {
            self.poll_questions(cx);
            if self.is_answered() {
                return Poll::Ready(());
            }
            if self.fresh.is_empty() {
                return Poll::Pending;
            }
            if delay.is_none() {
                delay.set(Some(sleep(RESOLUTION_DELAY)));
            }
            delay.as_mut().as_pin_mut().map_or(Poll::Pending, |delay| delay.poll(cx))
        })
        .await;
        if self.fresh.is_empty() {
            self.look_behind_aliases().await;
        }
    }

    /// Tells a loop of aliases from plain absence, and follows chains that hickory found too long.
    async fn look_behind_aliases(&mut self) {
        let Some(asking) = &self.asking else { return };
        let vague = |family: &FamilyAnswer| {
            matches!(
                family.answer,
                Answer::Failed { cause: FailureCause::DnsNoData | FailureCause::DnsServfail, .. }
            )
        };
        if !self.resolution.families.iter().any(vague) {
            return;
        }
        let system = Arc::clone(&asking.system);
        let chain = follow(Arc::clone(&system), asking.name.clone()).await;
        self.resolution.aliases = chain.aliases;
        if chain.is_loop {
            for family in self.resolution.families.iter_mut().filter(|family| vague(family)) {
                let detail = format!("the aliases of {} lead back to themselves", self.resolution.name);
                family.answer = Answer::Failed { cause: FailureCause::DnsCnameLoop, detail };
            }
            return;
        }
        let end = self.resolution.aliases.last().and_then(|alias| Name::from_ascii(&alias.target).ok());
        let Some(end) = end.filter(|_| self.resolution.aliases.len() >= FOLLOWED_BY_HICKORY) else { return };
        for family in &mut self.resolution.families {
            let record = if family.record == "A" { RecordType::A } else { RecordType::AAAA };
            let sockets = WatchedSockets::default();
            let reply = question::addresses(Arc::clone(&system), end.clone(), record, sockets).await;
            family.answer = reply.answer;
            self.fresh.extend(family.addresses());
        }
    }

    fn poll_questions(&mut self, cx: &mut Context<'_>) {
        let Some(asking) = &mut self.asking else { return };
        for question in &mut asking.questions {
            let Some(reply) = &mut question.reply else { continue };
            let Poll::Ready(reply) = reply.as_mut().poll(cx) else { continue };
            question.reply = None;
            let family = FamilyAnswer {
                record: record_name(question.record),
                elapsed: asking.started.elapsed(),
                answer: reply.answer,
            };
            self.fresh.extend(family.addresses());
            self.resolution.families.push(family);
            if self.resolution.aliases.is_empty() {
                self.resolution.aliases = reply.aliases;
            }
        }
    }

    /// Whether a question is still open.
    pub(in crate::transport) fn is_open(&self) -> bool {
        !self.is_answered()
    }

    fn is_answered(&self) -> bool {
        self.asking
            .as_ref()
            .is_none_or(|asking| asking.questions.iter().all(|question| question.reply.is_none()))
    }

    /// Where the addresses are from.
    pub(in crate::transport) fn source(&self) -> Source {
        self.resolution.source
    }

    /// Whether there are addresses to begin with.
    pub(in crate::transport) fn has_addresses(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// The addresses that came in since the last call, the families mixed as RFC 8305, section 4, asks.
    /// Addresses given by hand keep their order.
    pub(in crate::transport) fn take_addresses(&mut self) -> Vec<SocketAddr> {
        let fresh = std::mem::take(&mut self.fresh);
        let mixed = match self.resolution.source {
            Source::Override => fresh,
            Source::Literal | Source::Hosts | Source::Dns | Source::Cache => interleave(&fresh),
        };
        mixed.into_iter().map(|address| SocketAddr::new(address, self.port)).collect()
    }

    /// Further addresses, when a family that was outrun answers after all. Ready with none when no more
    /// will come.
    pub(in crate::transport) fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<Vec<SocketAddr>> {
        self.poll_questions(cx);
        if self.fresh.is_empty() && !self.is_answered() {
            return Poll::Pending;
        }
        Poll::Ready(self.take_addresses())
    }

    /// Why there are no addresses, of the answers that came the one that says most.
    fn failure(&self) -> Option<(FailureCause, String)> {
        let failed = |family: &FamilyAnswer| match &family.answer {
            Answer::Failed { cause, detail } => Some((*cause, family.record, detail.clone())),
            Answer::Addresses(_) | Answer::Outrun => None,
        };
        let failures: Vec<_> = self.resolution.families.iter().filter_map(failed).collect();
        let (cause, _, detail) = failures.iter().min_by_key(|(cause, _, _)| rank(*cause))?;
        let alike = failures.iter().filter(|(other, _, _)| other == cause);
        let records = alike.map(|(_, record, _)| *record).collect::<Vec<_>>().join(" and ");
        Some((*cause, format!("{records} of {}: {detail}", self.resolution.name)))
    }

    /// Why there are no addresses after a wait that ended so: of all answers and silences the one that says most.
    pub(in crate::transport) fn no_addresses(&self, waited: Result<(), Clock>) -> NoAddresses {
        match (self.failure(), self.silence(), waited) {
            (Some((cause, detail)), Some(silence), Err(_)) if rank(cause) < rank(silence) => {
                NoAddresses::Answer(cause, detail)
            }
            (_, Some(silence), Err(clock)) => NoAddresses::Silence(silence, clock),
            (Some((cause, detail)), _, _) => NoAddresses::Answer(cause, detail),
            (None, _, Err(clock)) => NoAddresses::Silence(FailureCause::DnsTimeout, clock),
            (None, _, Ok(())) => NoAddresses::Answer(FailureCause::DnsNoData, String::new()),
        }
    }

    /// What the silence of the open questions means, where there are any.
    fn silence(&self) -> Option<FailureCause> {
        self.asking
            .iter()
            .flat_map(|asking| &asking.questions)
            .filter(|question| question.reply.is_some())
            .map(|question| question::unanswered(&question.sockets))
            .min_by_key(|cause| rank(*cause))
    }

    /// Takes in answers that arrived meanwhile, without waiting for any.
    pub(in crate::transport) fn look_again(&mut self) {
        self.poll_questions(&mut Context::from_waker(Waker::noop()));
    }

    /// The facts, with the questions that are still open marked as such.
    pub(in crate::transport) fn resolution(&self) -> Resolution {
        let mut resolution = self.resolution.clone();
        let has_addresses = resolution.addresses().next().is_some();
        for question in self.asking.iter().flat_map(|asking| &asking.questions) {
            if question.reply.is_none() {
                continue;
            }
            let answer = if has_addresses {
                Answer::Outrun
            } else {
                let cause = question::unanswered(&question.sockets);
                Answer::Failed { cause, detail: "no usable answer before the deadline".to_owned() }
            };
            let elapsed = self.asking.as_ref().map_or(Duration::ZERO, |asking| asking.started.elapsed());
            let record = record_name(question.record);
            resolution.families.push(FamilyAnswer { record, elapsed, answer });
        }
        resolution
    }
}

fn record_name(record: RecordType) -> &'static str {
    if record == RecordType::A { "A" } else { "AAAA" }
}

/// The order in which the causes of two families' failures are worth telling: what was proven about
/// aliases and servers first, mere absence last.
fn rank(cause: FailureCause) -> u8 {
    match cause {
        cause if os_error::is_own(cause) => 0,
        FailureCause::DnsCnameLoop => 1,
        FailureCause::DnsServfail => 2,
        FailureCause::DnsRefused => 3,
        FailureCause::DnsMalformed => 4,
        FailureCause::DnsTimeout => 5,
        FailureCause::DnsResolverUnreachable => 6,
        FailureCause::DnsNxdomain => 7,
        FailureCause::DnsNoData => 8,
        _ => 9,
    }
}

/// IPv6 and IPv4 in turn, IPv6 first, each family in its own order.
fn interleave(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut v6 = addresses.iter().filter(|address| address.is_ipv6());
    let mut v4 = addresses.iter().filter(|address| address.is_ipv4());
    let mut mixed = Vec::with_capacity(addresses.len());
    loop {
        let before = mixed.len();
        mixed.extend(v6.next());
        mixed.extend(v4.next());
        if mixed.len() == before {
            return mixed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().expect("address")).collect()
    }

    #[test]
    fn families_take_turns() {
        let mixed = interleave(&addresses(&["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"]));
        assert_eq!(mixed, addresses(&["2001:db8::1", "192.0.2.1", "192.0.2.2", "192.0.2.3"]));
        assert!(interleave(&[]).is_empty());
    }

    #[test]
    fn addresses_given_by_hand_keep_their_order() {
        let given = addresses(&["192.0.2.1", "2001:db8::1"]);
        let mut lookup = Lookup::known("app.example".to_owned(), 443, Source::Override, given.clone());
        assert_eq!(lookup.take_addresses().iter().map(SocketAddr::ip).collect::<Vec<_>>(), given);
        assert!(lookup.take_addresses().is_empty());
        let families: Vec<_> = lookup.resolution().families.iter().map(|family| family.record).collect();
        assert_eq!(families, ["AAAA", "A"]);
    }

    #[test]
    fn the_failure_that_says_most_is_told() {
        let mut lookup =
            Lookup::hopeless("app.example".to_owned(), 443, FailureCause::DnsNoData, String::new());
        let servfail = Answer::Failed { cause: FailureCause::DnsServfail, detail: "SERVFAIL".to_owned() };
        lookup.resolution.families[1].answer = servfail;
        let (cause, detail) = lookup.failure().expect("answered");
        assert_eq!((cause, detail.as_str()), (FailureCause::DnsServfail, "A of app.example: SERVFAIL"));
    }
}
