//! NetworkPolicy: about what comes in; about what goes out only if it has rules for that.

use serde_json::{Map, Value, json};

use super::object::{is_missing, made};

pub(super) fn default(object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else { return };
    if is_missing(spec.get("policyTypes"), false) {
        let has_egress = !is_missing(spec.get("egress"), false);
        spec.insert("policyTypes".into(), if has_egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) });
    }
}
