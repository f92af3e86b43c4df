//! The row of DaemonSet.

use crate::{Column, Kind, Subresource, columns};

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
    ..Kind::new("apps", "v1", "DaemonSet", "daemonsets", "daemonset", true)
};
