//! The row of PersistentVolumeClaim.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["pvc"],
    subresources: &[Subresource::Status],
    ..Kind::new("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", "persistentvolumeclaim", true)
};
