//! The row of ReplicaSet.

use crate::{Column, Kind, Subresource, columns};

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
    ..Kind::new("apps", "v1", "ReplicaSet", "replicasets", "replicaset", true)
};
