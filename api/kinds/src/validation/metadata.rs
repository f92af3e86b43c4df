//! Rules of `metadata` that hold for every kind (`k8s.io/apimachinery/pkg/api/validation/objectmeta.go`).
//!
//! The rows' own `validate` functions do not repeat these: whoever serves a kind, also a custom one, calls both.

use serde_json::Value;

use super::{At, Errors, cursor::IMMUTABLE, names, selector};
use crate::{FieldError, NameRule};

/// Most bytes that the annotations of an object may have, keys and values together.
const ANNOTATIONS_MOST_BYTES: usize = 256 * 1024;

/// What is wrong with the metadata of a new object.
#[must_use]
pub fn validate(object: &Value, namespaced: bool, name_rule: NameRule) -> Vec<FieldError> {
    Errors::of(object, |object, errors| {
        let metadata = object.get("metadata");
        let (name, generate_name) = (metadata.get("name"), metadata.get("generateName"));
        let rule = names::rule_of(name_rule);
        if !generate_name.is_empty() {
            for message in names::prefix_of(rule, generate_name.text()) {
                errors.invalid(&generate_name, &message);
            }
        }
        if name.is_empty() {
            errors.required(&name, "name or generateName is required");
        } else {
            errors.rule(&name, rule);
        }
        let namespace = metadata.get("namespace");
        match (namespaced, namespace.is_empty()) {
            (true, true) => errors.required(&namespace, ""),
            (true, false) => errors.rule(&namespace, names::label),
            (false, false) => errors.forbidden(&namespace, "not allowed on this type"),
            (false, true) => {}
        }
        errors.not_negative(&metadata.get("generation"));
        common(&metadata, errors);
    })
}

/// What is wrong with the change of an object's metadata, `(new, old)`.
#[must_use]
pub fn validate_update(new: &Value, old: &Value) -> Vec<FieldError> {
    Errors::of_update(new, old, |new, old, errors| {
        let (new, old) = (new.get("metadata"), old.get("metadata"));
        if old.get("deletionTimestamp").is_set() {
            no_new_finalizers(&new.get("finalizers"), &old.get("finalizers"), errors);
        }
        if new.get("generation").int() < old.get("generation").int() {
            errors.invalid(&new.get("generation"), "must not be decremented");
        }
        for field in
            ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"]
        {
            errors.unchanged(&new.get(field), &old.get(field), IMMUTABLE);
        }
        common(&new, errors);
    })
}

/// Labels, annotations, owners and finalizers.
fn common(metadata: &At<'_>, errors: &mut Errors) {
    selector::labels(&metadata.get("labels"), errors);
    annotations(&metadata.get("annotations"), errors);
    owners(&metadata.get("ownerReferences"), errors);
    finalizers(&metadata.get("finalizers"), errors);
}

/// Keys of annotations are those of labels, in any case; together they must not be too large.
pub(crate) fn annotations(at: &At<'_>, errors: &mut Errors) {
    let mut size = 0;
    for (key, value) in at.entries() {
        size += key.len() + value.text().len();
        for message in names::qualified(&key.to_lowercase()) {
            errors.invalid_value(&at.path, key, &message);
        }
    }
    if size > ANNOTATIONS_MOST_BYTES {
        errors.0.push(FieldError::too_long(&at.path, ANNOTATIONS_MOST_BYTES));
    }
}

/// Owners are named fully; one of them at most controls the object. Paths are those of the list, as upstream has them.
fn owners(at: &At<'_>, errors: &mut Errors) {
    let mut controller: Option<String> = None;
    for owner in at.items() {
        let part = |name: &str| owner.get(name).text();
        let mut filled = |name: &str, value: &str, detail: &str| {
            if value.is_empty() {
                errors.invalid_value(&format!("{}.{name}", at.path), part(name), detail);
            }
        };
        let version = part("apiVersion").rsplit('/').next().unwrap_or_default();
        filled("apiVersion", version, "version must not be empty");
        for name in ["kind", "name", "uid"] {
            filled(name, part(name), "must not be empty");
        }
        if part("apiVersion") == "v1" && part("kind") == "Event" {
            errors.invalid_value(&at.path, owner.value.clone(), "/v1, Kind=Event is disallowed from being an owner");
        }
        if owner.get("controller").is_true() {
            let this = format!("{}/{}", part("kind"), part("name"));
            match &controller {
                Some(first) => errors.invalid(
                    at,
                    &format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} and \
                         {this}"
                    ),
                ),
                None => controller = Some(this),
            }
        }
    }
}

fn finalizers(at: &At<'_>, errors: &mut Errors) {
    let has = |name: &str| at.items().any(|item| item.text() == name);
    for finalizer in at.items() {
        for message in names::qualified(finalizer.text()) {
            errors.invalid_value(&at.path, finalizer.text(), &message);
        }
    }
    if has("orphan") && has("foregroundDeletion") {
        errors.invalid(at, "finalizer orphan and foregroundDeletion cannot be both set");
    }
}

fn no_new_finalizers(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let kept = |name: &str| old.items().any(|item| item.text() == name);
    let mut added: Vec<_> = new.items().map(|item| item.text()).filter(|name| !kept(name)).collect();
    if added.is_empty() {
        return;
    }
    added.sort_unstable();
    let list = added.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    errors.forbidden(
        new,
        &format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{list}}}"
        ),
    );
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(metadata: Value, expected: &[&str]) {
        let errors = validate(&json!({"metadata": metadata}), true, NameRule::Subdomain);
        assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn new_metadata() {
        check(json!({"name": "a", "namespace": "n"}), &[]);
        check(json!({"namespace": "n"}), &["metadata.name: Required value: name or generateName is required"]);
        check(json!({"name": "a"}), &["metadata.namespace: Required value"]);
        check(
            json!({"name": "a", "namespace": "n.m"}),
            &["metadata.namespace: Invalid value: \"n.m\": must not contain dots"],
        );
        check(
            json!({"name": "a", "namespace": "n", "labels": {"a/b/c": "v"}}),
            &[
                "metadata.labels: Invalid value: \"a/b/c\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
            ],
        );
        check(
            json!({"name": "a", "namespace": "n", "annotations": {"A.com/x": "", "big": "x".repeat(300_000)}}),
            &["metadata.annotations: Too long: may not be more than 262144 bytes"],
        );
        check(
            json!({"name": "a", "namespace": "n", "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p"}]}),
            &["metadata.ownerReferences.uid: Invalid value: \"\": must not be empty"],
        );
    }

    #[test]
    fn changed_metadata() {
        let check = |new: Value, old: Value, expected: &[&str]| {
            let errors = validate_update(&json!({"metadata": new}), &json!({"metadata": old}));
            assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
        };
        check(json!({"name": "a", "labels": {"x": "y"}}), json!({"name": "a"}), &[]);
        check(
            json!({"name": "a", "uid": "2"}),
            json!({"name": "a", "uid": "1"}),
            &["metadata.uid: Invalid value: \"2\": field is immutable"],
        );
        check(
            json!({"deletionTimestamp": "t", "finalizers": ["a", "b"]}),
            json!({"deletionTimestamp": "t", "finalizers": ["a"]}),
            &[
                "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"b\"}",
            ],
        );
    }
}
