//! The row of ResourceClaim.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    subresources: &[Subresource::Status],
    ..Kind::new("resource.k8s.io", "v1", "ResourceClaim", "resourceclaims", "resourceclaim", true)
};
