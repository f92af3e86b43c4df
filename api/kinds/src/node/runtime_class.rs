//! The row of RuntimeClass.

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    columns: &[
        Column::string("Handler", "Name of the runtime in the container runtime.", |object, _| {
            columns::text(&object["handler"]).into()
        }),
        columns::AGE,
    ],
    ..Kind::new("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", "runtimeclass", false)
};
