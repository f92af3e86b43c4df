//! The row of PersistentVolume.

use serde_json::Value;

use crate::{Column, Kind, Subresource, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["pv"],
    subresources: &[Subresource::Status],
    columns: &[
        Column::string("Capacity", "Size of the volume.", |object, _| size(object).into()),
        Column::string("Access Modes", "How nodes may mount it.", |object, _| {
            columns::access_modes(&object["spec"]["accessModes"]).into()
        }),
        Column::string("Reclaim Policy", "What happens once it is released.", |object, _| {
            columns::text(&object["spec"]["persistentVolumeReclaimPolicy"]).into()
        }),
        Column::string("Status", "Phase of the volume.", |object, _| super::phase(object)),
        Column::string("Claim", "Claim that it is bound to.", |object, _| claim(object).into()),
        Column::string("StorageClass", "Class of the volume.", |object, _| super::storage_class(object).into()),
        Column::string("VolumeAttributesClass", "Class of its changeable attributes.", |object, _| {
            columns::text_or(&object["spec"]["volumeAttributesClassName"], "<unset>")
        }),
        Column::string("Reason", "Why it failed.", |object, _| columns::text(&object["status"]["reason"]).into()),
        columns::AGE,
        Column::string("VolumeMode", "Whether it is a file system or a block device.", |object, _| {
            columns::text_or(&object["spec"]["volumeMode"], "<unset>")
        })
        .wide(),
    ],
    ..Kind::new("", "v1", "PersistentVolume", "persistentvolumes", "persistentvolume", false)
};

fn size(volume: &Value) -> String {
    let size = columns::text(&volume["spec"]["capacity"]["storage"]);
    if size.is_empty() { "0".to_owned() } else { size }
}

fn claim(volume: &Value) -> String {
    let claim = &volume["spec"]["claimRef"];
    if claim.is_null() {
        return String::new();
    }
    format!("{}/{}", columns::text(&claim["namespace"]), columns::text(&claim["name"]))
}
