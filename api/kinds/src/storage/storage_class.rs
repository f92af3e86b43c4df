//! The row of StorageClass.

use crate::{Column, Kind, columns};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["sc"],
    name_column: Some(Column {
        cell: |object, _| {
            columns::name_or_default(
                object,
                &["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"],
            )
        },
        ..columns::NAME
    }),
    columns: &[
        Column::string("Provisioner", "Who makes the volumes.", |object, _| {
            columns::text(&object["provisioner"]).into()
        }),
        Column::string("ReclaimPolicy", "What happens to released volumes.", |object, _| {
            columns::text_or(&object["reclaimPolicy"], "Delete")
        }),
        Column::string("VolumeBindingMode", "When volumes are bound.", |object, _| {
            columns::text_or(&object["volumeBindingMode"], "Immediate")
        }),
        Column::string("AllowVolumeExpansion", "Whether volumes may grow.", |object, _| {
            (object["allowVolumeExpansion"] == true).into()
        }),
        columns::AGE,
    ],
    ..Kind::new("storage.k8s.io", "v1", "StorageClass", "storageclasses", "storageclass", false)
};
