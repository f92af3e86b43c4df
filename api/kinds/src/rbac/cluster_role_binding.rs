//! The row of ClusterRoleBinding.

use crate::{
    Column, Kind, NameRule, columns,
    validation::{At, Errors},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    name_rule: NameRule::PathSegment,
    columns: &[
        Column::string("Role", "Role that is given.", |object, _| super::role(object).into()),
        columns::AGE,
        Column::string("Users", "Users who get it.", |object, _| super::subjects(object, "User").into()).wide(),
        Column::string("Groups", "Groups that get it.", |object, _| super::subjects(object, "Group").into()).wide(),
        Column::string("ServiceAccounts", "Service accounts that get it.", |object, _| {
            super::subjects(object, "ServiceAccount").into()
        })
        .wide(),
    ],
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new(
        "rbac.authorization.k8s.io",
        "v1",
        "ClusterRoleBinding",
        "clusterrolebindings",
        "clusterrolebinding",
        false,
    )
};

fn validate(binding: &At<'_>, errors: &mut Errors) {
    super::binding(binding, &["ClusterRole"], false, errors);
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    super::same_role(new, old, errors);
}
