//! The row of PodDisruptionBudget.

use crate::{
    Column, Kind, Subresource, columns, strategy,
    validation::{At, Errors, conditions, selector},
    workload,
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["pdb"],
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[
        Column::string("Min Available", "How many pods must stay available.", |object, _| {
            columns::text_or(&object["spec"]["minAvailable"], "N/A")
        }),
        Column::string("Max Unavailable", "How many pods may be unavailable.", |object, _| {
            columns::text_or(&object["spec"]["maxUnavailable"], "N/A")
        }),
        Column::integer("Allowed Disruptions", "How many pods may be disrupted now.", |object, _| {
            columns::number(&object["status"]["disruptionsAllowed"]).into()
        }),
        columns::AGE,
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_status: |new, _| Errors::of(new, validate_status),
    ..Kind::new("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", true)
};

fn validate(budget: &At<'_>, errors: &mut Errors) {
    let spec = budget.get("spec");
    let bounds = [spec.get("minAvailable"), spec.get("maxUnavailable")];
    if bounds.iter().all(At::is_set) {
        errors.invalid(&spec, "minAvailable and maxUnavailable cannot be both set");
    }
    for bound in &bounds {
        workload::int_or_percent(bound, errors);
        workload::at_most_all(bound, errors);
    }
    selector::label_selector(&spec.get("selector"), errors);
    errors.one_of(&spec.get("unhealthyPodEvictionPolicy"), &["AlwaysAllow", "IfHealthyBudget"]);
}

fn validate_status(budget: &At<'_>, errors: &mut Errors) {
    let status = budget.get("status");
    conditions(&status.get("conditions"), errors);
    for count in ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] {
        errors.not_negative(&status.get(count));
    }
}
