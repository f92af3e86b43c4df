//! What a change does to the record, and an apply to the object.

use serde_json::{Map, Value, json};

use super::compare::{Comparison, compare};
use super::fields::{fields, with_named};
use super::managers::{Entry, Manager, Managers, conflicts_with, decode, encode};
use super::merge::merge;
use super::node::Node;
use super::path::same;
use super::reconcile::reconciled;
use super::remove::remove;
use super::set::Set;
use super::validate::validate;
use super::{ApplyError, Change};
use crate::canonicalise;

/// How many managers that do not apply are told apart; the oldest beyond that become one.
const MAX_UPDATERS: usize = 10;
/// The one that they become.
const OLDEST: &str = "ancient-changes";
/// Who is held to have set everything in an object that nobody tracked.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";
/// The annotation in which client-side apply keeps what was applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Fields that nobody is recorded for: the server sets them, or they name the object.
const UNTRACKED: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "clusterName"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

fn set_of(paths: &[&[&str]]) -> Set {
    paths.iter().fold(Set::default(), |set, path| set.union(&Set::of_names(path)))
}

fn managed_fields(object: &Value) -> Option<&Value> {
    object.pointer("/metadata/managedFields")
}

/// The object without its record.
fn without_record(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

fn with_record(mut object: Value, managers: &Managers, live: Option<&Value>) -> Value {
    let mut record = encode(managers);
    // Times alone are no change.
    if let Some(live) = live
        && let Some(before) = managed_fields(live)
        && without_times(before) == without_times(&record)
        && without_record(live) == object
    {
        record = before.clone();
    }
    let metadata = object.as_object_mut().map(|object| object.entry("metadata").or_insert_with(|| json!({})));
    if let Some(Value::Object(metadata)) = metadata {
        if managers.is_empty() {
            metadata.remove("managedFields");
        } else {
            metadata.insert("managedFields".into(), record);
        }
    }
    object
}

fn without_times(record: &Value) -> Vec<Map<String, Value>> {
    let entries = record.as_array().into_iter().flatten().filter_map(Value::as_object);
    let mut entries: Vec<_> = entries
        .map(|entry| {
            entry.iter().filter(|(name, _)| *name != "time").map(|(k, v)| (k.clone(), v.clone())).collect::<Map<_, _>>()
        })
        .collect();
    entries.sort_by_key(|entry| Value::Object(entry.clone()).to_string());
    entries
}

/// An object of the kind with nothing in it but what Go prints of one.
fn nothing(change: &Change<'_>, object: &Value) -> Value {
    let named = json!({"apiVersion": object["apiVersion"], "kind": object["kind"]});
    let mut canonical = named.clone();
    match canonicalise(change.table, change.ty, &mut canonical) {
        Ok(()) => canonical,
        Err(_) => named,
    }
}

/// Keeps what client-side apply keeps, for those who go back to it.
fn keep_last_applied(object: &mut Value, applied: &Value) {
    let Some(kept) = object.pointer_mut(&format!("/metadata/annotations/{}", LAST_APPLIED.replace('/', "~1"))) else {
        return;
    };
    if kept.as_str().is_none_or(str::is_empty) {
        return;
    }
    let mut applied = applied.clone();
    if let Some(annotations) = applied.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
    *kept = Value::String(format!("{applied}\n"));
}

struct Updater<'a> {
    node: Node<'a>,
    change: &'a Change<'a>,
    reset: Set,
}

impl<'a> Updater<'a> {
    fn new(change: &'a Change<'a>) -> Updater<'a> {
        Updater { node: Node::new(change.table, change.ty), change, reset: set_of(change.reset) }
    }

    fn manager(&self, applies: bool) -> Manager {
        Manager {
            name: if self.change.manager.is_empty() { "unknown".into() } else { self.change.manager.into() },
            applies,
            api_version: if applies { String::new() } else { self.change.api_version.into() },
            subresource: self.change.subresource.into(),
        }
    }

    fn reconcile(&self, managers: &mut Managers) {
        for entry in managers.values_mut() {
            entry.fields = reconciled(self.node, &entry.fields);
        }
    }

    /// Takes from the others what changed under them; an error if that is not forced.
    fn take(
        &self,
        old: &Value,
        new: &Value,
        managers: &mut Managers,
        own: Option<&Manager>,
        force: bool,
    ) -> Result<Comparison, ApplyError> {
        let found = compare(self.node, old, new)?.without(&self.reset);
        let set = found.modified.clone().union(&found.added);
        let mut conflicts = Vec::new();
        for (manager, entry) in managers.iter().filter(|(manager, _)| Some(*manager) != own) {
            conflicts.extend(conflicts_with(manager, &entry.fields.intersection(&set)));
        }
        if !force && !conflicts.is_empty() {
            return Err(ApplyError::Conflicts(conflicts));
        }
        for (manager, entry) in managers.iter_mut() {
            if Some(manager) != own {
                entry.fields = entry.fields.difference(&set).difference(&found.removed);
            }
        }
        managers.retain(|_, entry| !entry.fields.is_empty());
        Ok(found)
    }

    /// Records a change that is no apply, in the name of `manager`.
    fn record(&self, old: &Value, new: &Value, managers: &mut Managers, manager: Manager) -> Result<(), ApplyError> {
        self.reconcile(managers);
        let found = self.take(old, new, managers, None, true)?;
        let changed = found.modified.union(&found.added).recursive_difference(&self.reset);
        let changed = changed.difference(&set_of(UNTRACKED));
        if !changed.is_empty() {
            let previous = managers.remove(&manager).map(|entry| entry.fields).unwrap_or_default();
            let entry = Entry {
                fields: changed.union(&previous),
                api_version: self.change.api_version.into(),
                time: Some(self.change.now.into()),
            };
            managers.insert(manager, entry);
        }
        cap(managers);
        Ok(())
    }

    /// Removes from the merged object what the manager applied before but no longer does, unless someone else set it too.
    fn prune(&self, merged: Value, managers: &Managers, last: Option<&Set>) -> Result<Value, ApplyError> {
        let Some(last) = last.filter(|last| !last.is_empty()) else { return Ok(merged) };
        let node = self.node;
        let last = with_named(node, last);
        let pruned = remove(node, &merged, &last);
        let merged_fields = with_named(node, &fields(node, &merged)?);
        // Add back what someone owns.
        let owned = managers.values().fold(Set::default(), |owned, entry| owned.union(&entry.fields));
        let kept = with_named(node, &fields(node, &pruned)?).union(&with_named(node, &owned));
        let pruned = remove(node, &merged, &merged_fields.difference(&kept));
        // Add back what nobody owned before either.
        let pruned_fields = with_named(node, &fields(node, &pruned)?);
        Ok(remove(node, &merged, &merged_fields.difference(&pruned_fields).intersection(&last)))
    }
}

/// Makes one of the oldest managers that do not apply, for each version, if there are too many.
fn cap(managers: &mut Managers) {
    let mut updaters: Vec<_> = managers
        .iter()
        .filter(|(manager, _)| !manager.applies)
        .map(|(manager, entry)| (entry.time.clone(), manager.clone()))
        .collect();
    updaters.sort();
    let mut length = updaters.len();
    let mut first: std::collections::BTreeMap<String, Manager> = std::collections::BTreeMap::new();
    for (_, manager) in updaters {
        if length <= MAX_UPDATERS {
            return;
        }
        let version = manager.api_version.clone();
        let Some(oldest) = first.get(&version).cloned() else {
            first.insert(version, manager);
            continue;
        };
        let bucket =
            Manager { name: OLDEST.into(), applies: false, api_version: version.clone(), subresource: String::new() };
        if !managers.contains_key(&bucket)
            && let Some(entry) = managers.remove(&oldest)
        {
            managers.insert(bucket.clone(), entry);
        }
        if manager != bucket
            && let Some(moved) = managers.remove(&manager)
            && let Some(entry) = managers.get_mut(&bucket)
        {
            entry.fields = std::mem::take(&mut entry.fields).union(&moved.fields);
            entry.time = moved.time;
            length -= 1;
        }
    }
}

pub(super) fn update(change: &Change<'_>, live: Option<&Value>, new: &mut Value) {
    let updater = Updater::new(change);
    let given = managed_fields(new).cloned();
    let is_reset = given.as_ref().is_some_and(|given| match given.as_array().map(Vec::as_slice) {
        Some([]) => true,
        Some([entry]) => entry.as_object().is_some_and(Map::is_empty),
        _ => false,
    });
    let live_managers = || decode(live.and_then(managed_fields)).unwrap_or_default();
    let mut managers = if !change.subresource.is_empty() {
        live_managers()
    } else if is_reset {
        Managers::new()
    } else {
        decode(given.as_ref()).filter(|managers| !managers.is_empty()).unwrap_or_else(live_managers)
    };
    let object = without_record(new);
    let old = live.map_or_else(|| nothing(change, &object), without_record);
    let is_untracked = managers.is_empty() && live.is_some();
    if !is_untracked && updater.record(&old, &object, &mut managers, updater.manager(false)).is_err() {
        // An object that cannot be walked is kept, without a record.
        managers.clear();
    }
    *new = with_record(object, &managers, live);
}

pub(super) fn apply(
    change: &Change<'_>,
    live: Option<&Value>,
    applied: &Value,
    force: bool,
) -> Result<Value, ApplyError> {
    if managed_fields(applied).is_some_and(|given| !given.is_null()) {
        return Err(ApplyError::HasManagedFields);
    }
    let updater = Updater::new(change);
    validate(updater.node, applied)?;
    let before = live.map_or_else(|| nothing(change, applied), without_record);
    let mut managers = decode(live.and_then(managed_fields)).unwrap_or_default();
    if managers.is_empty() {
        let manager = Manager { name: BEFORE_FIRST_APPLY.into(), ..updater.manager(false) };
        updater.record(&nothing(change, applied), &before, &mut managers, manager)?;
    }
    let result = merged(&updater, &before, applied, managers.clone(), force);
    let (mut object, managers) = match result {
        // Whoever applied with kubectl before on the client's side may go on on the server's.
        Err(ApplyError::Conflicts(conflicts)) if change.manager == "kubectl" => {
            let allowed = last_applied(&updater, &before);
            let left = conflicts.into_iter().filter(|conflict| !allowed.contains(&conflict.field)).collect::<Vec<_>>();
            if !left.is_empty() {
                return Err(ApplyError::Conflicts(left));
            }
            merged(&updater, &before, applied, managers, true)?
        }
        result => result?,
    };
    if change.manager == "kubectl" {
        keep_last_applied(&mut object, applied);
    }
    Ok(with_record(object, &managers, live))
}

fn merged(
    updater: &Updater<'_>,
    before: &Value,
    applied: &Value,
    mut managers: Managers,
    force: bool,
) -> Result<(Value, Managers), ApplyError> {
    let own = updater.manager(true);
    updater.reconcile(&mut managers);
    let object = merge(updater.node, before, applied)?;
    let last = managers.get(&own).cloned();
    let set = fields(updater.node, applied)?.recursive_difference(&updater.reset);
    let time = last.as_ref().and_then(|entry| entry.time.clone());
    managers.insert(own.clone(), Entry { fields: set, api_version: updater.change.api_version.into(), time });
    let object = updater.prune(object, &managers, last.as_ref().map(|entry| &entry.fields))?;
    updater.take(before, &object, &mut managers, Some(&own), force)?;
    let is_changed = !same(before, &object);
    if let Some(entry) = managers.get_mut(&own) {
        entry.fields = entry.fields.difference(&set_of(UNTRACKED));
        if is_changed || entry.time.is_none() {
            entry.time = Some(updater.change.now.into());
        }
    }
    managers.retain(|_, entry| !entry.fields.is_empty());
    Ok((if is_changed { object } else { before.clone() }, managers))
}

/// The fields that client-side apply set last and that are still so.
fn last_applied(updater: &Updater<'_>, live: &Value) -> Vec<String> {
    let annotations = live.pointer("/metadata/annotations");
    let text = annotations.and_then(|annotations| annotations.get(LAST_APPLIED)?.as_str());
    let applied: Option<Value> = text.and_then(|text| serde_json::from_str(text).ok());
    let Some(applied) = applied.filter(|applied| applied["apiVersion"] == updater.change.api_version) else {
        return Vec::new();
    };
    let (Ok(set), Ok(found)) = (fields(updater.node, &applied), compare(updater.node, &applied, live)) else {
        return Vec::new();
    };
    let set = set.difference(&found.modified).difference(&found.added).difference(&found.removed);
    let mut paths = Vec::new();
    set.each(&mut |path| paths.push(path.iter().map(ToString::to_string).collect()));
    paths
}
