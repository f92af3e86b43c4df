//! Merges what is applied into what is there.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::ApplyError;
use super::node::{Meaning, Node, elements, entry, is_hollow, names};
use super::path::Element;
use crate::MAX_DEPTH;

/// The object that is there, with what is applied in it.
pub(super) fn merge(node: Node<'_>, live: &Value, applied: &Value) -> Result<Value, ApplyError> {
    Ok(value(node, Some(live), Some(applied), 0)?.unwrap_or(Value::Null))
}

fn value(
    node: Node<'_>,
    live: Option<&Value>,
    applied: Option<&Value>,
    depth: usize,
) -> Result<Option<Value>, ApplyError> {
    if depth > MAX_DEPTH {
        return Err(ApplyError::TooDeep);
    }
    let Some(known) = applied.or(live) else { return Ok(None) };
    let meaning = node.meaning(known);
    let changed_sort = !node.is_known()
        && live
            .zip(applied)
            .is_some_and(|(live, applied)| std::mem::discriminant(live) != std::mem::discriminant(applied));
    if matches!(meaning, Meaning::Leaf) || changed_sort || (is_hollow(live) && is_hollow(applied)) {
        return Ok(Some(known.clone()));
    }
    if let Meaning::Entries = meaning {
        let mut merged = Map::new();
        for name in names(live, applied) {
            if let Some(value) = value(node.entry(name), entry(live, name), entry(applied, name), depth + 1)? {
                merged.insert(name.clone(), value);
            }
        }
        return Ok((!merged.is_empty()).then_some(Value::Object(merged)));
    }
    let merged = list(node, meaning, elements(live), elements(applied), depth)?;
    Ok((!merged.is_empty()).then_some(Value::Array(merged)))
}

/// A list's elements by what tells them apart. What is told twice has no value of its own.
type Index<'v> = BTreeMap<Element, Option<&'v Value>>;

fn index<'v>(
    node: Node<'_>,
    meaning: Meaning<'_>,
    values: &'v [Value],
) -> Result<(Vec<Element>, Index<'v>), ApplyError> {
    let mut found = Index::new();
    let mut order = Vec::with_capacity(values.len());
    for value in values {
        let element = node.identify(meaning, value).map_err(ApplyError::Invalid)?;
        found.entry(element.clone()).and_modify(|value| *value = None).or_insert(Some(value));
        order.push(element);
    }
    Ok((order, found))
}

/// Merges two lists. The applied one's order wins among its elements; the others keep their place between those that both have.
fn list(
    node: Node<'_>,
    meaning: Meaning<'_>,
    live: &[Value],
    applied: &[Value],
    depth: usize,
) -> Result<Vec<Value>, ApplyError> {
    let (live_order, live_index) = index(node, meaning, live)?;
    let (applied_order, applied_index) = index(node, meaning, applied)?;
    if let Some(twice) = applied_index.iter().find(|(_, value)| value.is_none()) {
        return Err(ApplyError::Invalid(format!("duplicate entries for key {}", twice.0)));
    }
    let below = node.element();
    let mut merged = Vec::with_capacity(live.len().max(applied.len()));
    let mut shared = applied_order.iter().filter(|element| live_index.contains_key(element)).peekable();
    let mut placed = std::collections::BTreeSet::new();
    let (mut left, mut right) = (0, 0);
    let mut both = |element: &Element, live_value: Option<&Value>| -> Result<(), ApplyError> {
        let applied_value = applied_index.get(element).copied().flatten();
        // What the live list tells twice is as `null` when it is merged with what is applied.
        merged.extend(value(below, live_value, applied_value, depth + 1)?);
        Ok(())
    };
    let live_value = |element: &Element| live_index.get(element).map(|value| value.unwrap_or(&Value::Null));
    while left < live_order.len() || right < applied_order.len() {
        if let (Some(on_left), Some(on_right)) = (live_order.get(left), applied_order.get(right)) {
            if on_left == on_right {
                placed.insert(on_left);
                both(on_left, live_value(on_left))?;
                (left, right) = (left + 1, right + 1);
                shared.next();
                continue;
            }
            // It is moved to where the applied list has it.
            if applied_index.contains_key(on_left) && shared.peek().is_some_and(|next| *next != on_left) {
                left += 1;
                continue;
            }
        }
        if let Some(on_left) = live_order.get(left) {
            if !applied_index.contains_key(on_left) {
                both(on_left, Some(&live[left]))?;
                left += 1;
                continue;
            }
            if placed.contains(on_left) {
                left += 1;
            }
        }
        if let Some(on_right) = applied_order.get(right) {
            placed.insert(on_right);
            both(on_right, live_value(on_right))?;
            right += 1;
            if shared.peek().is_some_and(|next| *next == on_right) {
                shared.next();
            }
        }
    }
    Ok(merged)
}
