//! The row of Deployment.

use crate::{
    Column, Kind, Subresource, columns, strategy,
    validation::{At, Errors},
    workload::{self, Words},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["deploy"],
    categories: &["all"],
    subresources: &[
        Subresource::Scale { spec: "spec.replicas", status: "status.replicas", selector: "spec.selector" },
        Subresource::Status,
    ],
    generation: true,
    columns: &[
        Column::string("Ready", "Pods that are ready, of those that should run.", |object, _| {
            super::ready_replicas(object)
        }),
        Column::string("Up-to-date", "Pods of the newest template.", |object, _| {
            columns::number(&object["status"]["updatedReplicas"]).into()
        }),
        Column::string("Available", "Pods that are available.", |object, _| {
            columns::number(&object["status"]["availableReplicas"]).into()
        }),
        columns::AGE,
        columns::CONTAINERS,
        columns::IMAGES,
        Column::string("Selector", "Labels of the pods that belong here.", |object, _| {
            columns::label_selector_text(&object["spec"]["selector"]).into()
        })
        .wide(),
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    validate_status: |new, old| Errors::of_update(new, old, validate_status),
    ..Kind::new("apps", "v1", "Deployment", "deployments", "deployment", true)
};

const WORDS: Words = Words { in_selector: "deployment", in_deadline: "ReplicaSet" };

fn validate(deployment: &At<'_>, errors: &mut Errors) {
    let spec = deployment.get("spec");
    for number in ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"] {
        errors.not_negative(&spec.get(number));
    }
    workload::selector_and_template(&spec, &WORDS, errors);
    rollout(&spec.get("strategy"), errors);
    let (progress, ready) = (spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds").int().unwrap_or(0));
    if progress.int().is_some_and(|seconds| seconds <= ready) {
        errors.invalid(&progress, "must be greater than minReadySeconds");
    }
}

fn rollout(strategy: &At<'_>, errors: &mut Errors) {
    let rolling = strategy.get("rollingUpdate");
    match strategy.get("type").text() {
        "Recreate" => {
            if rolling.is_set() {
                errors.forbidden(&rolling, "may not be specified when strategy `type` is 'Recreate'");
            }
        }
        "RollingUpdate" => {
            let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
            workload::int_or_percent(&unavailable, errors);
            workload::int_or_percent(&surge, errors);
            let is_zero = |at: &At<'_>| at.is_set() && workload::int_or_percent_value(at) == 0;
            if is_zero(&unavailable) && is_zero(&surge) {
                errors.invalid(&unavailable, "may not be 0 when `maxSurge` is 0");
            }
            workload::at_most_all(&unavailable, errors);
        }
        "" => {}
        _ => errors.not_supported(strategy, &["Recreate", "RollingUpdate"]),
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("spec").get("selector"), &old.get("spec").get("selector"));
}

fn validate_status(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    const COUNTERS: &[&str] = &[
        "observedGeneration",
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "terminatingReplicas",
        "collisionCount",
    ];
    const BOUNDS: &[(&str, &str, &str)] = &[
        ("updatedReplicas", "replicas", "status.replicas"),
        ("readyReplicas", "replicas", "status.replicas"),
        ("availableReplicas", "replicas", "status.replicas"),
        ("availableReplicas", "readyReplicas", "readyReplicas"),
    ];
    workload::counters(&new.get("status"), COUNTERS, BOUNDS, errors);
    workload::collisions(new, old, errors);
}
