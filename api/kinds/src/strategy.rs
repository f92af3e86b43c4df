//! What most kinds do before a write (`pkg/registry/*/*/strategy.go`).

use serde_json::{Value, json};

/// Users do not set the status of a new object.
pub(crate) fn clear_status(new: &mut Value) {
    if let Some(object) = new.as_object_mut() {
        object.remove("status");
    }
}

/// An update of the object itself does not change its status.
pub(crate) fn keep_status(new: &mut Value, old: &Value) {
    keep(new, old, "status");
}

/// Keeps a field as it was.
pub(crate) fn keep(new: &mut Value, old: &Value, field: &str) {
    let Some(object) = new.as_object_mut() else { return };
    match &old[field] {
        Value::Null => {
            object.remove(field);
        }
        value => {
            object.insert(field.to_owned(), value.clone());
        }
    }
}

/// Gives a new object the phase with which its kind begins.
pub(crate) fn begin_with_phase(new: &mut Value, phase: &str) {
    new["status"] = json!({ "phase": phase });
}
