//! Kinds of `events.k8s.io`.

use crate::Kind;

mod event;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&event::KIND];
