//! The row of Deployment.

use crate::{Column, Kind, Subresource, columns};

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
    ..Kind::new("apps", "v1", "Deployment", "deployments", "deployment", true)
};
