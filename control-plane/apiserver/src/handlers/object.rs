//! The object in a request's body.

use http::HeaderMap;
use reks_kinds::Kind;
use reks_schema::Table;
use serde_json::Value;

use super::Call;
use crate::codec;
use crate::negotiate::Format;
use crate::server::Context;
use crate::status::{Result, Status};

/// Decodes a body that must be an object of the call's kind.
pub fn of_body(call: &Call<'_>) -> Result<Value> {
    let (context, kind) = (call.context, call.resource.kind);
    let object = decode(&context.headers, &context.body, (kind.group, kind.version, kind.kind))?;
    let twice = match codec::format_of(&context.headers)? {
        Format::Json => reks_schema::parse(&context.body).map(|parsed| parsed.duplicates).unwrap_or_default(),
        Format::Yaml | Format::Protobuf => Vec::new(),
    };
    check_fields(context, kind, &object, &twice)?;
    finish(kind, object)
}

/// Decodes a body that must be of a group, version and kind. A body that says neither is taken for it.
pub fn decode(headers: &HeaderMap, body: &[u8], expected: (&str, &str, &str)) -> Result<Value> {
    if body.is_empty() {
        return Err(Status::bad_request("the request has no body: send the object"));
    }
    let mut object = codec::decode(codec::format_of(headers)?, body)?;
    let (group, version, kind) = expected;
    let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let Some(map) = object.as_object_mut() else {
        return Err(Status::bad_request(format!("the body is not an object of kind {kind}")));
    };
    let text = |field: &str| map.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (stated_version, stated_kind) = (text("apiVersion"), text("kind"));
    if !stated_kind.is_empty() && stated_kind != kind || !stated_version.is_empty() && stated_version != api_version {
        return Err(Status::bad_request(format!(
            "{stated_kind} in version \"{stated_version}\" cannot be handled as a {kind}: the object provided is \
             unrecognized (must be of type {kind})"
        )));
    }
    map.insert("apiVersion".to_owned(), api_version.into());
    map.insert("kind".to_owned(), kind.into());
    Ok(object)
}

/// What holds for every new state of an object however it came: only fields that the kind has, in the form that Kubernetes
/// keeps, with its defaults.
pub fn finish(kind: &Kind, mut object: Value) -> Result<Value> {
    let table = Table::builtin();
    let Some(ty) = table.kind(kind.group, kind.version, kind.kind) else {
        remove_nulls(&mut object, 0)?;
        return Ok(object);
    };
    reks_schema::canonicalise(table, ty, &mut object).map_err(|error| {
        let (kind, version) = (kind.kind, kind.version);
        Status::bad_request(format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {error}"))
    })?;
    reks_schema::apply_defaults(kind.group, kind.version, kind.kind, &mut object)
        .map_err(|error| Status::bad_request(error.to_string()))?;
    Ok(object)
}

/// Refuses fields that the kind does not have, or warns of them, as the request's `fieldValidation` wants it.
pub fn check_fields(context: &Context, kind: &Kind, object: &Value, twice: &[String]) -> Result<()> {
    let mode = context.info.param("fieldValidation").unwrap_or("Warn");
    let table = Table::builtin();
    let Some(ty) = table.kind(kind.group, kind.version, kind.kind).filter(|_| mode != "Ignore") else { return Ok(()) };
    let unknown = reks_schema::unknown_fields(table, ty, object);
    let told: Vec<String> = twice
        .iter()
        .map(|path| format!("duplicate field \"{path}\""))
        .chain(unknown.iter().map(|path| format!("unknown field \"{path}\"")))
        .collect();
    match mode {
        _ if told.is_empty() => Ok(()),
        "Strict" => {
            let (kind, version, told) = (kind.kind, kind.version, told.join(", "));
            Err(Status::bad_request(format!(
                "{kind} in version \"{version}\" cannot be handled as a {kind}: strict decoding error: {told}"
            )))
        }
        "Warn" => {
            told.into_iter().for_each(|message| context.warn(message));
            Ok(())
        }
        other => Err(Status::bad_request(format!("fieldValidation is Ignore, Warn or Strict, and not {other}"))),
    }
}

/// The deepest nesting that is taken.
const DEPTH: usize = 100;

/// A null field is one that is not there.
fn remove_nulls(value: &mut Value, depth: usize) -> Result<()> {
    if depth > DEPTH {
        return Err(Status::bad_request(format!("the object is nested deeper than {DEPTH}")));
    }
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().try_for_each(|value| remove_nulls(value, depth + 1))
        }
        Value::Array(items) => items.iter_mut().try_for_each(|value| remove_nulls(value, depth + 1)),
        _ => Ok(()),
    }
}
