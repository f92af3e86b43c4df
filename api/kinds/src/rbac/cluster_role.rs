//! The row of ClusterRole.

use crate::{
    Kind, NameRule, columns,
    validation::{At, Errors, selector},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    name_rule: NameRule::PathSegment,
    columns: &[columns::CREATED_AT],
    validate: |object| Errors::of(object, validate),
    ..Kind::new("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", "clusterrole", false)
};

fn validate(role: &At<'_>, errors: &mut Errors) {
    super::rules(role, false, errors);
    let aggregation = role.get("aggregationRule");
    if !aggregation.is_set() {
        return;
    }
    let selectors = aggregation.get("clusterRoleSelectors");
    if selectors.is_empty() {
        errors.required(&selectors, "at least one clusterRoleSelector required if aggregationRule is non-nil");
    }
    for one in selectors.items() {
        selector::label_selector(&one, errors);
    }
}
