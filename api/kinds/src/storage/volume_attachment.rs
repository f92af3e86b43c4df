//! The row of VolumeAttachment.

use crate::{
    Column, Kind, Subresource, columns,
    pod_spec::volumes,
    strategy,
    validation::{At, Errors, names},
};

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
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", "volumeattachment", false)
};

fn validate(attachment: &At<'_>, errors: &mut Errors) {
    const ONE: &str = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    let spec = attachment.get("spec");
    volumes::csi_driver(&spec.get("attacher"), errors);
    let source = spec.get("source");
    let (inline, name) = (source.get("inlineVolumeSpec"), source.get("persistentVolumeName"));
    match (inline.is_set(), name.is_set()) {
        (false, false) => errors.required(&source, ONE),
        (true, true) => errors.forbidden(&source, ONE),
        (false, true) if name.is_empty() => errors.required(&name, "must specify non empty persistentVolumeName"),
        (false, true) => errors.rule(&name, names::subdomain),
        (true, false) => {}
    }
    errors.rule(&spec.get("nodeName"), names::subdomain);
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("spec"), &old.get("spec"));
}
