//! The row of PersistentVolumeClaim.

use serde_json::Value;

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["pvc"],
    subresources: &[Subresource::Status],
    columns: &[
        Column::string("Status", "Phase of the claim.", |object, _| super::phase(object)),
        Column::string("Volume", "Volume that it is bound to.", |object, _| {
            columns::text(&object["spec"]["volumeName"]).into()
        }),
        Column::string("Capacity", "Size of that volume.", |object, _| bound(object, || size(object)).into()),
        Column::string("Access Modes", "How nodes may mount that volume.", |object, _| {
            bound(object, || columns::access_modes(&object["status"]["accessModes"])).into()
        }),
        Column::string("StorageClass", "Class of volumes that it asks for.", |object, _| {
            super::storage_class(object).into()
        }),
        Column::string("VolumeAttributesClass", "Class of changeable attributes that it asks for.", |object, _| {
            columns::text_or(&object["spec"]["volumeAttributesClassName"], "<unset>")
        }),
        columns::AGE,
        Column::string("VolumeMode", "Whether it is a file system or a block device.", |object, _| {
            columns::text_or(&object["spec"]["volumeMode"], "<unset>")
        })
        .wide(),
    ],
    ..Kind::new("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", "persistentvolumeclaim", true)
};

/// What is known of a claim once it has a volume.
fn bound(claim: &Value, cell: impl Fn() -> String) -> String {
    if columns::text(&claim["spec"]["volumeName"]).is_empty() { String::new() } else { cell() }
}

fn size(claim: &Value) -> String {
    let size = columns::text(&claim["status"]["capacity"]["storage"]);
    if size.is_empty() { "0".to_owned() } else { size }
}
