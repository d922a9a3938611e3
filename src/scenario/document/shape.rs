//! Whether a JSON value has the shape that the schema of scenario files lays down.
//!
//! serde stops at the first thing it can't read; a person wants to hear of all of them. So the value is
//! held against the generated schema, which names every field, type and value, and serde reads only what
//! has passed.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{NAME_PATTERN, is_name};
use crate::nearest::nearest;
use crate::scenario::diagnostic::Findings;
use crate::scenario::source::Pointer;

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

    /// Finds everything in `value` that is not as it should be, and returns it as it was probably meant:
    /// misspelt names are put right, and what can't be read, or is missing, is null.
    pub(super) fn check(&self, value: &Value, findings: &mut Findings) -> Value {
        self.value(self.root, value, &Pointer::default(), findings)
    }

    fn value(&self, schema: &'s Value, value: &Value, at: &Pointer, findings: &mut Findings) -> Value {
        let schema = self.resolve(schema);
        if let Some(alternatives) = schema["anyOf"].as_array() {
            if let Some(alternative) = alternatives.iter().find(|schema| self.is_of_type(schema, value)) {
                return self.value(alternative, value, at, findings);
            }
        } else if self.is_of_type(schema, value) {
            return match value {
                Value::Object(fields) => self.fields(schema, fields, at, findings),
                Value::Array(elements) => self.elements(schema, elements, at, findings),
                Value::String(text) => check_text(schema, text, at, findings),
                Value::Number(number) => check_range(schema, number.as_u64(), at, findings),
                Value::Bool(_) | Value::Null => value.clone(),
            };
        }
        let message =
            format!("{} should be of type {}, not {}", subject(at), self.type_of(schema), type_name(value));
        findings.at(at, message, None);
        Value::Null
    }

    fn fields(
        &self,
        schema: &'s Value,
        fields: &Map<String, Value>,
        at: &Pointer,
        findings: &mut Findings,
    ) -> Value {
        let Some(known) = schema["properties"].as_object() else { return Value::Null };
        let mut read = Map::new();
        for (name, value) in fields {
            let field = at.child(name);
            if let Some(schema) = known.get(name) {
                read.insert(name.clone(), self.value(schema, value, &field, findings));
                continue;
            }
            let names: Vec<_> = known.keys().map(String::as_str).collect();
            findings.at_key(&field, format!("unknown field `{name}`"), Some(guess(name, &names)));
            if let Some(meant) = nearest(name, names).filter(|meant| !fields.contains_key(*meant)) {
                read.insert(meant.to_owned(), self.value(&known[meant], value, &field, findings));
            }
        }
        for name in texts(&schema["required"]) {
            if !read.contains_key(name) {
                let meaning = known.get(name).and_then(|schema| schema["description"].as_str());
                findings.at(at, format!("missing field `{name}`"), meaning.map(str::to_owned));
                read.insert(name.to_owned(), Value::Null);
            }
        }
        Value::Object(read)
    }

    fn elements(
        &self,
        schema: &'s Value,
        elements: &[Value],
        at: &Pointer,
        findings: &mut Findings,
    ) -> Value {
        if elements.is_empty() && schema["minItems"].is_u64() {
            findings.at(at, format!("{} is empty", subject(at)), None);
            return Value::Null;
        }
        let mut read = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let place = at.child(index);
            if schema["uniqueItems"] == true && elements[..index].contains(element) {
                findings.at(&place, format!("{} holds {element} twice", subject(at)), None);
            }
            read.push(self.value(&schema["items"], element, &place, findings));
        }
        Value::Array(read)
    }

    fn is_of_type(&self, schema: &'s Value, value: &Value) -> bool {
        match &*self.type_of(schema) {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "boolean" => value.is_boolean(),
            _ => false,
        }
    }

    /// The JSON type of what matches `schema`; of alternatives, all of theirs. Names are strings.
    fn type_of(&self, schema: &'s Value) -> Cow<'s, str> {
        let schema = self.resolve(schema);
        match (schema["type"].as_str(), schema["anyOf"].as_array()) {
            (Some(name), _) => name.into(),
            (None, Some(alternatives)) => {
                let types: Vec<_> = alternatives.iter().map(|schema| self.type_of(schema)).collect();
                types.join(" or ").into()
            }
            (None, None) => "string".into(),
        }
    }

    fn resolve(&self, schema: &'s Value) -> &'s Value {
        let definition = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
        definition.map_or(schema, |name| &self.root["$defs"][name])
    }
}

fn check_text(schema: &Value, text: &str, at: &Pointer, findings: &mut Findings) -> Value {
    if let Some(names) = schema["oneOf"].as_array() {
        let names: Vec<_> = names.iter().filter_map(|name| name["const"].as_str()).collect();
        if names.contains(&text) {
            return text.into();
        }
        findings.at(at, format!("unknown value `{text}` for {}", subject(at)), Some(guess(text, &names)));
        return nearest(text, names).into();
    }
    if schema["minLength"].is_u64() && text.is_empty() {
        findings.at(at, format!("{} is empty", subject(at)), None);
    }
    if schema["pattern"] == NAME_PATTERN && !is_name(text) {
        let help = "lower-case words joined by hyphens, as in `site-rename`".to_owned();
        findings.at(at, format!("`{text}` is no name"), Some(help));
    }
    text.into()
}

fn check_range(schema: &Value, number: Option<u64>, at: &Pointer, findings: &mut Findings) -> Value {
    let minimum = schema["minimum"].as_u64().unwrap_or(0);
    let maximum = schema["maximum"].as_u64().unwrap_or(u64::MAX);
    let number = number.filter(|number| (minimum..=maximum).contains(number));
    if number.is_none() {
        findings.at(at, format!("{} should be from {minimum} to {maximum}", subject(at)), None);
    }
    number.into()
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "fraction",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What a person calls the value at a pointer.
fn subject(at: &Pointer) -> String {
    match at.field() {
        None => "a scenario".to_owned(),
        Some(field) if at.is_element() => format!("an element of `{field}`"),
        Some(field) => format!("`{field}`"),
    }
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
