//! Strategic merge patches: a JSON merge patch that merges lists too, where the table says by what their elements are told apart.
//!
//! Directives, as Kubernetes' `strategicpatch` package has them:
//! - `$patch: replace | delete` in an object replaces or empties it; in an element of a merged list it replaces the list or deletes
//!   the element of the same key.
//! - `$deleteFromPrimitiveList/<field>`: scalars to remove from a list.
//! - `$setElementOrder/<field>`: the order of a merged list.
//! - `$retainKeys`: the only fields to keep, for unions.

use serde_json::{Map, Value};

use super::PatchError;
use super::order::{identity, ordered};
use crate::MAX_DEPTH;
use crate::table::{Field, Shape, Table, TypeId};

const PATCH: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const SET_ORDER: &str = "$setElementOrder/";

/// Applies a strategic merge patch to an object of the type. The object should be canonical; the result may not be.
///
/// # Errors
/// [`PatchError`] if the patch's directives make no sense, or an element of a merged list lacks its key.
pub fn strategic_merge(table: &Table, ty: TypeId, original: &Value, patch: &Value) -> Result<Value, PatchError> {
    let (Value::Object(original), Value::Object(patch)) = (original, patch) else {
        return Err(PatchError::NotAnObject);
    };
    let mut merged = original.clone();
    Merge { table }.object(Some(ty), &mut merged, patch.clone(), 0)?;
    Ok(Value::Object(merged))
}

struct Merge<'a> {
    table: &'a Table,
}

impl<'a> Merge<'a> {
    fn object(
        &self,
        ty: Option<TypeId>,
        original: &mut Map<String, Value>,
        mut patch: Map<String, Value>,
        depth: usize,
    ) -> Result<(), PatchError> {
        if depth > MAX_DEPTH {
            return Err(PatchError::TooDeep);
        }
        if let Some(directive) = patch.remove(PATCH) {
            match directive.as_str() {
                Some("replace") => *original = patch,
                Some("delete") => original.clear(),
                _ => return Err(PatchError::BadPatchType(directive.to_string())),
            }
            return Ok(());
        }
        retain(original, &mut patch)?;
        self.ordered_lists(ty, original, &mut patch, depth)?;
        for (name, value) in patch {
            if let Some(field) = name.strip_prefix(DELETE_FROM) {
                let Value::Array(removed) = value else { return Err(PatchError::BadFormat(name)) };
                if let Some(Value::Array(values)) = original.get_mut(field) {
                    values.retain(|value| !removed.contains(value));
                }
                continue;
            }
            if value.is_null() {
                original.remove(&name);
                continue;
            }
            let (field_ty, field) = self.field(ty, &name);
            match (original.get_mut(&name), value) {
                (Some(Value::Object(inner)), Value::Object(value)) => {
                    if field.is_some_and(Field::patch_replaces) {
                        *inner = value;
                    } else {
                        self.object(field_ty, inner, value, depth + 1)?;
                    }
                }
                (Some(Value::Array(values)), Value::Array(value)) => {
                    let before = std::mem::take(values);
                    *values = self.list(field_ty, field, before, value, &name, depth)?;
                }
                (_, value) => match cleaned(value) {
                    Some(value) => drop(original.insert(name, value)),
                    None => drop(original.remove(&name)),
                },
            }
        }
        Ok(())
    }

    /// The type of what stands in a field, and the field if it is a struct's.
    fn field(&self, ty: Option<TypeId>, name: &str) -> (Option<TypeId>, Option<&'a Field>) {
        match ty.map(|ty| (ty, self.table.shape(ty))) {
            Some((ty, Shape::Struct { .. })) => {
                let field = self.table.field(ty, name);
                (field.map(|field| field.ty), field)
            }
            Some((_, Shape::Map { value })) => (Some(*value), None),
            Some((ty, Shape::SchemaOr { schema, .. })) if ty != *schema => self.field(Some(*schema), name),
            _ => (None, None),
        }
    }

    fn list(
        &self,
        ty: Option<TypeId>,
        field: Option<&Field>,
        before: Vec<Value>,
        patch: Vec<Value>,
        name: &str,
        depth: usize,
    ) -> Result<Vec<Value>, PatchError> {
        let Some(field) = field.filter(|field| field.patch_merges()) else { return Ok(patch) };
        let element = match ty.map(|ty| self.table.shape(ty)) {
            Some(Shape::List { element, .. }) => Some(*element),
            _ => None,
        };
        let objects = before.iter().chain(&patch).filter(|value| value.is_object()).count();
        if objects == 0 {
            let mut merged: Vec<Value> = Vec::with_capacity(before.len() + patch.len());
            for value in before.iter().chain(&patch) {
                if !merged.contains(value) {
                    merged.push(value.clone());
                }
            }
            return Ok(ordered(merged, &patch, &before, None));
        }
        if objects != before.len() + patch.len() {
            return Err(PatchError::MixedList(name.to_owned()));
        }
        let key = field.merge_key().unwrap_or_default();
        self.objects(element, key, before, patch, depth)
    }

    /// Merges a list of objects that are told apart by the field `key`.
    fn objects(
        &self,
        element: Option<TypeId>,
        key: &str,
        mut before: Vec<Value>,
        patch: Vec<Value>,
        depth: usize,
    ) -> Result<Vec<Value>, PatchError> {
        let no_key = |value: &Value| PatchError::NoMergeKey { element: value.to_string(), key: key.to_owned() };
        let (mut replace, mut additions) = (false, Vec::new());
        for value in patch {
            match value.get(PATCH).map(Value::as_str) {
                None => additions.push(value),
                Some(Some("delete")) => {
                    let deleted = value.get(key).ok_or_else(|| no_key(&value))?;
                    before.retain(|other| other.get(key) != Some(deleted));
                }
                Some(Some("replace")) => replace = true,
                Some(_) => return Err(PatchError::BadPatchType(value[PATCH].to_string())),
            }
        }
        if replace {
            return Ok(additions);
        }
        let mut merged = before.clone();
        for addition in &additions {
            let wanted = addition.get(key).ok_or_else(|| no_key(addition))?;
            let found = merged.iter_mut().find(|other| other.get(key) == Some(wanted));
            match (found, addition) {
                (Some(Value::Object(inner)), Value::Object(addition)) => {
                    self.object(element, inner, addition.clone(), depth + 1)?;
                }
                _ => merged.extend(cleaned(addition.clone())),
            }
        }
        if let Some(without) = merged.iter().find(|value| value.get(key).is_none()) {
            return Err(no_key(without));
        }
        Ok(ordered(merged, &additions, &before, Some(key)))
    }

    /// Merges the lists whose order the patch gives, and takes them out of the patch.
    fn ordered_lists(
        &self,
        ty: Option<TypeId>,
        original: &mut Map<String, Value>,
        patch: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), PatchError> {
        let directives: Vec<String> = patch.keys().filter(|name| name.starts_with(SET_ORDER)).cloned().collect();
        for directive in directives {
            let name = directive.trim_start_matches(SET_ORDER).to_owned();
            let Some(Value::Array(order)) = patch.remove(&directive) else {
                return Err(PatchError::BadFormat(directive));
            };
            let (list_ty, field) = self.field(ty, &name);
            let key = field.and_then(Field::merge_key);
            let named = match patch.get(&name) {
                None | Some(Value::Null) => None,
                Some(Value::Array(_)) => patch.remove(&name),
                Some(_) => return Err(PatchError::BadFormat(name)),
            };
            // A `null` removes the list, which is left to what comes after.
            if patch.contains_key(&name) {
                continue;
            }
            let before = match original.get_mut(&name) {
                None => None,
                Some(Value::Array(values)) => Some(std::mem::take(values)),
                Some(Value::Null) => None,
                Some(_) => return Err(PatchError::BadFormat(name)),
            };
            let named = named.and_then(|named| match named {
                Value::Array(values) => Some(values),
                _ => None,
            });
            if let Some(named) = &named {
                check_order(named, &order, key).map_err(|()| PatchError::OrderMismatch(name.clone()))?;
            }
            let previous = before.clone().unwrap_or_default();
            let merged = match (before, named) {
                (None, None) => continue,
                (Some(before), None) => before,
                (None, Some(named)) => named.into_iter().filter_map(cleaned).collect(),
                (Some(before), Some(named)) => self.list(list_ty, field, before, named, &name, depth)?,
            };
            if let Some(key) = key
                && let Some(without) = merged.iter().find(|value| value.get(key).is_none())
            {
                return Err(PatchError::NoMergeKey { element: without.to_string(), key: key.to_owned() });
            }
            original.insert(name, Value::Array(ordered(merged, &order, &previous, key)));
        }
        Ok(())
    }
}

/// Whether a patch's list has its elements in the order that `$setElementOrder` gives.
fn check_order(named: &[Value], order: &[Value], key: Option<&str>) -> Result<(), ()> {
    if named.is_empty() || order.is_empty() {
        return Ok(());
    }
    let mut order = order.iter();
    for element in named.iter().filter(|element| element.get(PATCH).is_none()) {
        let wanted = identity(element, key);
        if !order.any(|other| identity(other, key) == wanted) {
            return Err(());
        }
    }
    Ok(())
}

/// Drops what `$retainKeys` does not name.
fn retain(original: &mut Map<String, Value>, patch: &mut Map<String, Value>) -> Result<(), PatchError> {
    let Some(keys) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let Value::Array(keys) = keys else { return Err(PatchError::BadFormat(RETAIN_KEYS.to_owned())) };
    let named = |name: &str| keys.iter().any(|key| key == name);
    let is_directive = |name: &str| name.starts_with(DELETE_FROM) || name.starts_with(SET_ORDER);
    if patch.iter().any(|(name, value)| !value.is_null() && !is_directive(name) && !named(name)) {
        return Err(PatchError::BadFormat(RETAIN_KEYS.to_owned()));
    }
    original.retain(|name, _| named(name));
    Ok(())
}

/// A patch's value as it stands where the object had nothing: without directives and `null`s; none if it is a directive itself.
fn cleaned(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(object) => {
            // So Kubernetes has it, even if the directive is `replace`.
            if object.contains_key(PATCH) {
                return None;
            }
            let kept = object.into_iter().filter(|(name, _)| {
                name != PATCH && name != RETAIN_KEYS && !name.starts_with(DELETE_FROM) && !name.starts_with(SET_ORDER)
            });
            Some(Value::Object(kept.filter_map(|(name, value)| Some((name, cleaned(value)?))).collect()))
        }
        Value::Array(values) => Some(Value::Array(values.into_iter().filter_map(cleaned).collect())),
        scalar => Some(scalar),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merge(kind: &str, original: &Value, patch: &Value) -> Result<Value, PatchError> {
        let table = Table::builtin();
        let ty = table.named(kind).unwrap();
        strategic_merge(table, ty, original, patch)
    }

    fn check(original: Value, patch: Value, expected: Value) {
        assert_eq!(merge("api/core/v1.PodSpec", &original, &patch), Ok(expected));
    }

    #[test]
    fn lists_of_objects_merge_by_key() {
        check(
            json!({"containers": [{"name": "a", "image": "1"}, {"name": "b", "env": [{"name": "X", "value": "1"}]}]}),
            json!({"containers": [{"name": "b", "env": [{"name": "X", "value": "2"}, {"name": "Y"}]}, {"name": "c"}]}),
            json!({"containers": [{"name": "a", "image": "1"},
                {"name": "b", "env": [{"name": "X", "value": "2"}, {"name": "Y"}]}, {"name": "c"}]}),
        );
        check(
            json!({"containers": [{"name": "a"}, {"name": "b"}]}),
            json!({"containers": [{"name": "a", "$patch": "delete"}]}),
            json!({"containers": [{"name": "b"}]}),
        );
        check(
            json!({"containers": [{"name": "a"}, {"name": "b"}]}),
            json!({"containers": [{"name": "c"}, {"$patch": "replace"}]}),
            json!({"containers": [{"name": "c"}]}),
        );
        check(
            json!({"tolerations": [{"key": "a"}]}),
            json!({"tolerations": [{"key": "b"}]}),
            json!({"tolerations": [{"key": "b"}]}),
        );
    }

    #[test]
    fn objects_merge_and_null_removes() {
        check(
            json!({"nodeSelector": {"a": "1", "b": "2"}, "hostname": "h", "dnsConfig": {"searches": ["x"]}}),
            json!({"nodeSelector": {"a": null, "c": "3"}, "hostname": null, "subdomain": null, "dnsConfig": {"$patch": "delete"}}),
            json!({"nodeSelector": {"b": "2", "c": "3"}, "dnsConfig": {}}),
        );
        check(
            json!({"nodeSelector": {"a": "1"}}),
            json!({"nodeSelector": {"$patch": "replace", "b": "2"}, "affinity": {"nodeAffinity": null}}),
            json!({"nodeSelector": {"b": "2"}, "affinity": {}}),
        );
    }

    #[test]
    fn lists_of_scalars_merge() {
        let check = |original: Value, patch: Value, expected: Value| {
            assert_eq!(merge("apimachinery/pkg/apis/meta/v1.ObjectMeta", &original, &patch), Ok(expected));
        };
        check(
            json!({"finalizers": ["a", "b"]}),
            json!({"finalizers": ["c", "a"]}),
            json!({"finalizers": ["c", "a", "b"]}),
        );
        check(
            json!({"finalizers": ["a", "b", "c"]}),
            json!({"$deleteFromPrimitiveList/finalizers": ["b", "x"]}),
            json!({"finalizers": ["a", "c"]}),
        );
        check(
            json!({"finalizers": ["a", "b"]}),
            json!({"$setElementOrder/finalizers": ["c", "b", "a"], "finalizers": ["c"]}),
            json!({"finalizers": ["c", "b", "a"]}),
        );
    }

    #[test]
    fn order_is_set() {
        check(
            json!({"containers": [{"name": "a"}, {"name": "s"}, {"name": "b"}]}),
            json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "c"}, {"name": "a"}], "containers": [{"name": "c"}]}),
            json!({"containers": [{"name": "s"}, {"name": "b"}, {"name": "c"}, {"name": "a"}]}),
        );
        let mismatch = merge(
            "api/core/v1.PodSpec",
            &json!({}),
            &json!({"$setElementOrder/containers": [{"name": "a"}, {"name": "b"}], "containers": [{"name": "b"}, {"name": "a"}]}),
        );
        assert_eq!(mismatch, Err(PatchError::OrderMismatch("containers".into())));
    }

    #[test]
    fn unions_keep_what_is_named() {
        check(
            json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
            json!({"volumes": [{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/"}}]}),
            json!({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}),
        );
        let strategy = merge(
            "api/apps/v1.DeploymentSpec",
            &json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}),
            &json!({"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}),
        );
        assert_eq!(strategy, Ok(json!({"strategy": {"type": "Recreate"}})));
        let bad = merge("api/core/v1.Volume", &json!({}), &json!({"$retainKeys": ["name"], "emptyDir": {}}));
        assert_eq!(bad, Err(PatchError::BadFormat("$retainKeys".into())));
    }

    #[test]
    fn directives_do_not_stay() {
        check(
            json!({}),
            json!({"containers": [{"name": "a", "$setElementOrder/ports": [], "ports": null}, {"name": "b", "$patch": "delete"}]}),
            json!({"containers": [{"name": "a"}]}),
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let containers = json!({"containers": [{"name": "a"}]});
        let refused = |patch: Value| merge("api/core/v1.PodSpec", &containers, &patch).unwrap_err();
        assert!(matches!(refused(json!({"containers": [{"image": "x"}]})), PatchError::NoMergeKey { .. }));
        assert!(matches!(refused(json!({"containers": ["x"]})), PatchError::MixedList(_)));
        assert!(matches!(refused(json!({"$patch": "merge"})), PatchError::BadPatchType(_)));
        assert!(matches!(refused(json!([])), PatchError::NotAnObject));
        assert!(matches!(refused(json!({"$setElementOrder/containers": {}})), PatchError::BadFormat(_)));
    }
}
