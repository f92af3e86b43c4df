//! The row of CSIStorageCapacity.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind =
    Kind::new("storage.k8s.io", "v1", "CSIStorageCapacity", "csistoragecapacities", "csistoragecapacity", true);
