//! The row of VolumeAttachment.

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    subresources: &[Subresource::Status],
    columns: &[
        Column {
            format: "name",
            ..Column::string("Attacher", "Driver that attaches the volume.", |object, _| {
                columns::text(&object["spec"]["attacher"]).into()
            })
        },
        Column::string("PV", "Volume to attach.", |object, _| {
            columns::text(&object["spec"]["source"]["persistentVolumeName"]).into()
        }),
        Column::string("Node", "Node to attach it to.", |object, _| columns::text(&object["spec"]["nodeName"]).into()),
        Column::boolean("Attached", "Whether it is attached.", |object, _| {
            (object["status"]["attached"] == true).into()
        }),
        columns::AGE,
    ],
    ..Kind::new("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", "volumeattachment", false)
};
