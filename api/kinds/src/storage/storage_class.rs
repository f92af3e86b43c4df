//! The row of StorageClass.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["sc"],
    ..Kind::new("storage.k8s.io", "v1", "StorageClass", "storageclasses", "storageclass", false)
};
