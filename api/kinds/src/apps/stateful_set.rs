//! The row of StatefulSet.

use crate::{Column, Kind, NameRule, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["sts"],
    categories: &["all"],
    subresources: &[
        Subresource::Scale { spec: "spec.replicas", status: "status.replicas", selector: "spec.selector" },
        Subresource::Status,
    ],
    generation: true,
    name_rule: NameRule::Label,
    columns: &[
        Column::string("Ready", "Pods that are ready, of those that should run.", |object, _| {
            super::ready_replicas(object)
        }),
        columns::AGE,
        columns::CONTAINERS,
        columns::IMAGES,
    ],
    ..Kind::new("apps", "v1", "StatefulSet", "statefulsets", "statefulset", true)
};
