//! The row of PriorityClass.

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["pc"],
    generation: true,
    columns: &[
        Column::integer("Value", "Priority of the pods of the class.", |object, _| {
            columns::number(&object["value"]).into()
        }),
        Column::boolean("Global-Default", "Whether pods without a class get this one.", |object, _| {
            (object["globalDefault"] == true).into()
        }),
        columns::AGE,
        Column::string("PreemptionPolicy", "Whether its pods may push others out.", |object, _| {
            columns::text(&object["preemptionPolicy"]).into()
        }),
    ],
    ..Kind::new("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "priorityclass", false)
};
