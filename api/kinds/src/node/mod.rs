//! Kinds of `node.k8s.io`.

use crate::Kind;

mod runtime_class;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&runtime_class::KIND];
