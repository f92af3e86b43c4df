//! Deleting an object: at once, gracefully, or after its finalizers (Kubernetes API conventions, "Finalizers").

use reks_store::{Op, Txn};
use serde_json::{Value, json};

use super::{Along, Registry, encoded, name_of, unchanged_since};
use crate::catalog::Resource;
use crate::status::{Result, Status};
use crate::stored::Stored;

/// How often a deletion is tried anew when someone else changed the object in between.
const TRIES: usize = 32;

/// What becomes of an object's dependents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// The garbage collector deletes them afterwards.
    Background,
    /// They go first.
    Foreground,
    /// They stay, without an owner.
    Orphan,
}

/// `metav1.DeleteOptions`.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// Seconds to wait; none for the kind's own.
    pub grace_period_seconds: Option<i64>,
    /// What becomes of dependents; none for the kind's own.
    pub propagation: Option<Propagation>,
    /// The uid that the object must have.
    pub uid: Option<String>,
    /// The resourceVersion that the object must have.
    pub resource_version: Option<String>,
    /// Whether only to check.
    pub dry_run: bool,
}

/// What a deletion led to.
#[derive(Debug)]
pub enum Deleted {
    /// The object is gone; this was it.
    Gone(Value),
    /// The object waits for its grace period or its finalizers.
    Waiting(Value, Stored),
}

impl DeleteOptions {
    /// Reads a body and merges the query's parameters, which count where the body says nothing.
    ///
    /// # Errors
    /// `BadRequest` for values that mean nothing.
    pub fn read(body: &Value, query: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let number = |text: String| {
            text.parse::<i64>().map_err(|_| Status::bad_request(format!("gracePeriodSeconds is not a number: {text}")))
        };
        let grace_period_seconds = match body["gracePeriodSeconds"].as_i64() {
            Some(seconds) => Some(seconds),
            None => query("gracePeriodSeconds").map(number).transpose()?,
        };
        if grace_period_seconds.is_some_and(|seconds| seconds < 0) {
            return Err(Status::bad_request("gracePeriodSeconds must be non-negative"));
        }
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let policy = text(&body["propagationPolicy"]).or_else(|| query("propagationPolicy"));
        let orphan =
            body["orphanDependents"].as_bool().or_else(|| query("orphanDependents").map(|text| text == "true"));
        let propagation = match (policy.as_deref(), orphan) {
            (Some("Background"), _) | (None, Some(false)) => Some(Propagation::Background),
            (Some("Foreground"), _) => Some(Propagation::Foreground),
            (Some("Orphan"), _) | (None, Some(true)) => Some(Propagation::Orphan),
            (None, None) => None,
            (Some(other), _) => {
                return Err(Status::bad_request(format!(
                    "invalid propagationPolicy \"{other}\": it is Background, Foreground or Orphan"
                )));
            }
        };
        Ok(Self {
            grace_period_seconds,
            propagation,
            uid: text(&body["preconditions"]["uid"]),
            resource_version: text(&body["preconditions"]["resourceVersion"]),
            dry_run: !body["dryRun"].as_array().is_none_or(Vec::is_empty) || query("dryRun").is_some(),
        })
    }

    fn check(&self, resource: &Resource, object: &Value) -> Result<()> {
        let checks = [("UID", &self.uid, "uid"), ("ResourceVersion", &self.resource_version, "resourceVersion")];
        for (title, wanted, field) in checks {
            let found = object["metadata"][field].as_str().unwrap_or_default();
            if let Some(wanted) = wanted.as_deref().filter(|wanted| *wanted != found) {
                let why =
                    format!("Precondition failed: {title} in precondition: {wanted}, {title} in object meta: {found}");
                return Err(Status::conflict(resource.kind, name_of(object), &why));
            }
        }
        Ok(())
    }
}

impl Registry {
    /// Deletes an object. `admit` sees it as it is, and may ask for more in the transaction that removes it.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` with the preconditions, what `admit` says, or the store's failure.
    pub async fn delete(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
        options: &DeleteOptions,
        mut admit: impl FnMut(&Value) -> Result<Along>,
    ) -> Result<Deleted> {
        let key = resource.key(namespace, name);
        for _ in 0..TRIES {
            let current = self.get(resource, namespace, name)?;
            let old = self.present(resource, &current)?;
            options.check(resource, &old)?;
            let along = admit(&old)?;
            let grace = grace_period(resource, &old, options);
            let finalizers = finalizers(&old, options.propagation);
            let waits = grace > 0 || !finalizers.is_empty() || has_spec_finalizers(&old);
            if !waits {
                if options.dry_run {
                    return Ok(Deleted::Gone(old));
                }
                let mut compares = vec![unchanged_since(&key, current.revision)];
                compares.extend(along.compares);
                let mut success = vec![Op::Delete { key: key.clone() }];
                success.extend(along.ops);
                if self.store.txn(Txn { compares, success, failure: Vec::new() }).await?.succeeded {
                    return Ok(Deleted::Gone(old));
                }
                continue;
            }
            let new = self.marked(&old, grace, &finalizers);
            if new == old {
                return Ok(Deleted::Waiting(old, current));
            }
            let value = encoded(resource.kind, &new)?;
            if options.dry_run {
                return Ok(Deleted::Waiting(new, current));
            }
            let put = Op::Put { key: key.clone(), value: value.clone() };
            let compares = vec![unchanged_since(&key, current.revision)];
            let result = self.store.txn(Txn { compares, success: vec![put], failure: Vec::new() }).await?;
            if result.succeeded {
                let stored = Stored::from_parts(&value, result.revision)?;
                return Ok(Deleted::Waiting(stored.parse()?, stored));
            }
        }
        Err(Status::modified(resource.kind, name))
    }

    /// The object with its deletion written into its metadata.
    fn marked(&self, old: &Value, grace: i64, finalizers: &[String]) -> Value {
        let mut new = old.clone();
        let metadata = &mut new["metadata"];
        let before = old["metadata"]["deletionGracePeriodSeconds"].as_i64();
        let deleting = !old["metadata"]["deletionTimestamp"].is_null();
        // A second deletion can only shorten the wait.
        if !deleting || before.is_some_and(|before| grace < before) {
            let at = (self.environment.now)() + jiff::SignedDuration::from_secs(grace);
            metadata["deletionTimestamp"] = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into();
            metadata["deletionGracePeriodSeconds"] = grace.into();
        }
        if !deleting && let Some(generation) = metadata["generation"].as_i64() {
            metadata["generation"] = (generation + 1).into();
        }
        if finalizers.is_empty() {
            if let Some(metadata) = metadata.as_object_mut() {
                metadata.remove("finalizers");
            }
        } else {
            metadata["finalizers"] = json!(finalizers);
        }
        if new["kind"] == "Namespace" {
            new["status"]["phase"] = "Terminating".into();
        }
        new
    }
}

/// Seconds that an object's deletion waits. Only pods have any: a pod that no node runs needs none.
fn grace_period(resource: &Resource, object: &Value, options: &DeleteOptions) -> i64 {
    if resource.kind.kind != "Pod" {
        return 0;
    }
    let assigned = object["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty());
    let ended = matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    if !assigned || ended {
        return 0;
    }
    let own = object["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    let asked = options.grace_period_seconds.unwrap_or(own);
    // A pod that is being deleted keeps the shorter of the two.
    match object["metadata"]["deletionGracePeriodSeconds"].as_i64() {
        Some(before) if !object["metadata"]["deletionTimestamp"].is_null() => asked.min(before),
        _ => asked,
    }
}

fn finalizers(object: &Value, propagation: Option<Propagation>) -> Vec<String> {
    let mut finalizers: Vec<String> = object["metadata"]["finalizers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finalizer| finalizer.as_str().map(str::to_owned))
        .collect();
    let Some(propagation) = propagation else { return finalizers };
    finalizers.retain(|finalizer| !matches!(finalizer.as_str(), "orphan" | "foregroundDeletion"));
    match propagation {
        Propagation::Background => {}
        Propagation::Foreground => finalizers.push("foregroundDeletion".to_owned()),
        Propagation::Orphan => finalizers.push("orphan".to_owned()),
    }
    finalizers
}

fn has_spec_finalizers(object: &Value) -> bool {
    object["kind"] == "Namespace" && object["spec"]["finalizers"].as_array().is_some_and(|list| !list.is_empty())
}
