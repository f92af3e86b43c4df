//! The row of StatefulSet.

use crate::{Kind, NameRule, Subresource};

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
    ..Kind::new("apps", "v1", "StatefulSet", "statefulsets", "statefulset", true)
};
