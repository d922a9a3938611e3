//! The `incident-data` object of the Cloud Fortified programme's own mails, so that what reads those can
//! read ours.
//!
//! Its fields are those of the example that Atlassian publishes under "Connect metrics" of the programme.
//! Only the status `ANOMALOUS` is published; the one of a recovery is inferred, and so is the metric's name
//! for Confluence.

use serde_json::{Value, json};

use super::Alert;
use crate::slo::State;

/// What the object says besides the alert.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentData {
    /// The app's name; the app's key if empty.
    pub app_name: String,
    /// The Marketplace partner's name.
    pub partner_name: String,
}

impl IncidentData {
    /// The object of an alert. Like the programme's mails it is of the shortest window, 24 hours.
    pub fn of(&self, alert: &Alert) -> Value {
        let window = alert.occurrence.windows.first();
        let name = if self.app_name.is_empty() { &alert.subject.app_key } else { &self.app_name };
        let product = if alert.subject.product == "confluence" { "Confluence" } else { "Jira" };
        json!({
            "appKey": alert.subject.app_key,
            "appDetails": { "name": name, "partnerName": self.partner_name },
            "incidentId": alert.incident,
            "incidentStatus": if alert.state == State::Ok { "RECOVERED" } else { "ANOMALOUS" },
            "time": format!("{:.0}", alert.at),
            "metricName": format!("{product} Installation Callback Success Rate"),
            "metricUnit": "PERCENT",
            "measurementDurationSeconds": window.map(|window| window.seconds),
            "sliValue": window.and_then(|window| window.success_rate).map(percent),
            // The programme compares 24 hours with the objective, not with the warning of 99.9 %.
            "sloValue": percent(alert.occurrence.windows.last().map_or(0.99, |window| window.threshold)),
        })
    }

    /// The object as an element of an HTML page, as the mails have it.
    pub(super) fn element(&self, alert: &Alert) -> String {
        // A text can't end the element that it stands in.
        let object = self.of(alert).to_string().replace('<', "\\u003c");
        format!("<script type=\"application/json\" id=\"incident-data\">{object}</script>")
    }
}

/// A share in percent, without the dust of the multiplication.
fn percent(share: f64) -> f64 {
    (share * 1e10).round() / 1e8
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn it_has_the_fields_of_the_published_example() {
        let mut alert = Alert::test("2022-03-24T15:40:00.5Z".parse::<Timestamp>().expect("a time"));
        alert.occurrence.windows[0].success_rate = Some(0.6);
        let names = IncidentData { app_name: "AppName".to_owned(), partner_name: "Partner".to_owned() };
        let expected = json!({
            "appKey": "rehearsal-test",
            "appDetails": { "name": "AppName", "partnerName": "Partner" },
            "incidentId": alert.incident,
            "incidentStatus": "ANOMALOUS",
            "time": "2022-03-24T15:40:00Z",
            "metricName": "Jira Installation Callback Success Rate",
            "metricUnit": "PERCENT",
            "measurementDurationSeconds": 86400,
            "sliValue": 60.0,
            "sloValue": 99.0
        });
        assert_eq!(names.of(&alert), expected);
        alert.state = State::Ok;
        assert_eq!(IncidentData::default().of(&alert)["incidentStatus"], "RECOVERED");
    }

    #[test]
    fn no_text_ends_the_element() {
        let mut alert = Alert::test(Timestamp::UNIX_EPOCH);
        alert.subject.app_key = "</script><b>".to_owned();
        let element = IncidentData::default().element(&alert);
        assert_eq!(element.matches("</script>").count(), 1, "{element}");
        let object = element.split_once('>').expect("an element").1.trim_end_matches("</script>");
        let object: Value = serde_json::from_str(object).expect("JSON");
        assert_eq!(object["appKey"], "</script><b>");
    }
}
