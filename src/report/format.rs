//! The formats that a report can be written in.

use std::fmt;
use std::str::FromStr;

use super::measures::of_run;
use super::model::Comparison;
use super::{Report, csv, github, hdr, html, json, junit, markdown, nagios, prometheus, sarif};
use crate::exit::Abort;
use crate::nearest::nearest;

/// A format that a report can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The report itself, for programs and for being read back.
    Json,
    /// One self-contained page for people.
    Html,
    /// Test cases for a CI system.
    Junit,
    /// A pull-request comment or step summary.
    Markdown,
    /// Annotations of a GitHub workflow.
    Github,
    /// Prometheus' text format, for its node exporter or a push gateway.
    Prometheus,
    /// The output of a Nagios plug-in.
    Nagios,
    /// HdrHistogram's percentile distribution.
    Hgrm,
    /// HdrHistogram's log.
    Hlog,
    /// One row for each callback of a scenario, for spreadsheets.
    Csv,
    /// Failed checks as findings of a static analysis.
    Sarif,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 11] = [
        Self::Json,
        Self::Html,
        Self::Junit,
        Self::Markdown,
        Self::Github,
        Self::Prometheus,
        Self::Nagios,
        Self::Hgrm,
        Self::Hlog,
        Self::Csv,
        Self::Sarif,
    ];

    /// The name it is chosen by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Github => "github",
            Self::Prometheus => "prometheus",
            Self::Nagios => "nagios",
            Self::Hgrm => "hgrm",
            Self::Hlog => "hlog",
            Self::Csv => "csv",
            Self::Sarif => "sarif",
        }
    }

    /// Renders a report. The same report gives the same text, always.
    ///
    /// # Errors
    /// When the report does not hold what the format shows: histograms, for `hgrm` and `hlog`.
    pub fn render(self, report: &Report) -> Result<String, Abort> {
        Ok(match self {
            Self::Json => json::render(report),
            Self::Html => html::render(report),
            Self::Junit => junit::render(report),
            Self::Markdown => markdown::render(report, None),
            Self::Github => github::render(report),
            Self::Prometheus => prometheus::text(&of_run(report)),
            Self::Nagios => nagios::render(report),
            Self::Hgrm => hdr::distribution(report)?,
            Self::Hlog => hdr::log(report)?,
            Self::Csv => csv::render(report),
            Self::Sarif => sarif::render(report),
        })
    }
}

impl Format {
    /// Renders a comparison.
    ///
    /// # Errors
    /// When the format is none of comparisons.
    pub fn render_comparison(self, comparison: &Comparison) -> Result<String, Abort> {
        match self {
            Self::Json => Ok(json::render_comparison(comparison)),
            Self::Html => Ok(html::render_comparison(comparison)),
            Self::Markdown => Ok(markdown::render_comparison(comparison)),
            Self::Junit
            | Self::Github
            | Self::Prometheus
            | Self::Nagios
            | Self::Hgrm
            | Self::Hlog
            | Self::Csv
            | Self::Sarif => Err(Abort::usage(format!("--report: a comparison can't be written as {self}"))
                .remedy("There are json, html and markdown.")),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Abort;

    fn from_str(name: &str) -> Result<Self, Abort> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            let guess =
                nearest(name, names).map_or_else(String::new, |known| format!("did you mean `{known}`? "));
            Abort::usage(format!("--report: `{name}` is no format of reports"))
                .remedy(format!("{guess}There are {}.", names.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_read_back_and_typing_mistakes_are_told() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        let abort = "jsn".parse::<Format>().expect_err("no format");
        assert!(abort.to_string().contains("did you mean `json`?"), "{abort}");
        let abort = "yaml".parse::<Format>().expect_err("no format");
        assert!(!abort.to_string().contains("did you mean"), "{abort}");
    }
}
