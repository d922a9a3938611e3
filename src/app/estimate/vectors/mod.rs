//! `rehearsal estimate vectors`: a file of questions with known answers, computed anew.
//!
//! Reads `id`, `family` and `inputs` of each vector and nothing else, so that what it prints can be held
//! against any other implementation.

mod claims;
mod correlation;
mod input;
mod outlook;
mod stopping;

use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::exit::{Abort, Exit};
use crate::statistics::OutOfRange;

/// The families of questions, each with its inputs. What one computes has the keys of the vector's
/// `expected`.
#[derive(Debug, Deserialize)]
#[serde(tag = "family", content = "inputs", rename_all = "snake_case")]
enum Question {
    #[serde(rename = "any_failure_in_28d")]
    AnyFailureIn28Days(outlook::AnyFailure),
    #[serde(rename = "ar1_n_eff")]
    ChainNEff(correlation::ChainNEff),
    AttributePlan(claims::Plan),
    BetabinomClusterZeroFailure(correlation::ClustersAllGood),
    #[serde(rename = "betabinom_clusters_for_95")]
    BetabinomClustersFor95(correlation::ClustersToShow),
    BetabinomPredictive(outlook::Predictive),
    BetabinomPredictivePoisson(outlook::PredictivePoisson),
    #[serde(rename = "breach_28d")]
    Breach28Days(outlook::Breach),
    BurnRate(outlook::BurnRate),
    BurnRateOfThreshold(outlook::BurnRateOfThreshold),
    ClopperPearson(claims::ClopperPearson),
    ConfidenceSequenceQ(stopping::ConfidenceSequence),
    CurtailedPlan(stopping::Curtailed),
    DesignEffect(correlation::DesignEffect),
    EProcessUniform(stopping::EValue),
    EProcessZeroFailureN(stopping::EProcessZeroFailure),
    #[serde(rename = "early_warning_24h")]
    EarlyWarning24Hours(outlook::EarlyWarning),
    GroupSequential(stopping::GroupSequential),
    Jeffreys(claims::Jeffreys),
    MarkovZeroFailure(correlation::ChainAllGood),
    RetryAmplification(outlook::Retries),
    RetryIid(outlook::IndependentRetries),
    SprtBoundary(stopping::SprtBoundary),
    SprtDecisionPoints(stopping::SprtDecisionPoints),
    SprtExactOc(stopping::SprtExact),
    Stratified(claims::Mix),
    Wilson(claims::Wilson),
    ZeroFailureByMethod(claims::ZeroFailure),
}

/// Computes a file of vectors, `-` for standard input.
///
/// One that can't be computed has an `error` instead of `computed`; then the exit code is that of a file
/// that is not what it should be.
///
/// # Errors
/// When the file can't be read, or is no object with an array `vectors`.
pub(super) fn run(file: &Path, as_json: bool) -> Result<Exit, Abort> {
    let text = read(file)?;
    let document: Value = serde_json::from_str(&text)
        .map_err(|error| Abort::data(format!("{}: not JSON: {error}", file.display())))?;
    let vectors = document.get("vectors").and_then(Value::as_array).ok_or_else(|| {
        Abort::data(format!("{}: no array \"vectors\" in it", file.display()))
            .remedy("A file of vectors is {\"vectors\": [{\"id\": …, \"family\": …, \"inputs\": {…}}, …]}.")
    })?;
    let computed: Vec<_> = vectors.iter().map(computed).collect();
    let failed = computed.iter().filter(|entry| entry.get("error").is_some()).count();
    let text = if as_json { pretty(&computed) } else { lines(&computed) };
    super::print(&text)?;
    Ok(if failed == 0 { Exit::Ok } else { Exit::Data })
}

fn read(file: &Path) -> Result<String, Abort> {
    let unreadable = |error| Abort::data(format!("{}: {error}", file.display()));
    if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        Ok(text)
    } else {
        std::fs::read_to_string(file).map_err(unreadable)
    }
}

/// The vector's `id` with what it computes to, or with what is wrong with it.
fn computed(vector: &Value) -> Value {
    let id = vector.get("id").cloned().unwrap_or_default();
    match answer(vector) {
        Ok(computed) => json!({ "id": id, "computed": computed }),
        Err(error) => json!({ "id": id, "error": error }),
    }
}

fn answer(vector: &Value) -> Result<Value, String> {
    let part = |key: &str| vector.get(key).cloned().ok_or_else(|| format!("no \"{key}\""));
    if !vector.get("id").is_some_and(Value::is_string) {
        return Err("no \"id\" that is a string".to_owned());
    }
    let question = json!({ "family": part("family")?, "inputs": part("inputs")? });
    let question = serde_path_to_error::deserialize(question).map_err(|error| {
        // The path starts with our own wrapping of it.
        let path = error.path().to_string();
        match path.strip_prefix("inputs.") {
            Some(input) => format!("{input}: {}", error.inner()),
            None => error.into_inner().to_string().replacen("unknown variant", "unknown family", 1),
        }
    })?;
    compute(question).map_err(|error| error.to_string())
}

fn compute(question: Question) -> Result<Value, OutOfRange> {
    match question {
        Question::AnyFailureIn28Days(inputs) => inputs.compute(),
        Question::ChainNEff(inputs) => inputs.compute(),
        Question::AttributePlan(inputs) => inputs.compute(),
        Question::BetabinomClusterZeroFailure(inputs) => inputs.compute(),
        Question::BetabinomClustersFor95(inputs) => inputs.compute(),
        Question::BetabinomPredictive(inputs) => inputs.compute(),
        Question::BetabinomPredictivePoisson(inputs) => inputs.compute(),
        Question::Breach28Days(inputs) => inputs.compute(),
        Question::BurnRate(inputs) => inputs.compute(),
        Question::BurnRateOfThreshold(inputs) => inputs.compute(),
        Question::ClopperPearson(inputs) => inputs.compute(),
        Question::ConfidenceSequenceQ(inputs) => inputs.compute(),
        Question::CurtailedPlan(inputs) => inputs.compute(),
        Question::DesignEffect(inputs) => inputs.compute(),
        Question::EProcessUniform(inputs) => inputs.compute(),
        Question::EProcessZeroFailureN(inputs) => inputs.compute(),
        Question::EarlyWarning24Hours(inputs) => inputs.compute(),
        Question::GroupSequential(inputs) => inputs.compute(),
        Question::Jeffreys(inputs) => inputs.compute(),
        Question::MarkovZeroFailure(inputs) => inputs.compute(),
        Question::RetryAmplification(inputs) => inputs.compute(),
        Question::RetryIid(inputs) => inputs.compute(),
        Question::SprtBoundary(inputs) => inputs.compute(),
        Question::SprtDecisionPoints(inputs) => inputs.compute(),
        Question::SprtExactOc(inputs) => inputs.compute(),
        Question::Stratified(inputs) => inputs.compute(),
        Question::Wilson(inputs) => inputs.compute(),
        Question::ZeroFailureByMethod(inputs) => inputs.compute(),
    }
}

fn pretty(computed: &[Value]) -> String {
    let array = Value::from(computed);
    format!("{array:#}\n")
}

/// One line for each: the id, and what came out.
fn lines(computed: &[Value]) -> String {
    let line = |entry: &Value| {
        let id = entry["id"].as_str().unwrap_or("(no id)");
        match entry.get("error") {
            Some(error) => format!("{id}  error: {}\n", error.as_str().unwrap_or_default()),
            None => format!("{id}  {}\n", entry["computed"]),
        }
    };
    computed.iter().map(line).collect()
}
