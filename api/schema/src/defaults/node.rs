//! Node: what it has can all be used, unless it says otherwise.

use serde_json::{Map, Value};

use super::object::is_missing;

pub(super) fn default(object: &mut Map<String, Value>) {
    if is_missing(object.get("allocatable"), true)
        && let Some(capacity) = object.get("capacity").filter(|capacity| !capacity.is_null()).cloned()
    {
        object.insert("allocatable".into(), capacity);
    }
}
