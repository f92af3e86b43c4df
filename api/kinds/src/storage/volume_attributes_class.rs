//! The row of VolumeAttributesClass.

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["vac"],
    columns: &[
        Column::string("DriverName", "Driver of the volumes.", |object, _| columns::text(&object["driverName"]).into()),
        columns::AGE,
    ],
    ..Kind::new(
        "storage.k8s.io",
        "v1",
        "VolumeAttributesClass",
        "volumeattributesclasses",
        "volumeattributesclass",
        false,
    )
};
