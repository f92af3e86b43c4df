//! Changing an object.

use reks_store::{Op, Txn};
use serde_json::Value;

use super::{Along, Registry, check, encoded, metadata, name_of, unchanged_since};
use crate::catalog::Resource;
use crate::status::{Result, Status};
use crate::stored::Stored;

/// How often a change without a resourceVersion is tried anew when someone else was faster.
const TRIES: usize = 32;

/// Which part of an object a request may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// The object itself: everything but the status, where the kind has one.
    Main,
    /// `status`: the status alone.
    Status,
    /// A subresource that answers for its own rules.
    Special,
}

/// A change of one object.
#[derive(Debug)]
pub struct Update<'a> {
    /// Its resource.
    pub resource: &'a Resource,
    /// The namespace of the path.
    pub namespace: Option<&'a str>,
    /// The name of the path.
    pub name: &'a str,
    /// What may change.
    pub endpoint: Endpoint,
    /// Whether only to check.
    pub dry_run: bool,
}

/// What a change led to.
#[derive(Debug)]
pub struct Updated {
    /// The object after it.
    pub object: Value,
    /// The same as the store keeps it.
    pub stored: Stored,
    /// Whether the change took the last finalizer of an object that was to be deleted, so that it is gone now.
    pub deleted: bool,
}

impl Registry {
    /// Changes an object. `change` makes the new object from the present one; it is called again when someone else changed
    /// the object in between, unless its result names the resourceVersion that it was made for. `admit` sees `(new, old)`.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`, `Invalid`, what `change` and `admit` say, or the store's failure.
    pub async fn update(
        &self,
        update: Update<'_>,
        mut change: impl FnMut(&Value) -> Result<Value>,
        mut admit: impl FnMut(&mut Value, &Value) -> Result<Along>,
    ) -> Result<Updated> {
        let Update { resource, namespace, name, endpoint, dry_run } = update;
        let kind = resource.kind;
        let key = resource.key(namespace, name);
        for _ in 0..TRIES {
            let current = self.get(resource, namespace, name)?;
            let old = self.present(resource, &current)?;
            let mut new = change(&old)?;
            let asked = new["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
            if !asked.is_empty() && asked != current.revision.to_string() {
                return Err(Status::modified(kind, name));
            }
            check_identity(kind, &new, &old, name)?;
            metadata::for_update(&mut new, &old)?;
            restrict(kind.has_status(), endpoint, &mut new, &old);
            if endpoint == Endpoint::Main {
                (kind.prepare_update)(&mut new, &old);
            }
            let along = admit(&mut new, &old)?;
            new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"].clone();
            if kind.generation && endpoint != Endpoint::Status && spec_changed(&new, &old) {
                let generation = old["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
                new["metadata"]["generation"] = generation.into();
            }
            let errors = match endpoint {
                Endpoint::Status => (kind.validate_status)(&new, &old),
                Endpoint::Main => {
                    let mut errors = (kind.validate)(&new);
                    errors.extend((kind.validate_update)(&new, &old));
                    errors
                }
                Endpoint::Special => Vec::new(),
            };
            check(kind, &new, errors)?;

            let finished = is_finished(&new);
            if !finished && (new == old) && along.ops.is_empty() {
                return Ok(Updated { object: old, stored: current, deleted: false });
            }
            let value = encoded(kind, &new)?;
            if dry_run {
                let stored = Stored::from_parts(&value, current.revision)?;
                return Ok(Updated { object: new, stored, deleted: finished });
            }
            let mut compares = vec![unchanged_since(&key, current.revision)];
            compares.extend(along.compares);
            let own = if finished {
                Op::Delete { key: key.clone() }
            } else {
                Op::Put { key: key.clone(), value: value.clone() }
            };
            let mut success = vec![own];
            success.extend(along.ops);
            let result = self.store.txn(Txn { compares, success, failure: Vec::new() }).await?;
            if result.succeeded {
                new["metadata"]["resourceVersion"] = result.revision.to_string().into();
                let stored = Stored::from_parts(&value, result.revision)?;
                return Ok(Updated { object: new, stored, deleted: finished });
            }
            if !asked.is_empty() {
                return Err(Status::modified(kind, name));
            }
        }
        Err(Status::modified(kind, name))
    }
}

fn check_identity(kind: &reks_kinds::Kind, new: &Value, old: &Value, name: &str) -> Result<()> {
    let stated = name_of(new);
    if !stated.is_empty() && stated != name {
        return Err(Status::bad_request(format!(
            "the name of the object ({stated}) does not match the name on the URL ({name})"
        )));
    }
    let stated = new["metadata"]["namespace"].as_str().unwrap_or_default();
    if !stated.is_empty() && stated != old["metadata"]["namespace"].as_str().unwrap_or_default() {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    let (stated, uid) = (&new["metadata"]["uid"], &old["metadata"]["uid"]);
    if let (Some(stated), Some(uid)) = (stated.as_str().filter(|uid| !uid.is_empty()), uid.as_str())
        && stated != uid
    {
        let why = format!("Precondition failed: UID in precondition: {stated}, UID in object meta: {uid}");
        return Err(Status::conflict(kind, name, &why));
    }
    Ok(())
}

/// Puts back what this endpoint may not change.
fn restrict(has_status: bool, endpoint: Endpoint, new: &mut Value, old: &Value) {
    match endpoint {
        Endpoint::Main if has_status => put(new, "status", &old["status"]),
        Endpoint::Status => {
            let mut kept = old.clone();
            put(&mut kept, "status", &new["status"]);
            for field in ["managedFields", "resourceVersion"] {
                kept["metadata"][field] = new["metadata"][field].clone();
            }
            if kept["metadata"]["managedFields"].is_null()
                && let Some(metadata) = kept["metadata"].as_object_mut()
            {
                metadata.remove("managedFields");
            }
            *new = kept;
        }
        Endpoint::Main | Endpoint::Special => {}
    }
}

fn put(object: &mut Value, field: &str, value: &Value) {
    let Some(map) = object.as_object_mut() else { return };
    if value.is_null() {
        map.remove(field);
    } else {
        map.insert(field.to_owned(), value.clone());
    }
}

fn spec_changed(new: &Value, old: &Value) -> bool {
    let own = |name: &&String| !matches!(name.as_str(), "metadata" | "status");
    let fields = |object: &Value| object.as_object().map(|map| map.keys().filter(own).cloned().collect::<Vec<_>>());
    fields(new) != fields(old) || fields(new).into_iter().flatten().any(|field| new[&field] != old[&field])
}

/// Whether an object that is to be deleted has nothing left to wait for.
#[must_use]
pub fn is_finished(object: &Value) -> bool {
    let metadata = &object["metadata"];
    let empty = |value: &Value| value.as_array().is_none_or(Vec::is_empty);
    !metadata["deletionTimestamp"].is_null()
        && metadata["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) == 0
        && empty(&metadata["finalizers"])
        // A namespace waits for its own finalizers too.
        && (object["kind"] != "Namespace" || empty(&object["spec"]["finalizers"]))
}
