//! Pod: requests from limits, and what is set in pods but not in the templates that they are made from.

use serde_json::{Map, Value};

use super::object::{elements, fill, made, set, set_zero};
use super::pod_resources;

pub(super) fn default(object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else { return };
    for name in ["containers", "initContainers"] {
        for container in elements(spec, name) {
            if let Some(resources) = container.get_mut("resources").and_then(Value::as_object_mut) {
                fill(resources, "limits", "requests");
            }
        }
    }
    pod_resources::default(spec);
    set(spec, "enableServiceLinks", true);
    if spec.get("hostNetwork") == Some(&Value::Bool(true)) {
        for name in ["containers", "initContainers"] {
            for port in elements(spec, name).flat_map(|container| elements(container, "ports")) {
                if let Some(number) = port.get("containerPort").cloned() {
                    set_zero(port, "hostPort", number);
                }
            }
        }
    }
}
