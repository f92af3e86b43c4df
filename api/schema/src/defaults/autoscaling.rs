//! HorizontalPodAutoscaler: half the CPU where no metric is named, and whole scaling rules where any is given.

use serde_json::{Map, Value, json};

use super::object::{is_missing, made, set};

pub(super) fn default(object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else { return };
    set(spec, "minReplicas", 1);
    if is_missing(spec.get("metrics"), false) {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        spec.insert("metrics".into(), json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]));
    }
    if let Some(behavior) = spec.get_mut("behavior").and_then(Value::as_object_mut) {
        let up = json!([
            {"type": "Pods", "value": 4, "periodSeconds": 15},
            {"type": "Percent", "value": 100, "periodSeconds": 15},
        ]);
        let down = json!([{"type": "Percent", "value": 100, "periodSeconds": 15}]);
        if let Some(rules) = made(behavior, "scaleUp") {
            set(rules, "stabilizationWindowSeconds", 0);
            set(rules, "selectPolicy", "Max");
            set(rules, "policies", up);
        }
        if let Some(rules) = made(behavior, "scaleDown") {
            set(rules, "selectPolicy", "Max");
            set(rules, "policies", down);
        }
    }
}
