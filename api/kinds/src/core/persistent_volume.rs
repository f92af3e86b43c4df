//! The row of PersistentVolume.

use serde_json::Value;

use crate::{
    Column, FieldError, Kind, Subresource, columns,
    pod_spec::volumes,
    quantity::Quantity,
    strategy,
    validation::{
        At, Errors,
        cursor::{IMMUTABLE, NOT_POSITIVE, same},
        names, selector,
    },
};

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
    prepare_create: |volume| strategy::begin_with_phase(volume, "Pending"),
    prepare_update: strategy::keep_status,
    validate: |volume| Errors::of(volume, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
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

/// The kinds of volumes, and the fields that each must have.
const SOURCES: &[(&str, &[&str])] = &[
    ("hostPath", &["path"]),
    ("gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("glusterfs", &["endpoints", "path"]),
    ("flocker", &[]),
    ("nfs", &["server", "path"]),
    ("rbd", &["monitors", "image"]),
    ("quobyte", &["registry", "volume"]),
    ("cephfs", &["monitors"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("cinder", &["volumeID"]),
    ("fc", &[]),
    ("flexVolume", &["driver"]),
    ("azureFile", &["secretName", "shareName"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
    ("local", &["path"]),
    ("storageos", &[]),
    ("csi", &["volumeHandle"]),
];

fn validate(volume: &At<'_>, errors: &mut Errors) {
    let spec = volume.get("spec");
    super::persistent_volume_claim::access_modes(&spec.get("accessModes"), "", errors);
    let capacity = spec.get("capacity");
    errors.require(&capacity);
    if !capacity.get("storage").is_set() || capacity.len() > 1 {
        errors.0.push(FieldError::not_supported(&capacity.path, capacity.value, &["storage"]));
    }
    for (_, amount) in capacity.entries() {
        if let Some(size) = amount.quantity().filter(|size| *size <= Quantity::ZERO) {
            errors.invalid_value(&amount.path, size.to_string(), NOT_POSITIVE);
        }
    }
    let policy = spec.get("persistentVolumeReclaimPolicy");
    errors.one_of(&policy, &["Delete", "Recycle", "Retain"]);
    let required = spec.get("nodeAffinity").get("required");
    if required.is_set() {
        selector::node_selector(&required, errors);
    } else if spec.get("nodeAffinity").is_set() {
        errors.required(&required, "must specify required node constraints");
    }
    sources(&spec, errors);
    if spec.get("hostPath").get("path").text() == "/" && policy.text() == "Recycle" {
        errors.forbidden(&policy, "may not be 'recycle' for a hostPath mount of '/'");
    }
    errors.rule_if_set(&spec.get("storageClassName"), names::subdomain);
    errors.one_of(&spec.get("volumeMode"), &["Block", "Filesystem"]);
    let class = spec.get("volumeAttributesClassName");
    if class.is_set() {
        if class.is_empty() {
            errors.required(&class, "an empty string is disallowed");
        } else {
            errors.rule(&class, names::subdomain);
        }
        if !spec.get("csi").is_set() {
            errors.required(&spec.get("csi"), "has to be specified when using volumeAttributesClassName");
        }
    }
}

fn sources(spec: &At<'_>, errors: &mut Errors) {
    let mut found = false;
    for (kind, required) in SOURCES {
        let source = spec.get(kind);
        if !source.is_set() {
            continue;
        }
        if found {
            errors.forbidden(&source, "may not specify more than 1 volume type");
            continue;
        }
        found = true;
        if *kind == "csi" {
            volumes::csi_driver(&source.get("driver"), errors);
        }
        for field in *required {
            errors.require(&source.get(field));
        }
        if *kind == "local" && !spec.get("nodeAffinity").is_set() {
            errors.required(&spec.get("nodeAffinity"), "Local volume requires node affinity");
        }
    }
    if !found {
        errors.required(spec, "must specify a volume type");
    }
}

/// What the volume is stays; what it is bound to may change.
fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (spec, before) = (new.get("spec"), old.get("spec"));
    let changed = |(kind, _): &(&str, &[&str])| {
        let (mut now, then) = (spec.value[*kind].clone(), &before.value[*kind]);
        if *kind == "csi" && !then.is_null() && then["controllerExpandSecretRef"].is_null() {
            now["controllerExpandSecretRef"] = Value::Null;
        }
        !same(&now, then)
    };
    if SOURCES.iter().any(changed) {
        let path = spec.get("persistentvolumesource");
        errors.forbidden(&path, "spec.persistentvolumesource is immutable after creation");
    }
    if spec.value["volumeMode"] != before.value["volumeMode"] {
        errors.invalid_value("volumeMode", spec.value["volumeMode"].clone(), IMMUTABLE);
    }
    let class = "volumeAttributesClassName";
    if before.get(class).is_set() && !spec.get(class).is_set() {
        errors.forbidden(&spec.get(class), "update from non-nil value to nil is forbidden");
    }
}
