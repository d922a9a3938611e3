//! Recorded requests: a HAR file or one entry of it, a dump of a raw request, or JSON with `headers` and
//! `body`. What is recorded holds secrets, so nothing here can be printed.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// One recorded request that has a JSON object for a body.
pub(super) struct Recording {
    /// Path and query, or the whole URL, as recorded; empty when it was not.
    pub(super) target: String,
    /// The `Authorization` header.
    authorization: Option<String>,
    /// The payload.
    pub(super) payload: Map<String, Value>,
}

impl Recording {
    /// Reads every request with a JSON object for a body out of `text`, in the order of the recording.
    /// Errors name no content.
    ///
    /// # Errors
    /// When the text is in none of the forms.
    pub(super) fn read_all(text: &str) -> Result<Vec<Self>, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
        if !text.starts_with(['{', '[']) {
            return Self::of_raw_request(text).map(|recording| vec![recording]);
        }
        let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        let recordings = match &value["log"]["entries"] {
            Value::Array(entries) => entries.iter().filter_map(Self::of_json).collect(),
            _ => match &value {
                Value::Array(entries) => entries.iter().filter_map(Self::of_json).collect(),
                entry => Self::of_json(entry).into_iter().collect(),
            },
        };
        Ok(recordings)
    }

    /// A HAR entry, its `request` alone, an object with `headers` and `body`, or a bare payload.
    fn of_json(value: &Value) -> Option<Self> {
        let request = value.get("request").unwrap_or(value);
        let target = ["url", "path"].iter().find_map(|field| request[field].as_str());
        let payload = if request.get("postData").is_some() {
            object(&body_of_har(&request["postData"])?)?
        } else {
            match request.get("body") {
                Some(Value::String(text)) => object(text)?,
                Some(body) => body.as_object()?.clone(),
                None => request.as_object().filter(|payload| payload.contains_key("clientKey"))?.clone(),
            }
        };
        Some(Self {
            target: target.unwrap_or_default().to_owned(),
            authorization: header(&request["headers"], "authorization"),
            payload,
        })
    }

    fn of_raw_request(text: &str) -> Result<Self, String> {
        let (head, body) = text
            .split_once("\r\n\r\n")
            .or_else(|| text.split_once("\n\n"))
            .ok_or("neither JSON nor a raw request: no empty line ends the headers")?;
        let mut lines = head.lines();
        let request_line: Vec<_> = lines.next().unwrap_or_default().split_whitespace().collect();
        let [_, target, version] = request_line.as_slice() else {
            return Err("neither JSON nor a raw request: the first line is no request line".to_owned());
        };
        if !version.starts_with("HTTP/") {
            return Err("the first line names no version of HTTP".to_owned());
        }
        let authorization = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("authorization"))
            .map(|(_, value)| value.trim().to_owned());
        // Between the braces, because a dump may hold the chunk sizes around the body.
        let payload = body.find('{').zip(body.rfind('}')).and_then(|(from, to)| object(body.get(from..=to)?));
        let payload = payload.ok_or("the body is no JSON object")?;
        Ok(Self { target: (*target).to_owned(), authorization, payload })
    }

    /// The claims of the token, if one was recorded and can be read. The signature is of no interest.
    pub(super) fn claims(&self) -> Option<Map<String, Value>> {
        let claims = self.authorization.as_deref()?.rsplit(' ').next()?.split('.').nth(1)?;
        object(&String::from_utf8(URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?)
    }

    /// A field of the payload, if it is a text.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.payload.get(field)?.as_str()
    }
}

fn body_of_har(post_data: &Value) -> Option<String> {
    let text = post_data["text"].as_str()?;
    match post_data["encoding"].as_str() {
        Some("base64") => String::from_utf8(STANDARD.decode(text).ok()?).ok(),
        _ => Some(text.to_owned()),
    }
}

/// Headers as an object, or as HAR has them: a list of names and values.
fn header(headers: &Value, name: &str) -> Option<String> {
    let value = match headers {
        Value::Object(fields) => fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name))?.1,
        Value::Array(fields) => fields
            .iter()
            .find(|field| field["name"].as_str().is_some_and(|field| field.eq_ignore_ascii_case(name)))
            .map(|field| &field["value"])?,
        _ => return None,
    };
    value.as_str().map(str::to_owned)
}

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}
