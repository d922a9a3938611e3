//! JSON laid out for people: what is small stays on one line.

use serde_json::Value;

/// The longest line on which a list or an object is kept whole.
const WIDTH: usize = 100;

/// Lays out a value, with a newline at the end.
pub(super) fn pretty(value: &Value) -> String {
    let mut text = String::new();
    lay_out(value, 0, 0, &mut text);
    text + "\n"
}

/// Writes `value`, which begins at `column` of a line that is indented by `indent`.
fn lay_out(value: &Value, indent: usize, column: usize, text: &mut String) {
    let line = on_one_line(value);
    if is_small(value) && column + line.chars().count() < WIDTH {
        *text += &line;
        return;
    }
    let members: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (label(name), value)).collect(),
        Value::Array(elements) => elements.iter().map(|element| (String::new(), element)).collect(),
        scalar => return *text += &scalar.to_string(),
    };
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    let inner = indent + 2;
    for (index, (label, value)) in members.into_iter().enumerate() {
        text.push(if index == 0 { open } else { ',' });
        *text += &format!("\n{:inner$}{label}", "");
        lay_out(value, inner, inner + label.chars().count(), text);
    }
    *text += &format!("\n{:indent$}{close}", "");
}

/// Whether a value may stand on one line: an object of scalars, or a list of such and of scalars.
fn is_small(value: &Value) -> bool {
    let is_scalar = |value: &Value| !value.is_array() && !value.is_object();
    let is_record = |value: &Value| value.as_object().is_some_and(|fields| fields.values().all(is_scalar));
    match value {
        Value::Array(elements) => elements.iter().all(|element| is_scalar(element) || is_record(element)),
        other => is_scalar(other) || is_record(other),
    }
}

fn on_one_line(value: &Value) -> String {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let fields: Vec<_> =
                fields.iter().map(|(name, value)| label(name) + &on_one_line(value)).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(on_one_line).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

fn label(name: &str) -> String {
    format!("{}: ", Value::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_stay_on_a_line_and_others_are_broken_up() {
        let text = "{\n  \"name\": \"a\",\n  \"steps\": [\n    {\n      \"changes\": [\"x\", \"y\"],\n      \
                    \"callbacks\": [{ \"event\": \"installed\" }, {}]\n    }\n  ]\n}\n";
        let value: Value = serde_json::from_str(text).expect("valid JSON");
        assert_eq!(pretty(&value), text);
    }

    #[test]
    fn a_list_that_is_too_long_for_a_line_is_broken_up() {
        let value = Value::from(vec!["x".repeat(60), "y".repeat(60)]);
        assert_eq!(pretty(&value), format!("[\n  \"{}\",\n  \"{}\"\n]\n", "x".repeat(60), "y".repeat(60)));
    }
}
