//! Whether a JSON value has the shape that the schema of scenario files lays down.
//!
//! serde stops at the first thing it can't read; a person wants to hear of all of them. So the value is
//! held against the generated schema first, which names every field, type and value, and serde reads
//! only what has passed.

use serde_json::{Map, Value};

use super::diagnostic::Findings;
use super::document::NAME_PATTERN;
use super::nearest::nearest;
use super::source::Pointer;

/// A schema as schemars writes it: objects that are closed, arrays, texts, integers, booleans, names to
/// choose from, alternatives of different types, and references to definitions.
pub(super) struct Shape<'s> {
    root: &'s Value,
}

impl<'s> Shape<'s> {
    /// The shape that `schema` lays down.
    pub(super) fn new(schema: &'s Value) -> Self {
        Self { root: schema }
    }

    /// Finds everything in `value` that is not as it should be.
    pub(super) fn check(&self, value: &Value, findings: &mut Findings) {
        self.value(self.root, value, &Pointer::default(), findings);
    }

    fn value(&self, schema: &'s Value, value: &Value, at: &Pointer, findings: &mut Findings) {
        let schema = self.resolve(schema);
        if let Some(alternatives) = schema["anyOf"].as_array() {
            match alternatives.iter().find(|alternative| self.is_of_type(alternative, value)) {
                Some(alternative) => self.value(alternative, value, at, findings),
                None => wrong_type(&self.type_of(schema), value, at, findings),
            }
        } else if !self.is_of_type(schema, value) {
            wrong_type(&self.type_of(schema), value, at, findings);
        } else {
            match value {
                Value::Object(fields) => self.fields(schema, fields, at, findings),
                Value::Array(elements) => self.elements(schema, elements, at, findings),
                Value::String(text) => check_text(schema, text, at, findings),
                Value::Number(number) => check_range(schema, number.as_u64(), at, findings),
                Value::Bool(_) | Value::Null => {}
            }
        }
    }

    fn fields(&self, schema: &'s Value, fields: &Map<String, Value>, at: &Pointer, findings: &mut Findings) {
        let known = schema["properties"].as_object();
        for (name, value) in fields {
            let field = at.child(name);
            match known.and_then(|known| known.get(name)) {
                Some(schema) => self.value(schema, value, &field, findings),
                None => {
                    let names: Vec<_> = known.into_iter().flat_map(Map::keys).map(String::as_str).collect();
                    findings.at_key(&field, format!("unknown field `{name}`"), Some(guess(name, &names)));
                }
            }
        }
        for name in texts(&schema["required"]).filter(|name| !fields.contains_key(*name)) {
            let meaning = known.and_then(|known| known.get(name)?["description"].as_str());
            findings.at(at, format!("missing field `{name}`"), meaning.map(str::to_owned));
        }
    }

    fn elements(&self, schema: &'s Value, elements: &[Value], at: &Pointer, findings: &mut Findings) {
        if elements.is_empty() && schema["minItems"].is_u64() {
            findings.at(at, format!("{} is empty", subject(at)), None);
        }
        let unique = schema["uniqueItems"] == true;
        for (index, element) in elements.iter().enumerate() {
            let place = at.child(index);
            if unique && elements[..index].contains(element) {
                findings.at(&place, format!("{} holds {element} twice", subject(at)), None);
            }
            self.value(&schema["items"], element, &place, findings);
        }
    }

    fn is_of_type(&self, schema: &'s Value, value: &Value) -> bool {
        match self.type_of(schema).as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "boolean" => value.is_boolean(),
            _ => false,
        }
    }

    /// The JSON type of what matches `schema`; of alternatives, all of theirs.
    fn type_of(&self, schema: &'s Value) -> String {
        let schema = self.resolve(schema);
        let types: Vec<_> =
            schema["anyOf"].as_array().into_iter().flatten().map(|schema| self.type_of(schema)).collect();
        match schema["type"].as_str() {
            Some(name) => name.to_owned(),
            None if types.is_empty() => "string".to_owned(),
            None => types.join(" or "),
        }
    }

    fn resolve(&self, schema: &'s Value) -> &'s Value {
        let definition = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
        definition.map_or(schema, |name| &self.root["$defs"][name])
    }
}

fn check_text(schema: &Value, text: &str, at: &Pointer, findings: &mut Findings) {
    let names: Vec<_> =
        schema["oneOf"].as_array().into_iter().flatten().filter_map(|name| name["const"].as_str()).collect();
    if !names.is_empty() && !names.contains(&text) {
        let message = format!("unknown value `{text}` for {}", subject(at));
        findings.at(at, message, Some(guess(text, &names)));
    }
    if schema["minLength"].is_u64() && text.is_empty() {
        findings.at(at, format!("{} is empty", subject(at)), None);
    }
    if schema["pattern"] == NAME_PATTERN && !is_name(text) {
        let message = format!("`{text}` is no name");
        findings.at(at, message, Some("lower-case words joined by hyphens, as in `site-rename`".to_owned()));
    }
}

fn check_range(schema: &Value, number: Option<u64>, at: &Pointer, findings: &mut Findings) {
    let minimum = schema["minimum"].as_u64().unwrap_or(0);
    let maximum = schema["maximum"].as_u64().unwrap_or(u64::MAX);
    if !number.is_some_and(|number| (minimum..=maximum).contains(&number)) {
        let message = format!("{} should be from {minimum} to {maximum}", subject(at));
        findings.at(at, message, None);
    }
}

/// Whether `text` matches [`NAME_PATTERN`].
fn is_name(text: &str) -> bool {
    text.split('-').all(|word| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

fn wrong_type(expected: &str, value: &Value, at: &Pointer, findings: &mut Findings) {
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "fraction",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let message = format!("{} should be of type {expected}, not {actual}", subject(at));
    findings.at(at, message, None);
}

/// What a person calls the value at a pointer.
fn subject(at: &Pointer) -> String {
    at.field().map_or_else(|| "a scenario".to_owned(), |field| format!("`{field}`"))
}

/// The nearest of some names, or all of them when none is near.
fn guess(word: &str, names: &[&str]) -> String {
    match nearest(word, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("one of {}", names.join(", ")),
    }
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
