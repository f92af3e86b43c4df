//! StatefulSet: every pod is replaced in turn, and volume claims outlive it.

use serde_json::{Map, Value};

use super::object::{made, set, set_zero, text};

pub(super) fn default(object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else { return };
    if let Some(strategy) = made(spec, "updateStrategy") {
        if text(strategy, "type").is_empty() {
            strategy.insert("type".into(), Value::from("RollingUpdate"));
            made(strategy, "rollingUpdate");
        }
        if text(strategy, "type") == "RollingUpdate"
            && let Some(rolling) = strategy.get_mut("rollingUpdate").and_then(Value::as_object_mut)
        {
            set(rolling, "partition", 0);
        }
    }
    if let Some(policy) = made(spec, "persistentVolumeClaimRetentionPolicy") {
        set_zero(policy, "whenDeleted", "Retain");
        set_zero(policy, "whenScaled", "Retain");
    }
}
