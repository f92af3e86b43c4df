//! The row of ReplicationController.

use crate::{
    Column, Kind, Subresource, columns,
    fields::{self, Field},
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
    ..Kind::new("", "v1", "ReplicationController", "replicationcontrollers", "replicationcontroller", true)
};
