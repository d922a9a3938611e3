//! The table of advisories: what each is about, whatever it says in one case.

/// What a person needs to know about a kind of advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The stable name.
    pub code: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

impl Advice {
    /// All of it, in the order of an exchange, and then of a run. A reuse race that was mended bears the code of
    /// one that was not, and is explained there.
    pub const ALL: &'static [Self] = &[
        advice(
            "dns.one_family_failing",
            "One of the two DNS questions, A or AAAA, failed; the answer to the other was used.",
            "Repair the answer of the zone's name servers: some senders give up here, or wait.",
        ),
        advice(
            "dns.one_family_slow",
            "One of the two DNS questions, A or AAAA, went unanswered; the answer to the other was used.",
            "Let the zone's name servers answer both, if only with \"no data\".",
        ),
        advice(
            "connect.first_address_dead",
            "The first address did not accept a connection, and another one did.",
            "Take the address out of DNS or bring it back: a sender that tries one address fails.",
        ),
        advice(
            "connect.one_family_only",
            "DNS offers IPv4 and IPv6, and only one of them could be connected to from here.",
            "Bring the app up on both, or take the dead family out of DNS; see first that this machine has it.",
        ),
        advice(
            "tls.certificate_expires_soon",
            "The certificate expires within 30 days.",
            "See that its renewal runs, and that every server which terminates TLS loads the new one.",
        ),
        advice(
            "tls.version_1_2",
            "The server speaks TLS 1.2 where 1.3 was offered.",
            "Nothing has to be done today; switch TLS 1.3 on when the terminator is next updated.",
        ),
        advice(
            "tls.not_verified",
            "The certificate was accepted although verification would have refused it, as --insecure asked.",
            "Take --insecure away before the result is believed: Atlassian verifies.",
        ),
        advice(
            "tls.close_notify_missing",
            "The server cut the TLS connection off at the end of a body that only the end delimits.",
            "Send a Content-Length, or answer 204 without a body.",
        ),
        advice(
            "http.early_response",
            "The response came before the whole request was sent.",
            "Read requests to their end before answering: some senders take this for a broken connection.",
        ),
        advice(
            "http.connection_closed",
            "The server closes the connection after each response.",
            "Let connections be kept: under load every callback pays for a new one.",
        ),
        advice(
            "slow.over_half_of_deadline",
            "More than half of a deadline had passed when the callback ended.",
            "Find what takes the time in the phase that is named, before a busy day makes it twice as long.",
        ),
        advice(
            "clock.skew",
            "The Date of the response and the clock of this machine are more than 30 s apart.",
            "Set both clocks by NTP: an app whose clock is off refuses tokens as expired or not yet valid.",
        ),
        advice("body.oversized", "The body is longer than the probe reads.", "Answer 204 without a body."),
        advice(
            "body.unexpected",
            "More bytes followed than the head of the response announced or allows.",
            "Let the framework write Content-Length, and send no body with a 204.",
        ),
        advice(
            "body.not_as_declared",
            "The body is declared as JSON and is none.",
            "Look at it in the JSON report: an error page that is answered with 200 hides a failure.",
        ),
        advice(
            "status.201_seen",
            "201 was answered: the product may accept it, the success rate does not.",
            "Answer 204 (or 200) from the lifecycle callbacks.",
        ),
        advice(
            "status.redirect_seen",
            "A redirect was answered: the product may follow it, the success rate does not.",
            "Put the final https URL into the descriptor.",
        ),
        advice(
            "descriptor.unavailable",
            "The descriptor could not be had, and callbacks went where they go by convention, or went before.",
            "Repair what keeps it from being served: Atlassian fetches it before an install.",
        ),
        advice(
            "descriptor.error",
            "Something in the descriptor that Atlassian would refuse.",
            "Correct it where it is named: `rehearsal doctor URL` looks at the descriptor alone.",
        ),
        advice(
            "descriptor.warning",
            "Something in the descriptor that Atlassian takes and that may surprise.",
            "Read it where it is named: `rehearsal doctor URL` looks at the descriptor alone.",
        ),
        advice(
            "callback.sent_again",
            "Bad callbacks were sent again, as --retries asked; each counts by its last try.",
            "Look at the first tries: to Atlassian they are what counts.",
        ),
        advice(
            "events.incomplete",
            "The file of --events misses exchanges, or breaks off.",
            "Write it to a faster disk or with more room; counts and verdict are not touched by it.",
        ),
        advice(
            "merge.no_projection",
            "The merged runs weigh the kinds of events differently, so that their sum foretells nothing.",
            "Give all parts the same --mix.",
        ),
        advice(
            "merge.incomplete_run",
            "One of the merged runs did not do all that was planned.",
            "Run that part again if the sum has to be whole.",
        ),
    ];

    /// The advice of this code.
    pub fn of(code: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|advice| advice.code == code)
    }
}

const fn advice(code: &'static str, meaning: &'static str, remedy: &'static str) -> Advice {
    Advice { code, meaning, remedy }
}
