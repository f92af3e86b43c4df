//! Schemas of custom resources, which bring their own.

use serde_json::{Value, json};

use super::json::Json;
use super::{ServedResource, ServedVersion, Version};

/// What version 2 has no word for, or what Kubernetes leaves out there.
const NOT_IN_V2: &[&str] = &["oneOf", "anyOf", "allOf", "not", "nullable"];

/// The name of a custom kind's definition: `com.example.v1.Widget` for the group `example.com`.
pub(super) fn definition(group: &str, version: &str, kind: &str) -> String {
    let mut parts: Vec<&str> = group.split('.').filter(|part| !part.is_empty()).rev().collect();
    parts.extend([version, kind]);
    parts.join(".")
}

/// Writes the schemas of a custom kind and of its list.
pub(super) fn schemas(
    json: &mut Json,
    version: Version,
    served: &ServedVersion<'_>,
    resource: &ServedResource<'_>,
    schema: &Value,
) {
    let name = definition(served.group, served.version, resource.kind);
    let list = format!("{}List", resource.kind);
    let gvk = |kind: &str| json!([{"group": served.group, "version": served.version, "kind": kind}]);
    let mut object = schema.as_object().cloned().unwrap_or_default();
    let mut properties = object.remove("properties").and_then(|value| value.as_object().cloned()).unwrap_or_default();
    properties.insert("apiVersion".into(), json!({"type": "string", "description": API_VERSION}));
    properties.insert("kind".into(), json!({"type": "string", "description": KIND}));
    let metadata = reference(version, "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
    properties.insert("metadata".into(), described(version, metadata, "Standard object's metadata."));
    object.insert("type".into(), "object".into());
    object.insert("properties".into(), Value::Object(properties));
    object.insert("x-kubernetes-group-version-kind".into(), gvk(resource.kind));
    let mut object = Value::Object(object);
    if version == Version::V2 {
        simplify(&mut object);
    }
    json.key(&name).raw(&object.to_string());
    let metadata = reference(version, "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta");
    let items = json!({"type": "array", "description": "The objects.", "items": reference(version, &name)});
    let listed = json!({
        "type": "object", "description": format!("{list} is a list of {}.", resource.kind), "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string", "description": API_VERSION},
            "kind": {"type": "string", "description": KIND},
            "metadata": described(version, metadata, "Standard list metadata."),
            "items": items,
        },
        "x-kubernetes-group-version-kind": gvk(&list),
    });
    json.key(&definition(served.group, served.version, &list)).raw(&listed.to_string());
}

const API_VERSION: &str = "The version of the schema that the object follows.";
const KIND: &str = "The kind of the object.";

fn reference(version: Version, definition: &str) -> Value {
    json!({"$ref": version.reference(definition)})
}

fn described(version: Version, reference: Value, description: &str) -> Value {
    match version {
        Version::V2 => {
            let mut object = reference.as_object().cloned().unwrap_or_default();
            object.insert("description".into(), description.into());
            Value::Object(object)
        }
        Version::V3 => json!({"allOf": [reference], "description": description}),
    }
}

/// Leaves out of a schema what version 2 does not have. Properties of such names are kept.
fn simplify(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    object.retain(|name, _| !NOT_IN_V2.contains(&name.as_str()));
    if object.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        object.remove("type");
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(simplify);
    }
    for name in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(name) {
            simplify(inner);
        }
    }
}
