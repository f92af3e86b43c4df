//! LimitRange: a container's default limit is the maximum, its default request the limit or the minimum.

use serde_json::{Map, Value};

use super::object::{fill, text};

pub(super) fn default(object: &mut Map<String, Value>) {
    if text(object, "type") == "Container" {
        fill(object, "max", "default");
        fill(object, "default", "defaultRequest");
        fill(object, "min", "defaultRequest");
    }
}
