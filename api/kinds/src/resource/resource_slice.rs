//! The row of ResourceSlice.

use crate::{
    Column, Kind, columns,
    fields::{self, Field},
};

const FIELDS: &[Field; 2] = &[
    Field { name: "spec.nodeName", path: "spec.nodeName", unset: "" },
    Field { name: "spec.driver", path: "spec.driver", unset: "" },
];

/// The row.
pub(crate) static KIND: Kind = Kind {
    generation: true,
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    columns: &[
        Column::string("Node", "Node that has the devices.", |object, _| {
            columns::text(&object["spec"]["nodeName"]).into()
        }),
        Column::string("Driver", "Driver of the devices.", |object, _| columns::text(&object["spec"]["driver"]).into()),
        Column::string("Pool", "Pool of the devices.", |object, _| {
            columns::text(&object["spec"]["pool"]["name"]).into()
        }),
        columns::AGE,
    ],
    ..Kind::new("resource.k8s.io", "v1", "ResourceSlice", "resourceslices", "resourceslice", false)
};
