//! What differs between two objects.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ApplyError;
use super::node::{Meaning, Node, elements, entry, is_hollow, names};
use super::path::{Element, same};
use super::set::Set;
use crate::MAX_DEPTH;

/// What differs.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) removed: Set,
    pub(super) modified: Set,
    pub(super) added: Set,
}

impl Comparison {
    /// Without some fields and all that is below them.
    pub(super) fn without(self, fields: &Set) -> Comparison {
        Comparison {
            removed: self.removed.recursive_difference(fields),
            modified: self.modified.recursive_difference(fields),
            added: self.added.recursive_difference(fields),
        }
    }
}

/// Compares two objects of a type.
pub(super) fn compare(node: Node<'_>, old: &Value, new: &Value) -> Result<Comparison, ApplyError> {
    let mut walk = Walk { path: Vec::new(), found: Comparison::default() };
    walk.value(node, Some(old), Some(new))?;
    Ok(walk.found)
}

struct Walk {
    path: Vec<Element>,
    found: Comparison,
}

impl Walk {
    fn value(&mut self, node: Node<'_>, old: Option<&Value>, new: Option<&Value>) -> Result<(), ApplyError> {
        if self.path.len() > MAX_DEPTH {
            return Err(ApplyError::TooDeep);
        }
        let Some(known) = new.or(old) else { return Ok(()) };
        let meaning = node.meaning(known);
        let changed_sort = !node.is_known()
            && old.zip(new).is_some_and(|(old, new)| std::mem::discriminant(old) != std::mem::discriminant(new));
        if matches!(meaning, Meaning::Leaf) || changed_sort || (is_hollow(old) && is_hollow(new)) {
            match (old, new) {
                (None, _) => self.found.added.insert(&self.path),
                (_, None) => self.found.removed.insert(&self.path),
                (Some(old), Some(new)) if !same(old, new) => self.found.modified.insert(&self.path),
                _ => {}
            }
            return Ok(());
        }
        match meaning {
            Meaning::Entries => {
                for name in names(old, new) {
                    let below = node.entry(name);
                    self.descend(Element::Field(name.clone()), |walk| {
                        walk.value(below, entry(old, name), entry(new, name))
                    })?;
                }
            }
            _ => self.list(node, meaning, old, new)?,
        }
        if old.is_none() {
            self.found.added.insert(&self.path);
        } else if new.is_none() {
            self.found.removed.insert(&self.path);
        }
        Ok(())
    }

    fn descend(
        &mut self,
        element: Element,
        visit: impl FnOnce(&mut Walk) -> Result<(), ApplyError>,
    ) -> Result<(), ApplyError> {
        self.path.push(element);
        let result = visit(self);
        self.path.pop();
        result
    }

    fn list(
        &mut self,
        node: Node<'_>,
        meaning: Meaning<'_>,
        old: Option<&Value>,
        new: Option<&Value>,
    ) -> Result<(), ApplyError> {
        let mut both: BTreeMap<Element, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
        let identify = |value: &Value| node.identify(meaning, value).map_err(ApplyError::Invalid);
        for value in elements(old) {
            both.entry(identify(value)?).or_default().0.push(value);
        }
        for value in elements(new) {
            both.entry(identify(value)?).or_default().1.push(value);
        }
        let below = node.element();
        for (element, (old, new)) in both {
            self.descend(element, |walk| {
                match (&old[..], &new[..]) {
                    // Elements that are told twice are only compared as a whole.
                    ([_, _, ..], [_, _, ..]) => {
                        let all_same = old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| same(old, new));
                        if !all_same {
                            walk.found.modified.insert(&walk.path);
                        }
                    }
                    ([_, _, ..], rest) => {
                        if let Some(new) = rest.first() {
                            walk.value(below, None, Some(new))?;
                        }
                        walk.found.removed.insert(&walk.path);
                    }
                    (rest, [_, _, ..]) => {
                        if let Some(old) = rest.first() {
                            walk.value(below, Some(old), None)?;
                        }
                        walk.found.added.insert(&walk.path);
                    }
                    (old, new) => walk.value(below, old.first().copied(), new.first().copied())?,
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}
