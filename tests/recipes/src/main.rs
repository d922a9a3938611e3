//! Reads the CronJob of the manual as the Kubernetes API does.

use std::error::Error;

use k8s_openapi::api::batch::v1::CronJob;
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("give the file of the manual")?;
    let manual = std::fs::read_to_string(path)?;
    let recipes: Vec<&str> = manual
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .filter(|recipe| recipe.contains("kind: CronJob"))
        .collect();
    let [recipe] = recipes.as_slice() else { return Err("the manual has not one CronJob".into()) };
    let typed: Value = serde_saphyr::from_str(recipe)?;
    let job: CronJob = serde_json::from_value(typed.clone())?;
    // Fields that the API does not know are dropped by its types: they would be missing here.
    let read_back = serde_json::to_value(&job)?;
    if typed != read_back {
        return Err(format!("the API understands it otherwise:\n{typed:#}\n{read_back:#}").into());
    }
    println!("The CronJob is one to the Kubernetes API.");
    Ok(())
}
