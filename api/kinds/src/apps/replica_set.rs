//! The row of ReplicaSet.

use crate::{
    Column, Kind, Subresource, columns, strategy,
    validation::{At, Errors},
    workload::{self, Words},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["rs"],
    categories: &["all"],
    subresources: &[
        Subresource::Scale { spec: "spec.replicas", status: "status.replicas", selector: "spec.selector" },
        Subresource::Status,
    ],
    generation: true,
    columns: &[
        Column::integer("Desired", "Pods that should run.", |object, _| {
            columns::number(&object["spec"]["replicas"]).into()
        }),
        Column::integer("Current", "Pods that exist.", |object, _| {
            columns::number(&object["status"]["replicas"]).into()
        }),
        Column::integer("Ready", "Pods that are ready.", |object, _| {
            columns::number(&object["status"]["readyReplicas"]).into()
        }),
        columns::AGE,
        columns::CONTAINERS,
        columns::IMAGES,
        columns::SELECTOR,
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    validate_status: |new, old| Errors::of_update(new, old, validate_status),
    ..Kind::new("apps", "v1", "ReplicaSet", "replicasets", "replicaset", true)
};

/// Upstream's words for an empty selector are a deployment's here too.
const WORDS: Words = Words { in_selector: "deployment", in_deadline: "ReplicaSet" };

fn validate(set: &At<'_>, errors: &mut Errors) {
    let spec = set.get("spec");
    errors.not_negative(&spec.get("replicas"));
    errors.not_negative(&spec.get("minReadySeconds"));
    workload::selector_and_template(&spec, &WORDS, errors);
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("spec").get("selector"), &old.get("spec").get("selector"));
}

/// Counters of ReplicaSets and of ReplicationControllers.
pub(crate) fn validate_status(new: &At<'_>, _: &At<'_>, errors: &mut Errors) {
    const COUNTERS: &[&str] = &[
        "replicas",
        "fullyLabeledReplicas",
        "readyReplicas",
        "availableReplicas",
        "observedGeneration",
        "terminatingReplicas",
    ];
    const BOUNDS: &[(&str, &str, &str)] = &[
        ("fullyLabeledReplicas", "replicas", "status.replicas"),
        ("readyReplicas", "replicas", "status.replicas"),
        ("availableReplicas", "replicas", "status.replicas"),
        ("availableReplicas", "readyReplicas", "readyReplicas"),
    ];
    workload::counters(&new.get("status"), COUNTERS, BOUNDS, errors);
}
