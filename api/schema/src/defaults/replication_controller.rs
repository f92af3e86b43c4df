//! ReplicationController: without a selector it owns what its template makes.

use serde_json::{Map, Value};

use super::batch::adopt_template_labels;
use super::object::{entries, made};

pub(super) fn default(object: &mut Map<String, Value>) {
    let labels = object.get("spec").and_then(|spec| spec.pointer("/template/metadata")?.as_object());
    let Some(labels) = labels.and_then(|metadata| entries(metadata, "labels")).cloned() else { return };
    if let Some(spec) = made(object, "spec")
        && entries(spec, "selector").is_none()
    {
        spec.insert("selector".into(), Value::Object(labels));
    }
    adopt_template_labels(object);
}
