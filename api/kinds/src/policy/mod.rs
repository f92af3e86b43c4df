//! Kinds of `policy`.

use crate::Kind;

mod pod_disruption_budget;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&pod_disruption_budget::KIND];
