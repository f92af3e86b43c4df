//! Kinds of `coordination.k8s.io`.

use crate::Kind;

mod lease;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&lease::KIND];
