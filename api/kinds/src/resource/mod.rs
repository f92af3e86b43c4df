//! Kinds of `resource.k8s.io`.

use crate::Kind;

mod device_class;
mod resource_claim;
mod resource_claim_template;
mod resource_slice;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] =
    &[&device_class::KIND, &resource_claim::KIND, &resource_claim_template::KIND, &resource_slice::KIND];
