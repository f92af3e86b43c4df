//! The row of ConfigMap.

use crate::{
    Column, FieldError, Kind, columns,
    validation::{At, Errors, cursor::same, names},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["cm"],
    columns: &[
        Column::string("Data", "How many entries it has.", |object, _| {
            (columns::count(&object["data"]) + columns::count(&object["binaryData"])).into()
        }),
        columns::AGE,
    ],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("", "v1", "ConfigMap", "configmaps", "configmap", true)
};

/// Most bytes of all entries of a ConfigMap or a Secret.
pub(super) const MOST_BYTES: usize = 1024 * 1024;

fn validate(map: &At<'_>, errors: &mut Errors) {
    let (data, binary) = (map.get("data"), map.get("binaryData"));
    let mut size = 0;
    for (key, value) in data.entries().chain(binary.entries()) {
        for message in names::config_key(key) {
            errors.invalid_value(&value.path, key, &message);
        }
    }
    for (key, value) in data.entries() {
        if binary.key(key).is_set() {
            errors.invalid_value(&value.path, key, "duplicate of key present in binaryData");
        }
        size += value.text().len();
    }
    size += binary.entries().map(|(_, value)| decoded_len(value.text())).sum::<usize>();
    if size > MOST_BYTES {
        errors.0.push(FieldError::too_long("[]", MOST_BYTES));
    }
}

/// Bytes that a base64 text stands for.
pub(crate) fn decoded_len(text: &str) -> usize {
    text.trim_end_matches('=').len() * 3 / 4
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    keep_immutable(new, old, &["data", "binaryData"], errors);
}

/// Once immutable, always immutable.
pub(super) fn keep_immutable(new: &At<'_>, old: &At<'_>, fields: &[&str], errors: &mut Errors) {
    const DETAIL: &str = "field is immutable when `immutable` is set";
    if !old.get("immutable").is_true() {
        return;
    }
    if !new.get("immutable").is_true() {
        errors.forbidden(&new.get("immutable"), DETAIL);
    }
    for field in fields {
        if !same(new.get(field).value, old.get(field).value) {
            errors.forbidden(&new.get(field), DETAIL);
        }
    }
}
