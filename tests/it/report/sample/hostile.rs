//! The rich sample with hostile text wherever a text can come from outside.

use rehearsal::report::Report;

/// Markup, a script, a link, escape sequences, a title that hides text, line breaks, right-to-left
/// overrides and what spreadsheets take for a formula.
pub(super) const HOSTILE: &str = "=1+1|<script>alert(1)</script><img src=x onerror=alert(2)>\
    ]]>--><b>&amp;`**x**`[l](javascript:alert(3))\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}2J\r\nFAKE: ok\u{202e}evil\u{0}\u{200b}";

/// The rich sample with hostile text wherever a text can come from outside.
pub(crate) fn hostile() -> Report {
    let mut report = super::breach();
    let hostile = || HOSTILE.to_owned();
    report.run.target = format!("https://app.example/{HOSTILE}");
    report.run.app_key = Some(hostile());
    report.run.environment = Some(hostile());
    report.run.location = Some(hostile());
    report.run.labels.insert(hostile(), hostile());
    report.run.settings.insert(hostile(), hostile().into());
    report.run.arguments.push(hostile());
    report.verdict.reasons.push(hostile());
    report.measurement.reasons.push(hostile());
    for scenario in &mut report.scenarios {
        scenario.name.push_str(HOSTILE);
        scenario.title = hostile();
        for step in &mut scenario.steps {
            step.name.push_str(HOSTILE);
            step.request = Some(hostile());
            step.signing = Some(hostile());
            for check in &mut step.checks {
                check.name.push_str(HOSTILE);
                check.detail = hostile();
            }
        }
    }
    for row in &mut report.outcomes {
        for example in &mut row.examples {
            example.detail = hostile();
            example.tenant = hostile();
            if let Some(response) = &mut example.response {
                response.body_start = hostile();
                for header in &mut response.headers {
                    header.name.push_str(HOSTILE);
                    header.value = hostile();
                }
            }
            for certificate in example.tls.iter_mut().flat_map(|tls| &mut tls.chain) {
                certificate.subject = hostile();
                certificate.names.push(hostile());
            }
        }
    }
    report.advisories[0].detail = hostile();
    report.residue.push(hostile());
    report
}
