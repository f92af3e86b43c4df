//! Rules of environment variables and of references to the pod's own fields.

use crate::{
    quantity::Quantity,
    validation::{At, Errors, names},
};

const ENV_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Fields that a volume of the downward API can hold.
pub(super) const VOLUME_FIELDS: &[&str] =
    &["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

const RESOURCE_FIELDS: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// Other labels that can be converted to the fields above.
const CONVERTIBLE_FIELDS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.hostNetwork",
    "status.phase",
    "status.nominatedNodeName",
];

/// The variables of a container.
pub(super) fn validate(container: &At<'_>, errors: &mut Errors) {
    for variable in container.get("env").items() {
        let name = variable.get("name");
        if errors.require(&name) {
            errors.rule(&name, names::env_var);
        }
        let source = variable.get("valueFrom");
        if source.is_set() {
            value_from(&source, !variable.get("value").is_empty(), errors);
        }
    }
    let sources = container.get("envFrom");
    for source in sources.items() {
        errors.rule_if_set(&source.get("prefix"), names::env_var);
        let set = ["configMapRef", "secretRef"].map(|name| source.get(name)).into_iter().filter(At::is_set);
        let set: Vec<_> = set.collect();
        for reference in &set {
            errors.rule(&reference.get("name"), names::subdomain);
        }
        match set.len() {
            0 => errors.invalid_value(&sources.path, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => errors.invalid_value(&sources.path, "", "may not have more than one field specified at a time"),
        }
    }
}

fn value_from(source: &At<'_>, has_value: bool, errors: &mut Errors) {
    let mut count = 0;
    for kind in ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] {
        let reference = source.get(kind);
        if !reference.is_set() {
            continue;
        }
        count += 1;
        match kind {
            "fieldRef" => field_ref(&reference, ENV_FIELDS, errors),
            "resourceFieldRef" => resource_field_ref(&reference, false, errors),
            "fileKeyRef" => {
                for field in ["volumeName", "path", "key"] {
                    errors.require(&reference.get(field));
                }
            }
            _ => key_ref(&reference, errors),
        }
    }
    let detail = match count {
        0 => "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        _ if has_value => "may not be specified when `value` is not empty",
        1 => return,
        _ => "may not have more than one field specified at a time",
    };
    errors.invalid_value(&source.path, "", detail);
}

fn key_ref(reference: &At<'_>, errors: &mut Errors) {
    errors.rule(&reference.get("name"), names::subdomain);
    let key = reference.get("key");
    if errors.require(&key) {
        errors.rule(&key, names::config_key);
    }
}

/// A reference to a field of the pod.
pub(super) fn field_ref(reference: &At<'_>, supported: &[&str], errors: &mut Errors) {
    let path = reference.get("fieldPath");
    if !errors.require(&path) {
        return;
    }
    if let Some((map, key)) = path.text().strip_suffix("']").and_then(|text| text.split_once("['")) {
        match map {
            "metadata.annotations" => complain(reference, &key.to_lowercase(), errors),
            "metadata.labels" => complain(reference, key, errors),
            _ => errors.invalid_value(&reference.path, map, "does not support subscript"),
        }
    } else if !ENV_FIELDS.contains(&path.text()) && !CONVERTIBLE_FIELDS.contains(&path.text()) {
        let detail = format!("error converting fieldPath: field label not supported: {}", path.text());
        errors.invalid(&path, &detail);
    } else {
        errors.one_of(&path, supported);
    }
}

fn complain(reference: &At<'_>, key: &str, errors: &mut Errors) {
    for message in names::qualified(key) {
        errors.invalid_value(&reference.path, key, &message);
    }
}

/// A reference to a request or limit of a container.
pub(super) fn resource_field_ref(reference: &At<'_>, in_volume: bool, errors: &mut Errors) {
    let (container, resource) = (reference.get("containerName"), reference.get("resource"));
    let huge_pages =
        resource.text().starts_with("limits.hugepages-") || resource.text().starts_with("requests.hugepages-");
    if in_volume && container.is_empty() {
        errors.required(&container, "");
    } else if resource.is_empty() {
        errors.required(&resource, "");
    } else if !huge_pages {
        errors.one_of(&resource, RESOURCE_FIELDS);
    }
    divisor(reference, resource.text(), errors);
}

fn divisor(reference: &At<'_>, resource: &str, errors: &mut Errors) {
    const BYTES: &str =
        "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the";
    let divisor = reference.get("divisor");
    let Some(quantity) = divisor.quantity().filter(|quantity| *quantity != Quantity::ZERO) else { return };
    let spelled = quantity.to_string();
    let kind = resource.split_once('.').map_or("", |(_, kind)| kind);
    let (fine, detail) = match kind {
        "cpu" => (
            matches!(spelled.as_str(), "1m" | "1"),
            "only divisor's values 1m and 1 are supported with the cpu resource".to_owned(),
        ),
        "memory" => (is_power(&spelled), format!("{BYTES} memory resource")),
        "ephemeral-storage" => (is_power(&spelled), format!("{BYTES} local ephemeral storage resource")),
        _ if kind.starts_with("hugepages-") => (is_power(&spelled), format!("{BYTES} hugepages resource")),
        _ => return,
    };
    if !fine {
        errors.invalid_value(&divisor.path, resource, &detail);
    }
}

fn is_power(spelled: &str) -> bool {
    const POWERS: &[&str] = &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
    POWERS.contains(&spelled)
}
