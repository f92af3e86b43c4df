//! The row of ClusterRoleBinding.

use crate::{Kind, NameRule};

/// The row.
pub(crate) static KIND: Kind = Kind {
    name_rule: NameRule::PathSegment,
    ..Kind::new(
        "rbac.authorization.k8s.io",
        "v1",
        "ClusterRoleBinding",
        "clusterrolebindings",
        "clusterrolebinding",
        false,
    )
};
