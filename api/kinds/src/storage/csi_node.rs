//! The row of CSINode.

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    columns: &[
        Column::integer("Drivers", "How many drivers the node has.", |object, _| {
            columns::count(&object["spec"]["drivers"]).into()
        }),
        columns::AGE,
    ],
    ..Kind::new("storage.k8s.io", "v1", "CSINode", "csinodes", "csinode", false)
};
