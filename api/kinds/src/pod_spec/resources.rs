//! Rules of requests, limits and claims of devices.

use std::collections::HashSet;

use super::totals;
use crate::{
    FieldError,
    quantity::Quantity,
    validation::{At, Errors, cursor::NEGATIVE, names},
};

/// Requests and limits of a container.
pub(super) fn of_container(resources: &At<'_>, claims: &[&str], errors: &mut Errors) {
    requirements(resources, container_name, errors);
    claim_names(&resources.get("claims"), claims, errors);
}

/// Requests and limits of a pod as a whole.
pub(super) fn of_pod(spec: &At<'_>, errors: &mut Errors) {
    const SUPPORTED: &[&str] = &["cpu", "memory"];
    let resources = spec.get("resources");
    if !resources.is_set() {
        return;
    }
    if resources.get("claims").is_set() {
        errors.forbidden(&resources.get("claims"), "claims may not be set for Resources at pod-level");
    }
    let name = |name: &str, at: &At<'_>, errors: &mut Errors| {
        let huge_pages = name.starts_with("hugepages-");
        if standard_name(name, at, errors) && !huge_pages && !SUPPORTED.contains(&name) {
            errors.0.push(FieldError::not_supported(&at.path, &name.into(), &["cpu", "hugepages-", "memory"]));
        }
    };
    requirements(&resources, name, errors);
    for (name, aggregate) in totals::container_requests(spec.value) {
        let requested = resources.get("requests").key(&name);
        if requested.quantity().is_some_and(|requested| aggregate > requested) {
            let detail = format!("must be greater than or equal to aggregate container requests of {aggregate}");
            errors.invalid(&requested, &detail);
        }
    }
    for (index, container) in spec.get("containers").items().enumerate() {
        for (name, limit) in container.get("resources").get("limits").entries() {
            let most = resources.get("limits").key(name);
            if let (Some(limit), Some(most)) = (limit.quantity(), most.quantity())
                && limit > most
            {
                let path = format!("{}.containers[{index}][{name}].limits", resources.path);
                let detail = format!("must be less than or equal to pod limits of {most}");
                errors.invalid_value(&path, limit.to_string(), &detail);
            }
        }
    }
}

/// Claims of devices that the pod's containers share.
pub(super) fn pod_claims(claims: &At<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for claim in claims.items() {
        let name = claim.get("name");
        if errors.require(&name) {
            if seen.insert(name.text()) {
                errors.rule(&name, names::label);
            } else {
                errors.duplicate(&name);
            }
        }
        let set = ["resourceClaimName", "resourceClaimTemplateName"].map(|field| claim.get(field));
        match set.iter().filter(|field| field.is_set()).count() {
            0 => errors.invalid(&claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"),
            1 => {}
            _ => errors
                .invalid(&claim, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"),
        }
        for field in set {
            if field.is_set() {
                errors.rule(&field, names::subdomain);
            }
        }
    }
}

fn claim_names(claims: &At<'_>, of_pod: &[&str], errors: &mut Errors) {
    let mut seen = HashSet::new();
    for claim in claims.items() {
        let name = claim.get("name").text();
        if name.is_empty() {
            errors.required(&claim, "");
            continue;
        }
        errors.rule_if_set(&claim.get("request"), names::label);
        if !seen.insert((name, claim.get("request").text())) {
            errors.0.push(FieldError::duplicate(&claim.path, &name.into()));
        }
        if !of_pod.contains(&name) {
            let mut error = FieldError::not_found(&claim.path, &name.into());
            error.message += ": must be one of the names in pod.spec.resourceClaims";
            error.message +=
                &if of_pod.is_empty() { " which is empty".to_owned() } else { format!(": {}", of_pod.join(", ")) };
            errors.0.push(error);
        }
    }
}

/// Limits and requests: names, amounts, and that no request is above its limit.
fn requirements(resources: &At<'_>, name: impl Fn(&str, &At<'_>, &mut Errors), errors: &mut Errors) {
    let (limits, requests) = (resources.get("limits"), resources.get("requests"));
    let mut has_cpu_or_memory = false;
    let mut has_huge_pages = false;
    for (resource, amount) in limits.entries().chain(requests.entries()) {
        name(resource, &amount, errors);
        quantity_of(resource, &amount, errors);
        has_cpu_or_memory |= matches!(resource, "cpu" | "memory");
        has_huge_pages |= resource.starts_with("hugepages-");
        huge_pages(resource, &amount, errors);
    }
    for (resource, request) in requests.entries() {
        let overcommit = may_overcommit(resource);
        match (request.quantity(), limits.key(resource).quantity()) {
            (Some(request), Some(limit)) if request != limit && !overcommit => errors.invalid_value(
                &requests.path,
                request.to_string(),
                &format!("must be equal to {resource} limit of {limit}"),
            ),
            (Some(request), Some(limit)) if request > limit => errors.invalid_value(
                &requests.path,
                request.to_string(),
                &format!("must be less than or equal to {resource} limit of {limit}"),
            ),
            (_, None) if !overcommit => {
                errors.required(&limits, "Limit must be set for non overcommitable resources");
            }
            _ => {}
        }
    }
    if has_huge_pages && !has_cpu_or_memory {
        errors.forbidden(resources, "HugePages require cpu or memory");
    }
}

/// An amount of a resource: well-formed, not negative, and whole where the resource is counted.
pub(crate) fn quantity_of(resource: &str, amount: &At<'_>, errors: &mut Errors) {
    match Quantity::from_value(amount.value) {
        Err(error) => errors.invalid(amount, &error.to_string()),
        Ok(quantity) => {
            if quantity.is_negative() {
                errors.invalid_value(&amount.path, quantity.to_string(), NEGATIVE);
            }
            if quantity.is_fractional() && is_counted(resource) {
                errors.invalid_value(&amount.path, quantity.to_string(), "must be an integer");
            }
        }
    }
}

fn huge_pages(resource: &str, amount: &At<'_>, errors: &mut Errors) {
    let Some(size) = resource.strip_prefix("hugepages-") else { return };
    let Some(quantity) = amount.quantity() else { return };
    let size = size.parse::<Quantity>().map_or(0, Quantity::value);
    if size <= 0 || quantity.value() % size != 0 {
        let detail = format!("{quantity} is not positive integer multiple of {resource}");
        errors.invalid_value(&amount.path, quantity.to_string(), &detail);
    }
}

/// The name of a resource anywhere: one of the standard ones, or one with a domain.
pub(crate) fn standard_name(name: &str, at: &At<'_>, errors: &mut Errors) -> bool {
    let messages = names::qualified(name);
    for message in &messages {
        errors.invalid_value(&at.path, name, message);
    }
    let standard = is_standard(name) || name.starts_with("hugepages-") || name.starts_with("requests.hugepages-");
    if messages.is_empty() && !name.contains('/') && !standard {
        errors.invalid_value(&at.path, name, "must be a standard resource type or fully qualified");
        return false;
    }
    messages.is_empty()
}

fn container_name(name: &str, at: &At<'_>, errors: &mut Errors) {
    standard_name(name, at, errors);
    if !name.contains('/') {
        if !matches!(name, "cpu" | "memory" | "ephemeral-storage") && !name.starts_with("hugepages-") {
            errors.invalid_value(&at.path, name, "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.invalid_value(&at.path, name, "doesn't follow extended resource name standard");
    }
}

const STANDARD: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];

/// Resources that are objects, and so are counted.
const COUNTED: &[&str] = &[
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

fn is_standard(name: &str) -> bool {
    STANDARD.contains(&name) || COUNTED.contains(&name)
}

/// Whether the resource is Kubernetes' own.
pub(crate) fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Whether the resource is some vendor's.
pub(crate) fn is_extended(name: &str) -> bool {
    !is_native(name) && !name.starts_with("requests.") && names::qualified(&format!("requests.{name}")).is_empty()
}

fn may_overcommit(name: &str) -> bool {
    is_native(name) && !name.starts_with("hugepages-")
}

fn is_counted(name: &str) -> bool {
    COUNTED.contains(&name) || is_extended(name)
}

/// Whether quotas can count the resource.
pub(crate) fn is_quota_resource(name: &str) -> bool {
    name != "storage" && is_standard(name) || name.starts_with("hugepages-") || name.starts_with("requests.hugepages-")
}
