//! CustomResourceDefinition: the names that follow from its kind, and the version that is stored.

use serde_json::{Map, Value, json};

use super::object::{is_missing, made, set, set_zero, text};

pub(super) fn default(object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else { return };
    if let Some(names) = made(spec, "names") {
        let kind = text(names, "kind").to_owned();
        if !kind.is_empty() {
            set_zero(names, "singular", kind.to_lowercase());
            set_zero(names, "listKind", format!("{kind}List"));
        }
    }
    set(spec, "conversion", json!({"strategy": "None"}));
    let versions = spec.get("versions").and_then(Value::as_array).into_iter().flatten();
    let stored = versions.filter(|version| version["storage"] == true).find_map(|version| version["name"].as_str());
    let Some(stored) = stored.map(str::to_owned) else { return };
    if let Some(status) = made(object, "status")
        && is_missing(status.get("storedVersions"), false)
    {
        status.insert("storedVersions".into(), json!([stored]));
    }
}
