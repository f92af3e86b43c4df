//! The row of ReplicaSet.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["rs"],
    categories: &["all"],
    subresources: &[
        Subresource::Scale { spec: "spec.replicas", status: "status.replicas", selector: "spec.selector" },
        Subresource::Status,
    ],
    generation: true,
    ..Kind::new("apps", "v1", "ReplicaSet", "replicasets", "replicaset", true)
};
