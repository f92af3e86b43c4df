//! The row of ReplicationController.

use serde_json::json;

use crate::{
    Column, Kind, Subresource,
    apps::replica_set,
    columns,
    fields::{self, Field},
    pod_spec, strategy,
    validation::{At, Errors, selector},
    workload,
};

const FIELDS: &[Field; 1] = &[Field { name: "status.replicas", path: "status.replicas", unset: "0" }];

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["rc"],
    categories: &["all"],
    subresources: &[
        Subresource::Scale { spec: "spec.replicas", status: "status.replicas", selector: "spec.selector" },
        Subresource::Status,
    ],
    generation: true,
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
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
        Column::string("Selector", "Labels of the pods that belong here.", |object, _| {
            columns::labels(&object["spec"]["selector"])
        })
        .wide(),
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_status: |new, old| Errors::of_update(new, old, replica_set::validate_status),
    ..Kind::new("", "v1", "ReplicationController", "replicationcontrollers", "replicationcontroller", true)
};

fn validate(controller: &At<'_>, errors: &mut Errors) {
    let spec = controller.get("spec");
    errors.not_negative(&spec.get("minReadySeconds"));
    errors.not_negative(&spec.get("replicas"));
    let (labels, template) = (spec.get("selector"), spec.get("template"));
    errors.require(&labels);
    if !template.is_set() {
        return errors.required(&template, "");
    }
    if !selector::matches(&json!({"matchLabels": labels.value}), &template.value["metadata"]["labels"]) {
        workload::mismatch(&template, errors);
    }
    pod_spec::validate_template(&template, errors);
    workload::long_running(&template, "ReplicationController", errors);
}
