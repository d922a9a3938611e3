//! Vectors about what was seen: intervals, plans, mixes.

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{Whole, counts};
use crate::statistics::interval::{Interval, Method, Side};
use crate::statistics::sample_size::{AttributePlan, rule_of_three};
use crate::statistics::stratified::{Stratified, Stratum};
use crate::statistics::{Confidence, OutOfRange, Probability};

/// The inputs of an interval.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    good: Whole,
    n: Whole,
    conf: Confidence,
    side: Side,
}

impl Bounds {
    /// The bounds that are asked for, and no others.
    fn by(&self, method: Method) -> Result<Value, OutOfRange> {
        let Interval { low, high } = Interval::of(method, counts(self.good, self.n)?, self.conf, self.side);
        Ok(match self.side {
            Side::Two => json!({ "lo": low, "hi": high }),
            Side::Lower => json!({ "lo": low }),
            Side::Upper => json!({ "hi": high }),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct ClopperPearson(Bounds);

impl ClopperPearson {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        self.0.by(Method::ClopperPearson)
    }
}

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Jeffreys(Bounds);

impl Jeffreys {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        self.0.by(Method::Jeffreys)
    }
}

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Wilson(Bounds);

impl Wilson {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        self.0.by(Method::Wilson)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    slo: Probability,
    conf: Confidence,
    allowed_failures: Whole,
}

impl Plan {
    /// The rule of three is about 95 % and no failure; elsewhere it is null.
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let plan =
            AttributePlan::smallest(Method::ClopperPearson, self.slo, self.conf, self.allowed_failures.0)?;
        let applies = self.allowed_failures.0 == 0 && (self.conf.alpha() - 0.05).abs() < 1e-12;
        let rule_of_three_n = if applies { rule_of_three(self.slo) } else { None };
        Ok(json!({ "n": plan.probes, "rule_of_three_n": rule_of_three_n }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ZeroFailure {
    method: Method,
    slo: Probability,
    conf: Confidence,
}

impl ZeroFailure {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let plan = AttributePlan::smallest(self.method, self.slo, self.conf, 0)?;
        Ok(json!({ "n": plan.probes, "exact_type1": plan.probability_to_ship(self.slo) }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mix {
    strata: Vec<NamedStratum>,
    conf: Confidence,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedStratum {
    #[serde(rename = "event", default)]
    _event: Option<String>,
    weight: f64,
    good: Whole,
    n: Whole,
}

impl Mix {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let stratum = |named: &NamedStratum| Stratum::new(named.weight, counts(named.good, named.n)?);
        let strata = self.strata.iter().map(stratum).collect::<Result<Vec<_>, _>>()?;
        Stratified::of(&strata, self.conf).map(|figure| json!(figure))
    }
}
