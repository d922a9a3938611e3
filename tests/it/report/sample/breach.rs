//! A run with failures of several kinds, the richest sample.

use rehearsal::codes::{Family, Owner};
use rehearsal::outcome::{Clock, Phase};
use rehearsal::report::Report;
use rehearsal::report::model::{
    Advisory, Attempt, Certificate, Evidence, Header, LookupError, OutcomeRow, Phases, Record,
    RequestEvidence, Resolution, ResponseEvidence, Slot, Status, StepRow, TlsEvidence, Validity,
};
use rehearsal::verdict::Verdict;

use super::healthy::{good_row, projection};
use super::parts::{at, base, check, code_count, run_latency, scenario, share, sli, step, times};

const POST_INSTALLED: &str = "POST /connect/installed";
const POST_ENABLED: &str = "POST /connect/enabled";

/// Ten iterations: two 500s, one timeout, one callback lost to the probe's own network.
pub(crate) fn breach() -> Report {
    let mut report = base("probe");
    report.verdict.status = Status::Breach;
    report.verdict.exit_code = 2;
    report.verdict.reasons = vec![
        "3 of 69 installation callbacks were bad: the success rate is 95.65 %, the objective 99 %."
            .to_owned(),
        "A check failed: secret-rotation / old-secret-does-not / request: answered 200, where a 4xx was expected.".to_owned(),
    ];
    report.measurement.validity = Validity::Suspect;
    report.measurement.reasons =
        vec!["The clock of this machine was stepped by 1.2 s during the run.".to_owned()];
    report.scenarios = vec![
        scenario(
            "initial-install",
            "customer",
            "A customer installs the app for the first time",
            10,
            vec![
                step("install", "installed", POST_INSTALLED, "as-atlassian", 10),
                step("install", "enabled", POST_ENABLED, "as-atlassian", 10),
            ],
        ),
        scenario(
            "manual-upgrade",
            "customer",
            "A customer consents to a new version of the app",
            10,
            vec![
                step("upgrade-secret-kept", "installed", POST_INSTALLED, "as-atlassian", 10),
                step("upgrade-secret-new", "installed", POST_INSTALLED, "as-atlassian", 10),
                step("upgrade-secret-new", "enabled", POST_ENABLED, "as-atlassian", 10),
            ],
        ),
        scenario(
            "automatic-upgrade",
            "partner",
            "A new version is rolled out to every site",
            10,
            vec![
                failing(
                    step("upgrade", "installed", POST_INSTALLED, "as-atlassian", 9),
                    "timeout.response_head",
                    1,
                ),
                step("upgrade", "enabled", POST_ENABLED, "as-atlassian", 9),
            ],
        ),
        scenario(
            "site-rename",
            "site-admin",
            "The site gets another name",
            10,
            vec![failing(step("rename", "installed", POST_INSTALLED, "as-atlassian", 8), "status.500", 2)],
        ),
        scenario(
            "site-import",
            "site-admin",
            "The site's data is imported into a new site",
            10,
            vec![
                step("import", "installed", POST_INSTALLED, "as-atlassian", 10),
                step("import", "enabled", POST_ENABLED, "as-atlassian", 10),
            ],
        ),
        scenario("secret-rotation", "atlassian", "Atlassian rotates the shared secret", 10, rotation()),
    ];
    report.series = vec![slot(0.0, 30, 1), slot(8.192, 0, 0), slot(16.384, 36, 2)];
    report.sli = sli(
        66,
        3,
        1,
        [0.878_152_850_634_376_3, 0.990_942_392_641_185],
        [0.888_510_392_150_075_1, 0.987_604_591_504_874_7],
    );
    report.sli.n_effective = Some(58.4);
    report.projection = projection(10);
    report.projection.success_rate = Some(0.941_7);
    report.projection.low = Some(0.868_2);
    report.projection.high = Some(0.982_4);
    report.projection.p_meet_28d = Some(0.012_4);
    report.projection.mix.insert("automatic-upgrade".to_owned(), share(0.40, 9, 10));
    report.projection.mix.insert("site-rename".to_owned(), share(0.05, 8, 10));
    report.outcomes = vec![good_row("status.204", 204, 66), server_error(), stalled(), own_network()];
    report.advisories = vec![
        Advisory {
            code: "tls.certificate_expires_soon".to_owned(),
            detail: "The certificate expires in 11 days, on 2026-12-01: look at why it was not renewed."
                .to_owned(),
            count: 69,
        },
        Advisory {
            code: "connect.first_address_dead".to_owned(),
            detail: "2001:db8::5 did not answer; 192.0.2.10 saved the callback after 250 ms.".to_owned(),
            count: 12,
        },
    ];
    let mut response = times(68, 34_000.0, 0.35);
    let mut service = times(68, 24_000.0, 0.4);
    response.record(5_021_400).expect("within bounds");
    service.record(5_010_900).expect("within bounds");
    report.latency = run_latency(&service, &response, 24_000.0);
    report.residue = vec!["rehearsal-7c38a52b-0042".to_owned(), "rehearsal-01jd3m7q4x-0043".to_owned()];
    report
}

/// Eight seconds of the run. In those without an event one is on its way.
fn slot(start_s: f64, good: u64, bad: u64) -> Slot {
    let is_idle = good + bad == 0;
    Slot {
        start_s,
        width_s: 8.192,
        good,
        bad,
        failures: (bad > 0).then(|| code_count("status.500", bad)).into_iter().collect(),
        dropped: 0,
        in_flight: u64::from(is_idle),
        p50_us: (!is_idle).then_some(31_000 + good * 100),
        p99_us: (!is_idle).then_some(240_000),
        histogram: None,
    }
}

fn failing(mut step: StepRow, code: &str, count: u64) -> StepRow {
    step.bad = count;
    step.answers.push(code_count(code, count));
    step
}

fn rotation() -> Vec<StepRow> {
    let mut rotate = step("rotate", "installed", POST_INSTALLED, "as-atlassian", 9);
    rotate.excluded = 1;
    rotate.answers.push(code_count("probe.own_network_down", 1));
    let mut new = step("new-secret-works", "request", "GET /connect/protected", "current-secret", 10);
    new.answers = vec![code_count("status.200", 10)];
    new.checks = vec![check("answered as expected", true, "answered 200, 10 times")];
    let mut old = step("old-secret-does-not", "request", "GET /connect/protected", "previous-secret", 0);
    old.answers = vec![code_count("status.200", 10)];
    old.latency = super::parts::step_latency(10, 9_000.0);
    old.checks =
        vec![check("answered as expected", false, "answered 200, 10 times, where a 4xx was expected")];
    vec![rotate, new, old]
}

fn server_error() -> OutcomeRow {
    let mut first = evidence("site-rename", "rename", "0031", "2026-11-20T10:00:11.402Z");
    first.detail = "HTTP/1.1 500 Internal Server Error".to_owned();
    first.response = Some(ResponseEvidence {
        status: 500,
        version: Some("HTTP/1.1".to_owned()),
        headers: vec![
            header("content-type", "application/json; charset=utf-8"),
            header("x-request-id", "9c1f-77aa"),
            header("set-cookie", "(redacted, 41 bytes)"),
        ],
        body_start:
            "{\"error\":\"duplicate key value violates unique constraint \\\"tenants_base_url_key\\\"\"}"
                .to_owned(),
        body_bytes: Some(84),
    });
    let mut second = first.clone();
    second.tenant = "rehearsal-7c38a52b-0035".to_owned();
    second.at = at("2026-11-20T10:00:13.020Z");
    OutcomeRow {
        code: "status.500".to_owned(),
        family: Family::Status,
        owner: Owner::App,
        verdict: Verdict::Bad,
        status: Some(500),
        phase: None,
        count: 2,
        first_seen: first.at,
        last_seen: second.at,
        examples: vec![first, second],
    }
}

fn stalled() -> OutcomeRow {
    let mut example = evidence("automatic-upgrade", "upgrade", "0027", "2026-11-20T10:00:06.318Z");
    example.detail = "no byte of a response within 5 s of the request's last".to_owned();
    example.deadline = Some(Clock::Idle);
    example.deadline_us = Some(5_000_000);
    example.phases_us.wait = Some(5_000_412);
    example.phases_us.body = None;
    OutcomeRow {
        code: "timeout.response_head".to_owned(),
        family: Family::Timeout,
        owner: Owner::App,
        verdict: Verdict::Bad,
        status: None,
        phase: Some(Phase::Wait),
        count: 1,
        first_seen: example.at,
        last_seen: example.at,
        examples: vec![example],
    }
}

fn own_network() -> OutcomeRow {
    let mut example = evidence("secret-rotation", "rotate", "0058", "2026-11-20T10:00:21.007Z");
    example.detail = "no route to host, and neither to the control target".to_owned();
    example.phases_us = Phases { dns: Some(412), ..Phases::default() };
    example.address = None;
    example.tls = None;
    example.attempts = vec![
        attempt("[2001:db8::5]:443", 31, Some("network is unreachable (os error 101)")),
        attempt("192.0.2.10:443", 28, Some("network is unreachable (os error 101)")),
    ];
    example.control = Some("https://control.example failed as well: network is unreachable".to_owned());
    OutcomeRow {
        code: "probe.own_network_down".to_owned(),
        family: Family::Probe,
        owner: Owner::Probe,
        verdict: Verdict::Excluded,
        status: None,
        phase: Some(Phase::Connect),
        count: 1,
        first_seen: example.at,
        last_seen: example.at,
        examples: vec![example],
    }
}

fn evidence(scenario: &str, step: &str, tenant: &str, moment: &str) -> Evidence {
    Evidence {
        scenario: scenario.to_owned(),
        step: step.to_owned(),
        tenant: format!("rehearsal-7c38a52b-{tenant}"),
        at: at(moment),
        detail: String::new(),
        deadline: None,
        deadline_us: None,
        phases_us: Phases {
            dns: Some(1_120),
            connect: Some(252_310),
            tls: Some(5_904),
            write: Some(88),
            wait: Some(18_220),
            body: Some(61),
        },
        address: Some("192.0.2.10:443".to_owned()),
        reused_connection: false,
        resolution: Some(Resolution {
            name: "staging.app.example.".to_owned(),
            source: None,
            servers: Vec::new(),
            elapsed_us: Some(1_120),
            records: vec![Record { kind: "A".to_owned(), value: "192.0.2.10".to_owned(), ttl_s: Some(60) }],
            errors: vec![LookupError { kind: "AAAA".to_owned(), error: "no data".to_owned() }],
        }),
        attempts: vec![
            attempt("[2001:db8::5]:443", 250_000, Some("no answer yet, 192.0.2.10 was faster")),
            attempt("192.0.2.10:443", 2_310, None),
        ],
        tls: Some(TlsEvidence {
            version: Some("TLS 1.3".to_owned()),
            suite: Some("TLS13_AES_256_GCM_SHA384".to_owned()),
            alpn: Some("http/1.1".to_owned()),
            chain: vec![Certificate {
                subject: "CN=staging.app.example".to_owned(),
                issuer: "CN=R11,O=Let's Encrypt,C=US".to_owned(),
                names: vec!["staging.app.example".to_owned(), "*.staging.app.example".to_owned()],
                not_before: Some(at("2026-09-02T08:00:00Z")),
                not_after: Some(at("2026-12-01T07:59:59Z")),
                serial: None,
                key: None,
                signature: None,
                sha256: "5b1c8f2b3c6a0d4e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e".to_owned(),
                problems: Vec::new(),
            }],
        }),
        request: Some(RequestEvidence {
            method: "POST".to_owned(),
            url: "https://staging.app.example/connect/installed".to_owned(),
            headers: vec![
                header("Host", "staging.app.example"),
                header("Authorization", "JWT (redacted, 612 bytes)"),
                header("Content-Type", "application/json"),
                header("User-Agent", "Atlassian HttpClient unknown / JIRA-1001.0.0 (100150) / Default"),
            ],
        }),
        response: None,
        received: None,
        redirects: Vec::new(),
        control: None,
        earlier: Vec::new(),
    }
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: value.to_owned() }
}

fn attempt(address: &str, elapsed_us: u64, error: Option<&str>) -> Attempt {
    Attempt { address: address.to_owned(), elapsed_us, error: error.map(str::to_owned) }
}
