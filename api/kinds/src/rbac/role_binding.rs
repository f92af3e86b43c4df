//! The row of RoleBinding.

use crate::{Kind, NameRule};

/// The row.
pub(crate) static KIND: Kind = Kind {
    name_rule: NameRule::PathSegment,
    ..Kind::new("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", "rolebinding", true)
};
