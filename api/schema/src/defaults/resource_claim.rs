//! Requests for devices: exactly one, unless something else is said.

use serde_json::{Map, Value};

use super::object::{set_zero, text};

pub(super) fn default(object: &mut Map<String, Value>) {
    set_zero(object, "allocationMode", "ExactCount");
    if text(object, "allocationMode") == "ExactCount" {
        set_zero(object, "count", 1);
    }
}

/// Of `v1beta1`, where a request without a class has alternatives instead.
pub(super) fn default_v1beta1(object: &mut Map<String, Value>) {
    if !text(object, "deviceClassName").is_empty() {
        default(object);
    }
}
