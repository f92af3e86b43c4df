//! Namespace: a label with its own name, so that selectors can find it by name.

use serde_json::{Map, Value};

use super::object::{made, text};

pub(super) fn default(object: &mut Map<String, Value>) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let name = text(metadata, "name").to_owned();
    if !name.is_empty()
        && let Some(labels) = made(metadata, "labels")
    {
        labels.insert("kubernetes.io/metadata.name".into(), Value::String(name));
    }
}
