//! Kinds of `apiextensions.k8s.io`.

use crate::Kind;

mod custom_resource_definition;
mod schema;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&custom_resource_definition::KIND];
