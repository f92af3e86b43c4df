//! The row of ServiceCIDR.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    subresources: &[Subresource::Status],
    ..Kind::new("networking.k8s.io", "v1", "ServiceCIDR", "servicecidrs", "servicecidr", false)
};
