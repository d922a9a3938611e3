//! Every exchange of a run, one line each: JSON lines or CSV.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::escape::csv_field;
use super::inert;
use super::model::Phases;
use crate::outcome::Phase;
use crate::verdict::Verdict;

/// One exchange, or a callback that could not be sent.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// When it was dispatched.
    pub at: Timestamp,
    /// The journey that it belongs to.
    pub journey: u64,
    /// The scenario.
    pub scenario: String,
    /// The step within it.
    pub step: String,
    /// What was sent: `installed`, `uninstalled`, `enabled`, `disabled` or `request`.
    pub event: String,
    /// The clientKey of the synthetic tenant.
    pub tenant: String,
    /// Method and URL.
    pub request: String,
    /// The code of what happened.
    pub code: String,
    /// What it counts as; null when it is no event of the success rate.
    pub verdict: Option<Verdict>,
    /// The HTTP status, when a response arrived.
    pub status: Option<u16>,
    /// Where it failed.
    pub phase: Option<Phase>,
    /// The address that was talked to.
    pub address: Option<String>,
    /// Whether the connection had been used before.
    pub reused_connection: bool,
    /// From the moment it was due to its end.
    pub response_us: u64,
    /// From the first byte sent to its end.
    pub service_us: Option<u64>,
    /// How long each phase took.
    pub phases_us: Phases<Option<u64>>,
    /// What was said about a failure.
    pub detail: Option<String>,
}

/// The form of a log of exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventFormat {
    /// One JSON object a line.
    JsonLines,
    /// One row of CSV a line, after a head.
    Csv,
}

const HEAD: [&str; 22] = [
    "at",
    "journey",
    "scenario",
    "step",
    "event",
    "tenant",
    "request",
    "code",
    "verdict",
    "status",
    "phase",
    "address",
    "reused_connection",
    "response_us",
    "service_us",
    "dns_us",
    "connect_us",
    "tls_us",
    "write_us",
    "wait_us",
    "body_us",
    "detail",
];

impl EventFormat {
    /// The form that a file of this name has, by its ending.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    /// What stands before the first exchange.
    pub fn head(self) -> String {
        match self {
            Self::JsonLines => String::new(),
            Self::Csv => HEAD.join(",") + "\r\n",
        }
    }

    /// The line of one exchange.
    pub fn line(self, event: &Event) -> String {
        match self {
            Self::JsonLines => {
                serde_json::to_string(event).expect("text keys and whole numbers can be written as JSON")
                    + "\n"
            }
            Self::Csv => cells(event).map(|cell| csv_field(&inert::line(&cell))).join(",") + "\r\n",
        }
    }
}

fn cells(event: &Event) -> [String; HEAD.len()] {
    let known = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let phase = |phase: Phase| known(*event.phases_us.get(phase));
    [
        event.at.to_string(),
        event.journey.to_string(),
        event.scenario.clone(),
        event.step.clone(),
        event.event.clone(),
        event.tenant.clone(),
        event.request.clone(),
        event.code.clone(),
        event.verdict.map_or_else(String::new, |verdict| verdict.name().to_owned()),
        known(event.status.map(u64::from)),
        event.phase.map_or_else(String::new, |phase| phase.name().to_owned()),
        event.address.clone().unwrap_or_default(),
        event.reused_connection.to_string(),
        event.response_us.to_string(),
        known(event.service_us),
        phase(Phase::Dns),
        phase(Phase::Connect),
        phase(Phase::Tls),
        phase(Phase::Write),
        phase(Phase::Wait),
        phase(Phase::Body),
        event.detail.clone().unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event {
            at: "2026-11-20T10:00:00.25Z".parse().expect("a moment"),
            journey: 7,
            scenario: "initial-install".to_owned(),
            step: "=1+1".to_owned(),
            event: "installed".to_owned(),
            tenant: "rehearsal-0a1b2c3d4e5f-7".to_owned(),
            request: "POST https://app.example/installed".to_owned(),
            code: "timeout.response_head".to_owned(),
            verdict: Some(Verdict::Bad),
            status: None,
            phase: Some(Phase::Wait),
            address: Some("192.0.2.1:443".to_owned()),
            reused_connection: false,
            response_us: 5_000_900,
            service_us: Some(5_000_100),
            phases_us: Phases { connect: Some(420), wait: Some(5_000_000), ..Phases::default() },
            detail: Some("nothing came,\nfor 5 s".to_owned()),
        }
    }

    #[test]
    fn every_form_looks_as_it_did() {
        insta::assert_snapshot!(EventFormat::JsonLines.line(&event()), @r#"{"at":"2026-11-20T10:00:00.25Z","journey":7,"scenario":"initial-install","step":"=1+1","event":"installed","tenant":"rehearsal-0a1b2c3d4e5f-7","request":"POST https://app.example/installed","code":"timeout.response_head","verdict":"bad","status":null,"phase":"wait","address":"192.0.2.1:443","reused_connection":false,"response_us":5000900,"service_us":5000100,"phases_us":{"dns":null,"connect":420,"tls":null,"write":null,"wait":5000000,"body":null},"detail":"nothing came,\nfor 5 s"}"#);
        let csv = EventFormat::Csv.head() + &EventFormat::Csv.line(&event());
        insta::assert_snapshot!(csv.replace("\r\n", "\n"), @r#"
        at,journey,scenario,step,event,tenant,request,code,verdict,status,phase,address,reused_connection,response_us,service_us,dns_us,connect_us,tls_us,write_us,wait_us,body_us,detail
        2026-11-20T10:00:00.25Z,7,initial-install,"'=1+1",installed,rehearsal-0a1b2c3d4e5f-7,POST https://app.example/installed,timeout.response_head,bad,,wait,192.0.2.1:443,false,5000900,5000100,,420,,,5000000,,"nothing came,\nfor 5 s"
        "#);
    }

    #[test]
    fn a_file_s_ending_names_the_form() {
        let of = |name: &str| EventFormat::of(Path::new(name));
        assert_eq!(of("a/events.jsonl"), Some(EventFormat::JsonLines));
        assert_eq!(of("events.ndjson"), Some(EventFormat::JsonLines));
        assert_eq!(of("events.csv"), Some(EventFormat::Csv));
        assert_eq!((of("events.txt"), of("events")), (None, None));
    }
}
