//! Volumes: an empty directory where no source is named.

use serde_json::{Map, Value, json};

use super::image::pull_policy;
use super::object::{set_zero, text};

pub(super) fn default(object: &mut Map<String, Value>) {
    let has_source = object.iter().any(|(name, value)| name != "name" && !value.is_null());
    if !has_source {
        object.insert("emptyDir".into(), json!({}));
    }
    if let Some(image) = object.get_mut("image").and_then(Value::as_object_mut) {
        let policy = pull_policy(text(image, "reference"));
        set_zero(image, "pullPolicy", policy);
    }
}
