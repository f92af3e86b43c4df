//! The row of FlowSchema.

use crate::{
    Column, Kind, Subresource, columns, strategy,
    validation::{At, Errors, names},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[
        Column::string("PriorityLevel", "Level of the requests.", |object, _| {
            columns::text(&object["spec"]["priorityLevelConfiguration"]["name"]).into()
        }),
        Column::string("MatchingPrecedence", "Order among schemas; the lowest wins.", |object, _| {
            columns::number(&object["spec"]["matchingPrecedence"]).into()
        }),
        Column::string("DistinguisherMethod", "What tells flows apart.", |object, _| {
            columns::text_or(&object["spec"]["distinguisherMethod"]["type"], "<none>")
        }),
        columns::AGE,
        Column::string("MissingPL", "Whether the level does not exist.", |object, _| {
            columns::condition(&object["status"], "Dangling")
                .map_or("?".into(), |condition| condition["status"].clone())
        }),
    ],
    prepare_create: strategy::clear_status,
    prepare_update: strategy::keep_status,
    validate: |object| Errors::of(object, validate),
    ..Kind::new("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", "flowschemas", "flowschema", false)
};

const VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

fn validate(schema: &At<'_>, errors: &mut Errors) {
    const MOST: i64 = 10_000;
    let spec = schema.get("spec");
    let precedence = spec.get("matchingPrecedence");
    let value = precedence.int().unwrap_or(0);
    if value <= 0 {
        errors.invalid_value(&precedence.path, value, "must be a positive value");
    }
    if value > MOST {
        errors.invalid(&precedence, &format!("must not be greater than {MOST}"));
    }
    if value == 1 && schema.get("metadata").get("name").text() != "exempt" {
        errors.invalid(&precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
    }
    let method = spec.get("distinguisherMethod");
    if method.is_set() && !matches!(method.get("type").text(), "ByNamespace" | "ByUser") {
        errors.not_supported(&At { path: method.get("type").path, ..method }, &["ByNamespace", "ByUser"]);
    }
    let level = spec.get("priorityLevelConfiguration").get("name");
    if level.is_empty() {
        errors.required(&level, "must reference a priority level");
    }
    errors.rule_if_set(&level, names::subdomain);
    for rule in spec.get("rules").items() {
        check_rule(&rule, errors);
    }
}

fn check_rule(rule: &At<'_>, errors: &mut Errors) {
    let (subjects, resources, urls) = (rule.get("subjects"), rule.get("resourceRules"), rule.get("nonResourceRules"));
    if subjects.is_empty() {
        errors.required(&subjects, "subjects must contain at least one value");
    }
    for subject in subjects.items() {
        check_subject(&subject, errors);
    }
    if resources.is_empty() && urls.is_empty() {
        errors.required(rule, "at least one of resourceRules and nonResourceRules has to be non-empty");
    }
    for one in resources.items() {
        check_verbs(&one.get("verbs"), errors);
        for (field, words, none) in [
            ("apiGroups", "api groups", "resource rules must supply at least one api group"),
            ("resources", "resources", "resource rules must supply at least one resource"),
        ] {
            let list = one.get(field);
            if list.is_empty() {
                errors.required(&list, none);
            }
            wildcard_alone(&list, words, errors);
        }
        let namespaces = one.get("namespaces");
        if namespaces.is_empty() && !one.get("clusterScope").is_true() {
            let detail = "resource rules that are not cluster scoped must supply at least one namespace";
            errors.required(&namespaces, detail);
        }
        wildcard_alone(&namespaces, "namespaces", errors);
    }
    for one in urls.items() {
        check_verbs(&one.get("verbs"), errors);
        let list = one.get("nonResourceURLs");
        if list.is_empty() {
            errors.required(&list, "nonResourceURLs must contain at least one value");
        }
        wildcard_alone(&list, "non-resource URLs", errors);
    }
}

fn check_subject(subject: &At<'_>, errors: &mut Errors) {
    const KINDS: &[(&str, &str)] = &[("Group", "group"), ("ServiceAccount", "serviceAccount"), ("User", "user")];
    let kind = subject.get("kind");
    errors.required_one_of(&kind, &["Group", "ServiceAccount", "User"]);
    for (name, field) in KINDS {
        let at = subject.get(field);
        match (kind.text() == *name, at.is_set()) {
            (true, false) => errors.required(&at, &format!("{field} is required when subject kind is '{name}'")),
            (false, true) => {
                errors.forbidden(&at, &format!("{field} is forbidden when subject kind is not '{name}'"));
            }
            (true, true) => {
                errors.require(&at.get("name"));
                let namespace = at.get("namespace");
                if *name == "ServiceAccount" && namespace.is_empty() {
                    errors.required(&namespace, "must specify namespace for service account");
                }
                errors.rule_if_set(&namespace, names::label);
            }
            (false, false) => {}
        }
    }
}

fn check_verbs(verbs: &At<'_>, errors: &mut Errors) {
    if verbs.is_empty() {
        errors.required(verbs, "verbs must contain at least one value");
    } else if verbs.items().any(|verb| verb.text() == "*") {
        wildcard_alone(verbs, "verbs", errors);
    } else if verbs.items().any(|verb| !VERBS.contains(&verb.text())) {
        errors.not_supported(verbs, VERBS);
    }
}

fn wildcard_alone(list: &At<'_>, words: &str, errors: &mut Errors) {
    if list.len() > 1 && list.items().any(|item| item.text() == "*") {
        errors.invalid(list, &format!("if '*' is present, must not specify other {words}"));
    }
}
