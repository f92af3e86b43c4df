//! Sets of fields: a trie of path elements. A field and what is below it are different members.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::path::Element;

/// A set of fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Set {
    /// Fields at this place that are in the set themselves.
    pub(super) members: BTreeSet<Element>,
    /// Fields below those at this place; none is empty.
    pub(super) children: BTreeMap<Element, Set>,
}

impl Set {
    /// The set of one field of an object, by names.
    pub(super) fn of_names(path: &[&str]) -> Set {
        let path: Vec<_> = path.iter().map(|name| Element::Field((*name).to_owned())).collect();
        let mut set = Set::default();
        set.insert(&path);
        set
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.values().all(Set::is_empty)
    }

    /// Adds a field. The object as a whole is never a member.
    pub(super) fn insert(&mut self, path: &[Element]) {
        match path {
            [] => {}
            [last] => drop(self.members.insert(last.clone())),
            [first, rest @ ..] => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    pub(super) fn union(mut self, other: &Set) -> Set {
        self.members.extend(other.members.iter().cloned());
        for (element, set) in &other.children {
            let slot = self.children.entry(element.clone()).or_default();
            *slot = std::mem::take(slot).union(set);
        }
        self
    }

    pub(super) fn intersection(&self, other: &Set) -> Set {
        let children = self.children.iter().filter_map(|(element, set)| {
            let common = set.intersection(other.children.get(element)?);
            (!common.is_empty()).then(|| (element.clone(), common))
        });
        Set { members: self.members.intersection(&other.members).cloned().collect(), children: children.collect() }
    }

    /// Without the members of another set; what is below them stays.
    pub(super) fn difference(&self, other: &Set) -> Set {
        let children = self.children.iter().filter_map(|(element, set)| {
            let left = other.children.get(element).map_or_else(|| set.clone(), |others| set.difference(others));
            (!left.is_empty()).then(|| (element.clone(), left))
        });
        Set { members: self.members.difference(&other.members).cloned().collect(), children: children.collect() }
    }

    /// Without the members of another set and all that is below them.
    pub(super) fn recursive_difference(&self, other: &Set) -> Set {
        let below = self.children.iter().filter(|(element, _)| !other.members.contains(*element));
        let children = below.filter_map(|(element, set)| {
            let left =
                other.children.get(element).map_or_else(|| set.clone(), |others| set.recursive_difference(others));
            (!left.is_empty()).then(|| (element.clone(), left))
        });
        Set { members: self.members.difference(&other.members).cloned().collect(), children: children.collect() }
    }

    /// Calls with the path of every member.
    pub(super) fn each(&self, visit: &mut impl FnMut(&[Element])) {
        self.each_below(&mut Vec::new(), visit);
    }

    fn each_below(&self, path: &mut Vec<Element>, visit: &mut impl FnMut(&[Element])) {
        for member in &self.members {
            path.push(member.clone());
            visit(path);
            path.pop();
        }
        for (element, set) in &self.children {
            path.push(element.clone());
            set.each_below(path, visit);
            path.pop();
        }
    }

    /// As `fieldsV1` has it: an object of elements, with `.` where the field itself is a member beside what is below it.
    pub(super) fn to_json(&self) -> Value {
        let mut object = Map::new();
        for member in &self.members {
            object.insert(member.text(), Value::Object(Map::new()));
        }
        for (element, set) in &self.children {
            let mut below = set.to_json();
            if let (true, Value::Object(below)) = (self.members.contains(element), &mut below) {
                below.insert(".".to_owned(), Value::Object(Map::new()));
            }
            object.insert(element.text(), below);
        }
        Value::Object(object)
    }

    /// Reads what [`Set::to_json`] writes. What is not understood is passed over.
    pub(super) fn from_json(value: &Value) -> Set {
        Set::read(value).0.unwrap_or_default()
    }

    /// What is below, and whether the place itself is a member.
    fn read(value: &Value) -> (Option<Set>, bool) {
        let (mut below, mut member) = (None::<Set>, false);
        for (name, value) in value.as_object().into_iter().flatten() {
            if name == "." {
                member = true;
                continue;
            }
            let Some(element) = Element::parse(name) else { continue };
            let (children, is_member) = Set::read(value);
            let set = below.get_or_insert_default();
            if is_member {
                set.members.insert(element.clone());
            }
            if let Some(children) = children {
                set.children.insert(element, children);
            }
        }
        (below.clone(), member || below.is_none())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sets_read_and_write_as_fields_v1() {
        let fields = json!({
            "f:metadata": {"f:labels": {".": {}, "f:app": {}}, "f:finalizers": {".": {}, "v:\"a\"": {}}},
            "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}, "f:replicas": {}},
        });
        let set = Set::from_json(&fields);
        assert_eq!(set.to_json(), fields);
        let mut paths = Vec::new();
        set.each(&mut |path| paths.push(path.iter().map(ToString::to_string).collect::<String>()));
        assert_eq!(
            paths,
            [
                ".metadata.finalizers",
                ".metadata.labels",
                ".metadata.finalizers[=\"a\"]",
                ".metadata.labels.app",
                ".spec.replicas",
                ".spec.ports[port=80,protocol=\"TCP\"]",
                ".spec.ports[port=80,protocol=\"TCP\"].port",
            ]
        );
    }

    #[test]
    fn sets_combine() {
        let set = |fields: Value| Set::from_json(&fields);
        let a = set(json!({"f:a": {".": {}, "f:x": {}}, "f:b": {}}));
        let b = set(json!({"f:a": {}, "f:c": {}}));
        assert_eq!(a.clone().union(&b).to_json(), json!({"f:a": {".": {}, "f:x": {}}, "f:b": {}, "f:c": {}}));
        assert_eq!(a.intersection(&b).to_json(), json!({"f:a": {}}));
        assert_eq!(a.difference(&b).to_json(), json!({"f:a": {"f:x": {}}, "f:b": {}}));
        assert_eq!(a.recursive_difference(&b).to_json(), json!({"f:b": {}}));
        assert!(a.difference(&a).is_empty());
    }
}
