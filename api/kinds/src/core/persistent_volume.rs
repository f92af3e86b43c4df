//! The row of PersistentVolume.

use crate::{Kind, Subresource};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["pv"],
    subresources: &[Subresource::Status],
    ..Kind::new("", "v1", "PersistentVolume", "persistentvolumes", "persistentvolume", false)
};
