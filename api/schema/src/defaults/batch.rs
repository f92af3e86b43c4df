//! Job: one pod that must succeed once, unless something else is said.

use serde_json::{Map, Value};

use super::object::{entries, is_missing, made, set};

pub(super) fn default(object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else { return };
    if is_missing(spec.get("completions"), true) && is_missing(spec.get("parallelism"), true) {
        spec.insert("completions".into(), Value::from(1));
    }
    set(spec, "parallelism", 1);
    let per_index = !is_missing(spec.get("backoffLimitPerIndex"), true);
    set(spec, "backoffLimit", if per_index { i32::MAX } else { 6 });
    set(spec, "completionMode", "NonIndexed");
    set(spec, "suspend", false);
    let has_failure_policy = !is_missing(spec.get("podFailurePolicy"), true);
    set(spec, "podReplacementPolicy", if has_failure_policy { "Failed" } else { "TerminatingOrFailed" });
    set(spec, "manualSelector", false);
    adopt_template_labels(object);
}

/// An object without labels takes those of its pod template.
pub(super) fn adopt_template_labels(object: &mut Map<String, Value>) {
    let labels = object.get("spec").and_then(|spec| spec.pointer("/template/metadata")?.as_object());
    let Some(labels) = labels.and_then(|metadata| entries(metadata, "labels")).cloned() else { return };
    if let Some(metadata) = made(object, "metadata")
        && entries(metadata, "labels").is_none()
    {
        metadata.insert("labels".into(), Value::Object(labels));
    }
}
