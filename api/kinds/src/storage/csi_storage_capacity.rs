//! The row of CSIStorageCapacity.

use crate::{Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    columns: &[columns::CREATED_AT],
    ..Kind::new("storage.k8s.io", "v1", "CSIStorageCapacity", "csistoragecapacities", "csistoragecapacity", true)
};
