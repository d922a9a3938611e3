//! Atlassian's own figures, as its mails and its console show them.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// A success rate that Atlassian measured.
#[derive(Debug, Clone, PartialEq)]
pub struct TheirFigure {
    /// The app's key, where it is said.
    pub app_key: Option<String>,
    /// The interval's first moment.
    pub from: Timestamp,
    /// The first moment after the interval.
    pub to: Timestamp,
    /// The share of good callbacks, in percent.
    pub percent: f64,
}

/// The `incident-data` object of the mails of the Cloud Fortified programme, as far as it is of use here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Incident {
    app_key: String,
    time: Timestamp,
    measurement_duration_seconds: i64,
    sli_value: f64,
}

/// Reads an `incident-data` object, a list of them, or a CSV with the columns `from`, `to` and `success_rate`
/// (in percent) and, if wanted, `app_key`, in any order, below a line with their names.
///
/// # Errors
/// What is wrong, and in which line of a CSV.
pub fn read(text: &str) -> Result<Vec<TheirFigure>, String> {
    let figures = if text.trim_start().starts_with(['{', '[']) { read_json(text)? } else { read_csv(text)? };
    match figures.iter().find(|figure| figure.from >= figure.to || !(0.0..=100.0).contains(&figure.percent)) {
        Some(figure) => Err(format!(
            "{} to {}: {} % is no success rate of an interval",
            figure.from, figure.to, figure.percent
        )),
        None => Ok(figures),
    }
}

fn read_json(text: &str) -> Result<Vec<TheirFigure>, String> {
    let wrong = |error: serde_json::Error| format!("it is no `incident-data`: {error}");
    let incidents: Vec<Incident> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(wrong)?
    } else {
        vec![serde_json::from_str(text).map_err(wrong)?]
    };
    let figure = |incident: Incident| {
        let length = SignedDuration::from_secs(incident.measurement_duration_seconds);
        let from = incident.time.checked_sub(length).map_err(|error| error.to_string())?;
        Ok(TheirFigure {
            app_key: Some(incident.app_key),
            from,
            to: incident.time,
            percent: incident.sli_value,
        })
    };
    incidents.into_iter().map(figure).collect()
}

fn read_csv(text: &str) -> Result<Vec<TheirFigure>, String> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, header) = lines.next().ok_or("it is empty")?;
    let names: Vec<&str> = cells(header).collect();
    let column = |name: &str| names.iter().position(|other| other.eq_ignore_ascii_case(name));
    let needed = |name: &str| column(name).ok_or_else(|| format!("line 1: there is no column `{name}`"));
    let (from, to, rate) = (needed("from")?, needed("to")?, needed("success_rate")?);
    let app_key = column("app_key");
    let figure = |(index, line): (usize, &str)| {
        let cells: Vec<&str> = cells(line).collect();
        let cell = |column: usize| cells.get(column).copied().unwrap_or_default();
        let wrong = |column: usize| format!("line {}: `{}` is no {}", index + 1, cell(column), names[column]);
        Ok(TheirFigure {
            app_key: app_key.map(|column| cell(column).to_owned()),
            from: cell(from).parse().map_err(|_| wrong(from))?,
            to: cell(to).parse().map_err(|_| wrong(to))?,
            percent: cell(rate).trim_end_matches('%').trim_end().parse().map_err(|_| wrong(rate))?,
        })
    };
    lines.map(figure).collect()
}

fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(|cell| cell.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn a_mails_object_is_of_the_interval_before_its_time() {
        let text = r#"{"appKey": "app", "time": "2026-11-25T12:00:00Z", "metricUnit": "PERCENT",
            "measurementDurationSeconds": 86400, "sliValue": 98.5, "sloValue": 99}"#;
        let expected = TheirFigure {
            app_key: Some("app".to_owned()),
            from: at("2026-11-24T12:00:00Z"),
            to: at("2026-11-25T12:00:00Z"),
            percent: 98.5,
        };
        assert_eq!(read(text), Ok(vec![expected.clone()]));
        assert_eq!(read(&format!("[{text}, {text}]")), Ok(vec![expected.clone(), expected]));
    }

    #[test]
    fn a_csv_has_its_columns_in_any_order() {
        let text = "success_rate,\"from\",to\n99.5 %,2026-11-24T00:00:00Z,2026-11-25T00:00:00Z\n\n";
        let expected = TheirFigure {
            app_key: None,
            from: at("2026-11-24T00:00:00Z"),
            to: at("2026-11-25T00:00:00Z"),
            percent: 99.5,
        };
        assert_eq!(read(text), Ok(vec![expected]));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let row = "2026-11-24T00:00:00Z,2026-11-25T00:00:00Z";
        for (text, what) in [
            ("", "it is empty"),
            ("from,to\n", "no column `success_rate`"),
            (&format!("from,to,success_rate\n{row},many\n"), "line 2: `many` is no success_rate"),
            (&format!("from,to,success_rate\n{row},101\n"), "101 % is no success rate"),
            ("from,to,success_rate\nyesterday,now,1\n", "line 2: `yesterday` is no from"),
            ("{}", "missing field `appKey`"),
        ] {
            let problem = read(text).expect_err(text);
            assert!(problem.contains(what), "{problem}");
        }
    }
}
