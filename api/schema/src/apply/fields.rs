//! Names the fields of an object.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ApplyError;
use super::node::{Meaning, Node, elements};
use super::path::Element;
use super::set::Set;
use crate::MAX_DEPTH;

/// The fields that an object has. A struct's field that is itself a struct is not a member, but what is in it is; an element of a
/// list or map is a member too.
pub(super) fn fields(node: Node<'_>, value: &Value) -> Result<Set, ApplyError> {
    let mut set = Set::default();
    walk(node, value, &mut Vec::new(), &mut set)?;
    Ok(set)
}

fn walk(node: Node<'_>, value: &Value, path: &mut Vec<Element>, set: &mut Set) -> Result<(), ApplyError> {
    if path.len() > MAX_DEPTH {
        return Err(ApplyError::TooDeep);
    }
    match node.meaning(value) {
        Meaning::Leaf => set.insert(path),
        Meaning::Entries => {
            for (name, value) in value.as_object().into_iter().flatten() {
                path.push(Element::Field(name.clone()));
                walk(node.entry(name), value, path, set)?;
                let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
                if empty || !node.declares(name) {
                    set.insert(path);
                }
                path.pop();
            }
        }
        meaning => {
            let mut found: BTreeMap<Element, Vec<&Value>> = BTreeMap::new();
            for value in elements(Some(value)) {
                found.entry(node.identify(meaning, value).map_err(ApplyError::Invalid)?).or_default().push(value);
            }
            for (element, values) in found {
                path.push(element);
                if let [value] = values[..] {
                    walk(node.element(), value, path, set)?;
                }
                set.insert(path);
                path.pop();
            }
        }
    }
    Ok(())
}

/// Adds to a set, for every field below which it has members, the field itself, where a struct declares it.
pub(super) fn with_named(node: Node<'_>, set: &Set) -> Set {
    let mut members = set.members.clone();
    let mut children = BTreeMap::new();
    for (element, below) in &set.children {
        let inner = match element {
            Element::Field(name) => {
                if node.declares(name) {
                    members.insert(element.clone());
                }
                node.entry(name)
            }
            _ => node.element(),
        };
        children.insert(element.clone(), with_named(inner, below));
    }
    Set { members, children }
}
