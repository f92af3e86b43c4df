//! Removes fields from an object.

use serde_json::{Map, Value};

use super::node::{Meaning, Node};
use super::path::Element;
use super::set::Set;

/// The object without those fields.
pub(super) fn remove(node: Node<'_>, value: &Value, fields: &Set) -> Value {
    inner(node, value, fields).unwrap_or(Value::Null)
}

/// None if nothing is left and nothing was looked into.
fn inner(node: Node<'_>, value: &Value, fields: &Set) -> Option<Value> {
    match (node.meaning(value), value) {
        (Meaning::Leaf, Value::Object(_) | Value::Array(_)) if node.is_known() && !node.is_atomic() => {
            Some(value.clone())
        }
        // A list or map that is one value is removed by whoever holds it, or not at all.
        (Meaning::Leaf, Value::Object(_) | Value::Array(_)) => None,
        (Meaning::Leaf, _) => Some(value.clone()),
        (Meaning::Entries, Value::Object(object)) => {
            let (mut left, mut looked) = (Map::new(), false);
            for (name, value) in object {
                let element = Element::Field(name.clone());
                if fields.members.contains(&element) {
                    continue;
                }
                let value = match fields.children.get(&element).filter(|below| !below.is_empty()) {
                    Some(below) => {
                        looked = true;
                        emptied(value, inner(node.entry(name), value, below))
                    }
                    None => value.clone(),
                };
                left.insert(name.clone(), value);
            }
            (looked || !left.is_empty()).then_some(Value::Object(left))
        }
        (meaning, Value::Array(values)) => {
            let (mut left, mut looked) = (Vec::new(), false);
            for value in values {
                let Ok(element) = node.identify(meaning, value) else {
                    left.push(value.clone());
                    continue;
                };
                if fields.members.contains(&element) {
                    continue;
                }
                match fields.children.get(&element).filter(|below| !below.is_empty()) {
                    Some(below) => {
                        looked = true;
                        left.push(emptied(value, inner(node.element(), value, below)));
                    }
                    None => left.push(value.clone()),
                }
            }
            (looked || !left.is_empty()).then_some(Value::Array(left))
        }
        _ => None,
    }
}

/// What stands where something was looked into and nothing is left: an empty map or list.
fn emptied(before: &Value, left: Option<Value>) -> Value {
    left.unwrap_or_else(|| match before {
        Value::Object(_) => Value::Object(Map::new()),
        Value::Array(_) => Value::Array(Vec::new()),
        _ => Value::Null,
    })
}
