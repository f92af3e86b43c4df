//! The row of ConfigMap.

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["cm"],
    columns: &[
        Column::string("Data", "How many entries it has.", |object, _| {
            (columns::count(&object["data"]) + columns::count(&object["binaryData"])).into()
        }),
        columns::AGE,
    ],
    ..Kind::new("", "v1", "ConfigMap", "configmaps", "configmap", true)
};
