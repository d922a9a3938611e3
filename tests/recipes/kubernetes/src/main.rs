//! Reads the Kubernetes objects of a manual into the types of Kubernetes' own API description, and back. A field that
//! is misspelt or misplaced is passed over by the first, as by a cluster, and is missing from the second.

use std::error::Error;
use std::{env, fs};

use k8s_openapi::api::batch::v1::CronJob;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: rehearsal-recipe-kubernetes MANUAL")?;
    let manual = fs::read_to_string(&path)?;
    let mut objects = 0;
    for text in blocks(&manual) {
        let given: Value = serde_saphyr::from_str(text)?;
        let (Some(version), Some(kind)) = (given["apiVersion"].as_str(), given["kind"].as_str()) else {
            continue;
        };
        let taken = match (version, kind) {
            ("batch/v1", "CronJob") => taken::<CronJob>(&given),
            _ => return Err(format!("{path} has a {kind} of {version}, which is not looked at here").into()),
        };
        let taken = taken.map_err(|error| format!("{path}: the {kind} is refused: {error}"))?;
        if let Some(place) = lost(&given, &taken, kind) {
            return Err(format!("{path}: Kubernetes knows no {place}").into());
        }
        objects += 1;
    }
    if objects == 0 {
        return Err(format!("{path} has no Kubernetes object").into());
    }
    println!("Kubernetes understands {objects} of its objects, each field of them.");
    Ok(())
}

/// The YAML blocks of a text in Markdown.
fn blocks(markdown: &str) -> impl Iterator<Item = &str> {
    markdown.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next())
}

/// What a type takes of an object.
fn taken<T: Serialize + DeserializeOwned>(given: &Value) -> serde_json::Result<Value> {
    serde_json::to_value(serde_json::from_value::<T>(given.clone())?)
}

/// The first field that was given and not taken.
fn lost(given: &Value, taken: &Value, place: &str) -> Option<String> {
    match (given, taken) {
        (Value::Object(given), Value::Object(taken)) => given.iter().find_map(|(name, value)| {
            let place = format!("{place}.{name}");
            match taken.get(name) {
                Some(taken) => lost(value, taken, &place),
                None => Some(place),
            }
        }),
        (Value::Array(given), Value::Array(taken)) if given.len() == taken.len() => {
            let mut pairs = given.iter().zip(taken).enumerate();
            pairs.find_map(|(index, (given, taken))| lost(given, taken, &format!("{place}[{index}]")))
        }
        _ => (given != taken).then(|| place.to_owned()),
    }
}
