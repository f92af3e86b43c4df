//! The row of DaemonSet.

use serde_json::Value;

use crate::{
    Column, Kind, Subresource, columns, strategy,
    validation::{At, Errors, cursor::same},
    workload::{self, Words},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["ds"],
    categories: &["all"],
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[
        Column::integer("Desired", "Nodes that should run the pod.", |object, _| {
            columns::number(&object["status"]["desiredNumberScheduled"]).into()
        }),
        Column::integer("Current", "Nodes that have the pod.", |object, _| {
            columns::number(&object["status"]["currentNumberScheduled"]).into()
        }),
        Column::integer("Ready", "Nodes whose pod is ready.", |object, _| {
            columns::number(&object["status"]["numberReady"]).into()
        }),
        Column::integer("Up-to-date", "Nodes whose pod is of the newest template.", |object, _| {
            columns::number(&object["status"]["updatedNumberScheduled"]).into()
        }),
        Column::integer("Available", "Nodes whose pod is available.", |object, _| {
            columns::number(&object["status"]["numberAvailable"]).into()
        }),
        Column::string("Node Selector", "Labels of the nodes that run the pod.", |object, _| {
            columns::labels(&object["spec"]["template"]["spec"]["nodeSelector"])
        }),
        columns::AGE,
        columns::CONTAINERS,
        columns::IMAGES,
        columns::SELECTOR,
    ],
    prepare_create,
    prepare_update,
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    validate_status: |new, old| Errors::of_update(new, old, validate_status),
    ..Kind::new("apps", "v1", "DaemonSet", "daemonsets", "daemonset", true)
};

const WORDS: Words = Words { in_selector: "daemonset", in_deadline: "DaemonSet" };

/// Counts the templates that a DaemonSet has had.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

fn prepare_create(set: &mut Value) {
    strategy::clear_status(set);
    set["metadata"]["annotations"][TEMPLATE_GENERATION] = "1".into();
}

fn prepare_update(new: &mut Value, old: &Value) {
    strategy::keep_status(new, old);
    let before = columns::text(&old["metadata"]["annotations"][TEMPLATE_GENERATION]).parse::<i64>().unwrap_or(1);
    let changed = !same(&new["spec"]["template"], &old["spec"]["template"]);
    let now = before + i64::from(changed);
    new["metadata"]["annotations"][TEMPLATE_GENERATION] = now.to_string().into();
}

fn validate(set: &At<'_>, errors: &mut Errors) {
    let spec = set.get("spec");
    workload::selector_and_template(&spec, &WORDS, errors);
    errors.not_negative(&spec.get("minReadySeconds"));
    errors.not_negative(&spec.get("revisionHistoryLimit"));
    let strategy = spec.get("updateStrategy");
    match strategy.get("type").text() {
        "RollingUpdate" => rolling(&strategy.get("rollingUpdate"), errors),
        "OnDelete" | "" => {}
        _ => errors.not_supported(&strategy, &["RollingUpdate", "OnDelete"]),
    }
}

fn rolling(rolling: &At<'_>, errors: &mut Errors) {
    let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
    for at in [&unavailable, &surge] {
        workload::int_or_percent(at, errors);
        workload::at_most_all(at, errors);
    }
    match (workload::int_or_percent_value(&unavailable), workload::int_or_percent_value(&surge)) {
        (0, 0) if rolling.is_set() => errors.required(&unavailable, "cannot be 0 when maxSurge is 0"),
        (0, _) | (_, 0) => {}
        _ => errors.invalid(&surge, "may not be set when maxUnavailable is non-zero"),
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("spec").get("selector"), &old.get("spec").get("selector"));
}

fn validate_status(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    const COUNTERS: &[&str] = &[
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "observedGeneration",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
        "collisionCount",
    ];
    workload::counters(&new.get("status"), COUNTERS, &[], errors);
    workload::collisions(new, old, errors);
}
