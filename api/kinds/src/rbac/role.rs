//! The row of Role.

use crate::{Kind, NameRule, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    name_rule: NameRule::PathSegment,
    columns: &[columns::CREATED_AT],
    ..Kind::new("rbac.authorization.k8s.io", "v1", "Role", "roles", "role", true)
};
