//! Kinds of `rbac.authorization.k8s.io`.

use crate::Kind;

mod cluster_role;
mod cluster_role_binding;
mod role;
mod role_binding;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] =
    &[&cluster_role::KIND, &cluster_role_binding::KIND, &role::KIND, &role_binding::KIND];
