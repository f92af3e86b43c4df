//! Fields that a type does not have.

use serde_json::Value;

use crate::MAX_DEPTH;
use crate::table::{Alternative, Shape, Table, TypeId};

/// How many strict-decoding errors are told, as in Kubernetes.
const MAX_TOLD: usize = 100;

/// The paths of fields that the type does not have, such as `spec.containers[0].comand`, at most 100.
///
/// For `fieldValidation=Strict` each is told as `unknown field "…"` behind `strict decoding error: `; for `Warn` in a warning.
pub fn unknown_fields(table: &Table, ty: TypeId, object: &Value) -> Vec<String> {
    let mut found = Vec::new();
    look(table, ty, object, &mut String::new(), 0, &mut found);
    found
}

fn look(table: &Table, ty: TypeId, value: &Value, path: &mut String, depth: usize, found: &mut Vec<String>) {
    if depth > MAX_DEPTH {
        return;
    }
    let length = path.len();
    match (table.shape(ty), value) {
        (Shape::Struct { open, .. }, Value::Object(object)) => {
            for (name, value) in object {
                if length > 0 {
                    path.push('.');
                }
                path.push_str(name);
                match table.field(ty, name) {
                    Some(field) => look(table, field.ty, value, path, depth + 1, found),
                    None if !open && found.len() < MAX_TOLD => found.push(path.clone()),
                    None => {}
                }
                path.truncate(length);
            }
        }
        (Shape::Map { value: inner }, Value::Object(entries)) => {
            for (name, value) in entries {
                if length > 0 {
                    path.push('.');
                }
                path.push_str(name);
                look(table, *inner, value, path, depth + 1, found);
                path.truncate(length);
            }
        }
        (Shape::List { element, .. }, Value::Array(values)) => {
            for (at, value) in values.iter().enumerate() {
                path.push_str(&format!("[{at}]"));
                look(table, *element, value, path, depth + 1, found);
                path.truncate(length);
            }
        }
        // What stands in the place of a schema is decoded by hand in Go, which tells nothing of what it passes over.
        _ => {}
    }
}

/// Removes the fields that the type does not have, at any depth.
pub fn prune_unknown(table: &Table, ty: TypeId, object: &mut Value) {
    prune(table, ty, object, 0);
}

fn prune(table: &Table, ty: TypeId, value: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match (table.shape(ty), value) {
        (Shape::Struct { open, .. }, Value::Object(object)) => {
            object.retain(|name, value| match table.field(ty, name) {
                Some(field) => {
                    prune(table, field.ty, value, depth + 1);
                    true
                }
                None => *open,
            })
        }
        (Shape::Map { value: inner }, Value::Object(entries)) => {
            entries.values_mut().for_each(|value| prune(table, *inner, value, depth + 1));
        }
        (Shape::List { element, .. }, Value::Array(values)) => {
            values.iter_mut().for_each(|value| prune(table, *element, value, depth + 1));
        }
        (Shape::SchemaOr { schema, alternative: Alternative::Schemas }, Value::Array(values)) => {
            values.iter_mut().for_each(|value| prune(table, *schema, value, depth + 1));
        }
        (Shape::SchemaOr { schema, .. }, value @ Value::Object(_)) => prune(table, *schema, value, depth + 1),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_fields_are_told_and_pruned() {
        let table = Table::builtin();
        let pod = table.kind("", "v1", "Pod").unwrap();
        let mut object = json!({
            "kind": "Pod", "metadata": {"labels": {"any": "name"}, "nam": "a"},
            "spec": {"foo": 1, "containers": [{"name": "a"}, {"name": "b", "comand": [], "resources": {"limits": {"x/y": "1"}}}],
                     "volumes": [{"name": "v", "hostPath": {"path": "/", "pat": 1}}]},
        });
        assert_eq!(
            unknown_fields(table, pod, &object),
            ["metadata.nam", "spec.containers[1].comand", "spec.foo", "spec.volumes[0].hostPath.pat"]
        );
        prune_unknown(table, pod, &mut object);
        assert!(unknown_fields(table, pod, &object).is_empty());
        assert_eq!(object["metadata"], json!({"labels": {"any": "name"}}));
    }
}
