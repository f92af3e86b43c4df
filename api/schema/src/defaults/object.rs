//! Small helpers that hooks share.

use serde_json::{Map, Value};

/// Whether a field counts as not set: behind a pointer when it is absent, else also when it is zero.
pub(super) fn is_missing(value: Option<&Value>, pointer: bool) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(_) if pointer => false,
        Some(Value::Bool(value)) => !value,
        Some(Value::Number(number)) => number.as_f64() == Some(0.0),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(values)) => values.is_empty(),
        Some(Value::Object(entries)) => entries.is_empty(),
    }
}

/// Sets a field that is not set, as a pointer's.
pub(super) fn set(object: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    if is_missing(object.get(name), true) {
        object.insert(name.to_owned(), value.into());
    }
}

/// Sets a field that is not set or is zero.
pub(super) fn set_zero(object: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    if is_missing(object.get(name), false) {
        object.insert(name.to_owned(), value.into());
    }
}

/// A field's text; empty if it has none.
pub(super) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A struct's field that is a struct. It is made if it is not there; none if something else is.
pub(super) fn made<'a>(object: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    let slot = object.entry(name).or_insert(Value::Null);
    if slot.is_null() {
        *slot = Value::Object(Map::new());
    }
    slot.as_object_mut()
}

/// A field's elements that are objects.
pub(super) fn elements<'a>(
    object: &'a mut Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    object.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

/// A map that is a field, if it has entries.
pub(super) fn entries<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    object.get(name)?.as_object().filter(|entries| !entries.is_empty())
}

/// Puts in the map `to` what it lacks of `from`; makes it if there is something to put in.
pub(super) fn fill(object: &mut Map<String, Value>, from: &str, to: &str) {
    let Some(given) = entries(object, from).cloned() else { return };
    let Some(filled) = made(object, to) else { return };
    for (name, value) in given {
        filled.entry(name).or_insert(value);
    }
}
