//! Kinds of `autoscaling`.

use crate::Kind;

mod horizontal_pod_autoscaler;
mod horizontal_pod_autoscaler_v1;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] = &[&horizontal_pod_autoscaler::KIND, &horizontal_pod_autoscaler_v1::KIND];
