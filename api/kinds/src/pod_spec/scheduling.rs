//! Rules of where a pod may run: affinity, tolerations, spreading, gates.

use std::collections::HashSet;

use crate::{
    FieldError,
    validation::{At, Errors, cursor::NOT_POSITIVE, names, selector},
};

/// The scheduling part of a spec.
pub(super) fn validate(spec: &At<'_>, errors: &mut Errors) {
    affinity(&spec.get("affinity"), errors);
    for gate in spec.get("readinessGates").items() {
        errors.rule(&gate.get("conditionType"), names::qualified);
    }
    let mut gates = HashSet::new();
    for gate in spec.get("schedulingGates").items() {
        let name = gate.get("name").text();
        for message in names::qualified(name) {
            errors.invalid_value(&gate.path, name, &message);
        }
        if !gates.insert(name) {
            errors.0.push(FieldError::duplicate(&gate.path, &name.into()));
        }
    }
    spread(&spec.get("topologySpreadConstraints"), errors);
    tolerations(&spec.get("tolerations"), errors);
}

fn affinity(affinity: &At<'_>, errors: &mut Errors) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    let node = affinity.get("nodeAffinity");
    if node.get(REQUIRED).is_set() {
        selector::node_selector(&node.get(REQUIRED), errors);
    }
    for preferred in node.get(PREFERRED).items() {
        weight(&preferred, errors);
        selector::node_selector_term(&preferred.get("preference"), false, errors);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let of_pods = affinity.get(kind);
        for term in of_pods.get(REQUIRED).items() {
            pod_affinity_term(&term, errors);
        }
        for preferred in of_pods.get(PREFERRED).items() {
            weight(&preferred, errors);
            pod_affinity_term(&preferred.get("podAffinityTerm"), errors);
        }
    }
}

fn weight(preferred: &At<'_>, errors: &mut Errors) {
    let weight = preferred.get("weight").int().unwrap_or(0);
    if !(1..=100).contains(&weight) {
        errors.invalid_value(&preferred.get("weight").path, weight, "must be in the range 1-100");
    }
}

fn pod_affinity_term(term: &At<'_>, errors: &mut Errors) {
    let labels = term.get("labelSelector");
    selector::label_selector(&labels, errors);
    selector::label_selector(&term.get("namespaceSelector"), errors);
    for namespace in term.get("namespaces").items() {
        for message in names::label(namespace.text()) {
            errors.invalid_value(&term.get("namespace").path, namespace.text(), &message);
        }
    }
    let (matching, mismatching) = (term.get("matchLabelKeys"), term.get("mismatchLabelKeys"));
    label_keys(&matching, &labels, errors);
    label_keys(&mismatching, &labels, errors);
    for key in matching.items() {
        if mismatching.items().any(|other| other.text() == key.text()) {
            errors.invalid(&key, "exists in both matchLabelKeys and mismatchLabelKeys");
        }
    }
    let topology = term.get("topologyKey");
    if topology.is_empty() {
        errors.required(&topology, "can not be empty");
    }
    errors.rule(&topology, names::qualified);
}

fn label_keys(keys: &At<'_>, labels: &At<'_>, errors: &mut Errors) {
    if keys.is_empty() {
        return;
    }
    if !labels.is_set() {
        return errors.forbidden(keys, "must not be specified when labelSelector is not set");
    }
    for key in keys.items() {
        errors.rule(&key, names::qualified);
    }
}

fn spread(constraints: &At<'_>, errors: &mut Errors) {
    let key_of = |constraint: &At<'_>| {
        format!("{{{}, {}}}", constraint.get("topologyKey").text(), constraint.get("whenUnsatisfiable").text())
    };
    let keys: Vec<_> = constraints.items().map(|constraint| key_of(&constraint)).collect();
    for (index, constraint) in constraints.items().enumerate() {
        let skew = constraint.get("maxSkew");
        if skew.int().unwrap_or(0) <= 0 {
            errors.invalid_value(&skew.path, skew.int().unwrap_or(0), NOT_POSITIVE);
        }
        if constraint.get("topologyKey").is_empty() {
            errors.required(&constraint.get("topologyKey"), "can not be empty");
        }
        let action = constraint.get("whenUnsatisfiable");
        if !matches!(action.text(), "DoNotSchedule" | "ScheduleAnyway") {
            errors.not_supported(&action, &["DoNotSchedule", "ScheduleAnyway"]);
        }
        if keys[index + 1..].contains(&keys[index]) {
            let path = constraint.get("{topologyKey, whenUnsatisfiable}").path;
            errors.0.push(FieldError::duplicate(path, &keys[index].clone().into()));
        }
        let domains = constraint.get("minDomains");
        if let Some(count) = domains.int() {
            if count <= 0 {
                errors.invalid(&domains, NOT_POSITIVE);
            }
            if action.text() != "DoNotSchedule" {
                let detail =
                    format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}", action.text());
                errors.invalid(&domains, &detail);
            }
        }
        for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            errors.one_of(&constraint.get(policy), &["Honor", "Ignore"]);
        }
        label_keys(&constraint.get("matchLabelKeys"), &constraint.get("labelSelector"), errors);
        selector::label_selector(&constraint.get("labelSelector"), errors);
    }
}

/// Tolerations of taints.
pub(crate) fn tolerations(tolerations: &At<'_>, errors: &mut Errors) {
    for toleration in tolerations.items() {
        let field = |name: &str| toleration.get(name);
        let (key, operator, value, effect) = (field("key"), field("operator"), field("value"), field("effect"));
        errors.rule_if_set(&key, names::qualified);
        if key.is_empty() && operator.text() != "Exists" {
            let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.invalid(&operator, detail);
        }
        if field("tolerationSeconds").is_set() && effect.text() != "NoExecute" {
            errors.invalid(&effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
        match operator.text() {
            "" | "Equal" => {
                let messages = names::label_value(value.text());
                if !messages.is_empty() {
                    errors.invalid_value(&operator.path, value.text(), &messages.join(";"));
                }
            }
            "Exists" if !value.is_empty() => {
                errors.invalid_value(&operator.path, value.text(), "value must be empty when `operator` is 'Exists'")
            }
            "Exists" => {}
            "Lt" | "Gt" => errors.not_supported(&operator, &["Equal", "Exists", "Lt", "Gt"]),
            _ => errors.not_supported(&operator, &["Equal", "Exists"]),
        }
        if !effect.is_empty() {
            errors.one_of(&effect, TAINT_EFFECTS);
        }
    }
}

/// What a taint does.
pub(crate) const TAINT_EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];
