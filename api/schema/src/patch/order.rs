//! The order of a merged list's elements: those that the patch names go as it names them, the others as they were, and where the two
//! meet the order that the object had decides.

use serde_json::Value;

/// What tells an element of a merged list apart: the value of its merge key, or a scalar itself.
pub(super) fn identity<'a>(element: &'a Value, key: Option<&str>) -> Option<&'a Value> {
    match (element, key) {
        (Value::Object(object), Some(key)) => object.get(key),
        (Value::Object(_), None) => None,
        (scalar, _) => Some(scalar),
    }
}

fn position(list: &[Value], element: &Value, key: Option<&str>) -> Option<usize> {
    let wanted = identity(element, key)?;
    list.iter().position(|other| identity(other, key) == Some(wanted))
}

/// Orders the merged elements: `named` is the order that the patch wants, `before` the list before the patch.
pub(super) fn ordered(merged: Vec<Value>, named: &[Value], before: &[Value], key: Option<&str>) -> Vec<Value> {
    let (mut patched, mut kept): (Vec<_>, Vec<_>) =
        merged.into_iter().partition(|element| position(named, element, key).is_some());
    patched.sort_by_key(|element| position(named, element, key));
    kept.sort_by_key(|element| position(before, element, key));
    let mut result = Vec::with_capacity(patched.len() + kept.len());
    let (mut patched, mut kept) = (patched.into_iter().peekable(), kept.into_iter().peekable());
    loop {
        let keep = match (kept.peek(), patched.peek()) {
            (None, None) => return result,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(left), Some(right)) => match (position(before, left, key), position(before, right, key)) {
                (Some(left), Some(right)) => left < right,
                _ => false,
            },
        };
        result.extend(if keep { kept.next() } else { patched.next() });
    }
}
