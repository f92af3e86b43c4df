//! Kinds of `discovery.k8s.io`.

use crate::Kind;

mod endpoint_slice;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&endpoint_slice::KIND];
