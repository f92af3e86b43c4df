//! Kinds of `scheduling.k8s.io`.

use crate::Kind;

mod priority_class;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&priority_class::KIND];
