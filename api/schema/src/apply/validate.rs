//! Whether what is applied follows its type.

use std::collections::BTreeSet;

use serde_json::Value;

use super::ApplyError;
use super::node::{Meaning, Node};
use super::path::Element;
use crate::MAX_DEPTH;

/// How many things are told.
const MAX_TOLD: usize = 100;

/// Checks that every field is declared and every element of a list is told apart.
pub(super) fn validate(node: Node<'_>, value: &Value) -> Result<(), ApplyError> {
    let mut wrong = Vec::new();
    walk(node, value, &mut Vec::new(), &mut wrong)?;
    match wrong.len() {
        0 => Ok(()),
        1 => Err(ApplyError::Invalid(wrong.swap_remove(0))),
        _ => Err(ApplyError::Invalid(format!("errors:\n  {}", wrong.join("\n  ")))),
    }
}

fn walk(node: Node<'_>, value: &Value, path: &mut Vec<Element>, wrong: &mut Vec<String>) -> Result<(), ApplyError> {
    if path.len() > MAX_DEPTH {
        return Err(ApplyError::TooDeep);
    }
    if wrong.len() >= MAX_TOLD {
        return Ok(());
    }
    let place = |path: &[Element]| path.iter().map(ToString::to_string).collect::<String>();
    match (node.meaning(value), value) {
        (Meaning::Leaf, _) | (_, Value::Null) => {}
        (Meaning::Entries, Value::Object(object)) => {
            for (name, value) in object {
                path.push(Element::Field(name.clone()));
                if node.is_struct() && !node.declares(name) {
                    wrong.push(format!("{}: field not declared in schema", place(path)));
                } else {
                    walk(node.entry(name), value, path, wrong)?;
                }
                path.pop();
            }
        }
        (Meaning::Entries, _) => wrong.push(format!("{}: expected map, got {value}", place(path))),
        (meaning, Value::Array(values)) => {
            let mut seen = BTreeSet::new();
            for (at, value) in values.iter().enumerate() {
                match node.identify(meaning, value) {
                    Err(what) => wrong.push(format!("{}: element {at}: {what}", place(path))),
                    Ok(element) => {
                        if !seen.insert(element.clone()) {
                            wrong.push(format!("{}: duplicate entries for key {element}", place(path)));
                        }
                        path.push(element);
                        walk(node.element(), value, path, wrong)?;
                        path.pop();
                    }
                }
            }
        }
        _ => wrong.push(format!("{}: expected list, got {value}", place(path))),
    }
    Ok(())
}
