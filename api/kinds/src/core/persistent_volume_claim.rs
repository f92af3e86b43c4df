//! The row of PersistentVolumeClaim.

use serde_json::Value;

use crate::{
    Column, FieldError, Kind, Subresource, columns,
    pod_spec::resources,
    quantity::Quantity,
    strategy,
    validation::{
        At, Errors,
        cursor::{NOT_POSITIVE, same},
        names, selector,
    },
};

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
    prepare_create: |claim| strategy::begin_with_phase(claim, "Pending"),
    prepare_update: strategy::keep_status,
    validate: |claim| Errors::of(claim, |claim, errors| validate_spec(&claim.get("spec"), errors)),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    validate_status: |new, _| Errors::of(new, validate_status),
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

/// The spec of a claim, or of the template of one.
pub(crate) fn validate_spec(spec: &At<'_>, errors: &mut Errors) {
    access_modes(&spec.get("accessModes"), "at least 1 access mode is required", errors);
    selector::label_selector(&spec.get("selector"), errors);
    // Upstream's path leaves `requests` out.
    let storage = At { value: &spec.value["resources"]["requests"]["storage"], ..spec.get("resources").key("storage") };
    match storage.quantity() {
        None if !storage.is_set() => errors.required(&storage, ""),
        Some(size) if size <= Quantity::ZERO => errors.invalid_value(&storage.path, size.to_string(), NOT_POSITIVE),
        _ => resources::quantity_of("storage", &storage, errors),
    }
    errors.rule_if_set(&spec.get("storageClassName"), names::subdomain);
    errors.one_of(&spec.get("volumeMode"), &["Block", "Filesystem"]);
    for source in ["dataSource", "dataSourceRef"] {
        let source = spec.get(source);
        if source.is_set() {
            data_source(&source, errors);
        }
    }
    errors.rule_if_set(&spec.get("volumeAttributesClassName"), names::subdomain);
}

/// How a volume may be mounted, in a claim and in a volume alike.
pub(super) fn access_modes(modes: &At<'_>, if_none: &str, errors: &mut Errors) {
    const SUPPORTED: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    if modes.is_empty() {
        errors.required(modes, if_none);
    }
    for mode in modes.items() {
        if !SUPPORTED.contains(&mode.text()) {
            errors.0.push(FieldError::not_supported(&modes.path, mode.value, SUPPORTED));
        }
    }
    if modes.len() > 1 && modes.items().any(|mode| mode.text() == "ReadWriteOncePod") {
        errors.forbidden(modes, "may not use ReadWriteOncePod with other access modes");
    }
}

fn data_source(source: &At<'_>, errors: &mut Errors) {
    errors.require(&source.get("name"));
    errors.require(&source.get("kind"));
    let (group, kind) = (source.get("apiGroup"), source.get("kind").text());
    if group.is_empty() && kind != "PersistentVolumeClaim" {
        let detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        errors.invalid_value(&source.path, kind, detail);
    }
    errors.rule_if_set(&group, names::subdomain);
    errors.rule_if_set(&source.get("namespace"), names::label);
}

/// A claim gets its volume once; then its size may grow, and shrink down to what it has.
fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let mut rest = new.value["spec"].clone();
    let mut before = old.value["spec"].clone();
    if old.get("spec").get("volumeName").is_empty() {
        before["volumeName"] = rest["volumeName"].clone();
    }
    if old.get("spec").get("storageClassName").value.is_null() {
        before["storageClassName"] = rest["storageClassName"].clone();
    }
    if new.get("status").get("phase").text() == "Bound" {
        rest["resources"]["requests"]["storage"] = before["resources"]["requests"]["storage"].clone();
        rest["volumeAttributesClassName"] = before["volumeAttributesClassName"].clone();
    }
    let spec = new.get("spec");
    if !same(&rest, &before) {
        let detail = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound \
                      claims";
        errors.forbidden(&spec, detail);
    }
    let size = |claim: &At<'_>| claim.get("spec").get("resources").get("requests").get("storage").quantity();
    let has = old.get("status").get("capacity").get("storage").quantity().unwrap_or(Quantity::ZERO);
    if let (Some(wanted), Some(was)) = (size(new), size(old))
        && wanted < was
        && wanted <= has
    {
        let path = spec.get("resources").get("requests").get("storage");
        errors.forbidden(&path, "field can not be less than status.capacity");
    }
}

fn validate_status(claim: &At<'_>, errors: &mut Errors) {
    for (_, amount) in claim.get("status").get("capacity").entries() {
        if let Some(quantity) = amount.quantity().filter(|quantity| quantity.is_negative()) {
            errors.invalid_value(&amount.path, quantity.value(), "must be a valid resource quantity");
        }
    }
}
