//! The row of FlowSchema.

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[
        Column::string("PriorityLevel", "Level of the requests.", |object, _| {
            columns::text(&object["spec"]["priorityLevelConfiguration"]["name"]).into()
        }),
        Column::string("MatchingPrecedence", "Order among schemas; the lowest wins.", |object, _| {
            columns::number(&object["spec"]["matchingPrecedence"]).into()
        }),
        Column::string("DistinguisherMethod", "What tells flows apart.", |object, _| {
            columns::text_or(&object["spec"]["distinguisherMethod"]["type"], "<none>")
        }),
        columns::AGE,
        Column::string("MissingPL", "Whether the level does not exist.", |object, _| {
            columns::condition(&object["status"], "Dangling")
                .map_or("?".into(), |condition| condition["status"].clone())
        }),
    ],
    ..Kind::new("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", "flowschemas", "flowschema", false)
};
