//! What can be understood of a document that is not wholly right, so that its meaning is checked along
//! with its form and a person hears of all mistakes at once.
//!
//! In the values here, null stands for what could not be read.

use serde_json::{Map, Value};

/// Mends the fields of a document, or gives it up when its steps can't be read at all.
///
/// The steps end before the first that can't be understood, because what follows depends on it; the case
/// is then open too.
pub(super) fn mend(document: Value) -> Option<Value> {
    let Value::Object(mut fields) = document else { return None };
    let Some(Value::Array(steps)) = fields.remove("steps") else { return None };
    let count = steps.len();
    let steps: Vec<_> = steps.into_iter().map_while(understood).collect();
    if steps.len() < count {
        fields.insert("case".to_owned(), Value::Null);
    }
    let Value::Object(mut fields) = understood(Value::Object(fields))? else { return None };
    fields.insert("steps".to_owned(), steps.into());
    Some(Value::Object(fields))
}

/// The value without its gaps; nothing when one of them hides what it means.
fn understood(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(elements) => {
            elements.into_iter().map(understood).collect::<Option<_>>().map(Value::Array)
        }
        Value::Object(fields) => {
            let mut mended = Map::new();
            for (name, value) in fields {
                match (understood(value), stand_in(&name)) {
                    (Some(value), _) | (None, StandIn::Value(value)) => _ = mended.insert(name, value),
                    (None, StandIn::Default) => {}
                    (None, StandIn::None) => return None,
                }
            }
            Some(Value::Object(mended))
        }
        scalar => Some(scalar),
    }
}

/// What takes the place of a field that can't be read.
enum StandIn {
    /// A value that raises no further problem.
    Value(Value),
    /// The field's default.
    Default,
    /// Nothing does.
    None,
}

fn stand_in(field: &str) -> StandIn {
    match field {
        "version" => StandIn::Value(1.into()),
        "name" | "title" => StandIn::Value("".into()),
        "actor" => StandIn::Value("customer".into()),
        "case" => StandIn::Value("other".into()),
        "order" => StandIn::Value("any".into()),
        "path" => StandIn::Value("/".into()),
        "$schema" | "description" | "product" | "variants" | "pace" | "delay_ms" | "method" | "counted" => {
            StandIn::Default
        }
        _ => StandIn::None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn gaps_that_hide_nothing_are_closed() {
        let mended = mend(json!({
            "name": null, "case": "site-rename", "order": null,
            "steps": [{ "name": "a", "delay_ms": null, "callbacks": [{ "event": "request", "path": null }] }],
        }));
        let expected = json!({
            "name": "", "case": "site-rename", "order": "any",
            "steps": [{ "name": "a", "callbacks": [{ "event": "request", "path": "/" }] }],
        });
        assert_eq!(mended, Some(expected));
    }

    #[test]
    fn what_follows_a_step_that_is_not_understood_is_left_alone() {
        for hole in [json!({ "changes": [null] }), json!({ "callbacks": [{ "event": null }] }), Value::Null] {
            let steps = json!([{ "changes": ["new-tenant"] }, hole, { "changes": [] }]);
            let mended = mend(json!({ "case": "site-rename", "steps": steps }));
            let expected = json!({ "case": "other", "steps": [{ "changes": ["new-tenant"] }] });
            assert_eq!(mended, Some(expected));
        }
        assert_eq!(mend(json!({ "steps": null })), None);
        assert_eq!(mend(Value::Null), None);
    }
}
