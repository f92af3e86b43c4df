//! The row of Role.

use crate::{
    Kind, NameRule, columns,
    validation::{At, Errors},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    name_rule: NameRule::PathSegment,
    columns: &[columns::CREATED_AT],
    validate: |object| Errors::of(object, validate),
    ..Kind::new("rbac.authorization.k8s.io", "v1", "Role", "roles", "role", true)
};

fn validate(role: &At<'_>, errors: &mut Errors) {
    super::rules(role, true, errors);
}
