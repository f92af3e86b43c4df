//! The row of VolumeAttributesClass.

use crate::Kind;

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["vac"],
    ..Kind::new(
        "storage.k8s.io",
        "v1",
        "VolumeAttributesClass",
        "volumeattributesclasses",
        "volumeattributesclass",
        false,
    )
};
