//! The row of Namespace.

use serde_json::{Value, json};

use crate::{
    Column, Kind, NameRule, Subresource, SubresourceRules, columns,
    fields::{self, Field},
    strategy,
    validation::{At, Errors, names},
};

const FIELDS: &[Field; 1] = &[Field { name: "status.phase", path: "status.phase", unset: "" }];

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ns"],
    verbs: &["create", "delete", "get", "list", "patch", "update", "watch"],
    subresources: &[
        Subresource::Status,
        Subresource::Named { name: "finalize", kind: ("", "v1", "Namespace"), verbs: &["update"] },
    ],
    name_rule: NameRule::Label,
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    columns: &[
        Column::string("Status", "Whether the namespace is in use or going away.", |object, _| {
            columns::text(&object["status"]["phase"]).into()
        }),
        columns::AGE,
    ],
    prepare_create,
    prepare_update,
    validate: |namespace| Errors::of(namespace, validate),
    validate_status: |new, _| Errors::of(new, validate_status),
    subresource_rules: &[SubresourceRules {
        name: "finalize",
        prepare: strategy::keep_status,
        validate: |new, _| Errors::of(new, validate),
    }],
    ..Kind::new("", "v1", "Namespace", "namespaces", "namespace", false)
};

/// What keeps a namespace until all in it is gone.
const FINALIZER: &str = "kubernetes";

fn prepare_create(namespace: &mut Value) {
    strategy::begin_with_phase(namespace, "Active");
    if columns::items(&namespace["spec"]["finalizers"]).iter().any(|finalizer| finalizer == FINALIZER) {
        return;
    }
    match namespace["spec"]["finalizers"].as_array_mut() {
        Some(finalizers) => finalizers.push(FINALIZER.into()),
        None => namespace["spec"]["finalizers"] = json!([FINALIZER]),
    }
}

/// The spec has nothing but finalizers, which change through `finalize` alone.
fn prepare_update(new: &mut Value, old: &Value) {
    strategy::keep_status(new, old);
    strategy::keep(new, old, "spec");
}

fn validate(namespace: &At<'_>, errors: &mut Errors) {
    const STANDARD: &[&str] = &[FINALIZER, "orphan", "foregroundDeletion"];
    let finalizers = namespace.get("spec").get("finalizers");
    for finalizer in finalizers.items() {
        let name = finalizer.text();
        for message in names::qualified(name) {
            errors.invalid_value(&finalizers.path, name, &message);
        }
        if !name.contains('/') && !STANDARD.contains(&name) {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid_value(&finalizers.path, name, detail);
        }
    }
}

fn validate_status(namespace: &At<'_>, errors: &mut Errors) {
    let phase = namespace.get("status").get("phase").text();
    let (expected, empty) = match namespace.get("metadata").get("deletionTimestamp").is_set() {
        true => ("Terminating", "not empty"),
        false => ("Active", "empty"),
    };
    if phase != expected {
        let detail = format!("may only be '{expected}' if `deletionTimestamp` is {empty}");
        errors.invalid_value("status.Phase", phase, &detail);
    }
}
