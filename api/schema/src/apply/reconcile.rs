//! Fits a recorded set to the table: where a list or map has become one value, whoever set something in it has set the whole.

use std::collections::BTreeMap;

use super::node::Node;
use super::path::Element;
use super::set::Set;

/// The set as the table now has it.
pub(super) fn reconciled(node: Node<'_>, set: &Set) -> Set {
    let mut members = set.members.clone();
    let mut children = BTreeMap::new();
    for (element, below) in &set.children {
        let inner = match element {
            Element::Field(name) => node.entry(name),
            _ => node.element(),
        };
        if inner.is_atomic() {
            members.insert(element.clone());
        } else {
            children.insert(element.clone(), reconciled(inner, below));
        }
    }
    Set { members, children }
}
