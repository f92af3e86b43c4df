//! The row of CustomResourceDefinition.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::{
    Kind, Subresource,
    admissionregistration::webhook,
    apiextensions::schema,
    columns, strategy,
    validation::{At, Errors, names},
};

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["crd", "crds"],
    categories: &["api-extensions"],
    subresources: &[Subresource::Status],
    generation: true,
    columns: &[columns::CREATED_AT],
    prepare_create,
    prepare_update,
    validate_create: |object| Errors::of(object, validate_create),
    validate: |object| {
        Errors::of(object, |object, errors| {
            check_spec(&object.get("spec"), errors);
            stored_versions(object, errors);
        })
    },
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    validate_status: |new, _| Errors::of(new, stored_versions),
    ..Kind::new(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        "customresourcedefinition",
        false,
    )
};

/// Fills names that follow from the kind, and begins the list of versions in which objects are stored.
fn prepare_create(definition: &mut Value) {
    strategy::clear_status(definition);
    fill_names(definition);
    note_storage_version(definition);
}

fn prepare_update(new: &mut Value, old: &Value) {
    strategy::keep_status(new, old);
    fill_names(new);
    note_storage_version(new);
}

fn fill_names(definition: &mut Value) {
    let kind = columns::text(&definition["spec"]["names"]["kind"]);
    if kind.is_empty() {
        return;
    }
    for (field, name) in [("singular", kind.to_lowercase()), ("listKind", format!("{kind}List"))] {
        let place = &mut definition["spec"]["names"][field];
        if columns::text(place).is_empty() {
            *place = name.into();
        }
    }
    let conversion = &mut definition["spec"]["conversion"];
    if conversion.is_null() {
        *conversion = json!({"strategy": "None"});
    }
}

fn note_storage_version(definition: &mut Value) {
    let versions = columns::items(&definition["spec"]["versions"]);
    let Some(name) = versions.iter().find(|version| version["storage"] == true).map(|version| version["name"].clone())
    else {
        return;
    };
    if columns::items(&definition["status"]["storedVersions"]).contains(&name) {
        return;
    }
    match definition["status"]["storedVersions"].as_array_mut() {
        Some(stored) => stored.push(name),
        None => definition["status"]["storedVersions"] = json!([name]),
    }
}

/// The name follows from the group and the plural; Kubernetes' own groups need Kubernetes' approval.
fn validate_create(definition: &At<'_>, errors: &mut Errors) {
    let (metadata, spec) = (definition.get("metadata"), definition.get("spec"));
    let (plural, group) = (spec.get("names").get("plural"), spec.get("group"));
    if metadata.get("name").text() != format!("{}.{}", plural.text(), group.text()) {
        errors.invalid(&metadata.get("name"), "must be spec.names.plural+\".\"+spec.group");
    }
    let protected = [".k8s.io", ".kubernetes.io"].iter().any(|end| group.text().ends_with(end));
    let approval = metadata.get("annotations").key("api-approved.kubernetes.io");
    if (protected || matches!(group.text(), "k8s.io" | "kubernetes.io")) && approval.is_empty() {
        errors.required(
            &approval,
            "protected groups must have approval annotation \"api-approved.kubernetes.io\", see \
             https://github.com/kubernetes/enhancements/pull/1111",
        );
    }
}

fn check_spec(spec: &At<'_>, errors: &mut Errors) {
    let group = spec.get("group");
    if errors.require(&group) {
        let messages = names::subdomain(group.text());
        if !messages.is_empty() {
            errors.invalid(&group, &messages.join(","));
        } else if !group.text().contains('.') {
            errors.invalid(&group, "should be a domain with at least one dot");
        }
    }
    errors.required_one_of(&spec.get("scope"), &["Cluster", "Namespaced"]);
    let preserve = spec.get("preserveUnknownFields");
    if preserve.is_true() {
        let detail = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema \
                      instead";
        errors.invalid(&preserve, detail);
    }
    let versions = spec.get("versions");
    let mut seen = HashSet::new();
    for version in versions.items() {
        seen.insert(version.get("name").text());
        check_version(&version, errors);
    }
    if seen.len() != versions.len() {
        errors.invalid(&versions, "must contain unique version names");
    }
    if versions.items().filter(|version| version.get("storage").is_true()).count() != 1 {
        errors.invalid(&versions, "must have exactly one version marked as storage version");
    }
    check_names(&spec.get("names"), errors);
    let conversion = spec.get("conversion");
    if conversion.is_set() {
        check_conversion(&conversion, errors);
    }
}

fn check_version(version: &At<'_>, errors: &mut Errors) {
    let name = version.get("name");
    joined(&name, name.text(), "", errors);
    let warning = version.get("deprecationWarning");
    if warning.is_set() && !version.get("deprecated").is_true() {
        errors.invalid(&warning, "can only be set for deprecated versions");
    }
    let schema = version.get("schema").get("openAPIV3Schema");
    if schema.is_set() {
        schema::validate(&schema, errors);
    } else {
        errors.required(&schema, "");
    }
    let scale = version.get("subresources").get("scale");
    if scale.is_set() {
        let paths = [
            ("specReplicasPath", &[".spec."][..], "should be a json path under .spec"),
            ("statusReplicasPath", &[".status."], "should be a json path under .status"),
            ("labelSelectorPath", &[".spec.", ".status."], "should be a json path under either .spec or .status"),
        ];
        for (field, under, detail) in paths {
            let path = scale.get(field);
            if path.is_empty() {
                if field != "labelSelectorPath" {
                    errors.required(&path, "");
                }
            } else if !under.iter().any(|under| path.text().starts_with(under)) {
                errors.invalid(&path, detail);
            }
        }
    }
    for column in version.get("additionalPrinterColumns").items() {
        check_column(&column, errors);
    }
}

fn check_column(column: &At<'_>, errors: &mut Errors) {
    const TYPES: &[&str] = &["boolean", "date", "integer", "number", "string"];
    const FORMATS: &[&str] = &["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
    let one_of = |words: &[&str]| format!("must be one of {}", words.join(","));
    errors.require(&column.get("name"));
    let (kind, format) = (column.get("type"), column.get("format"));
    if kind.is_empty() {
        errors.required(&kind, &one_of(TYPES));
    } else if !TYPES.contains(&kind.text()) {
        errors.invalid(&kind, &one_of(TYPES));
    }
    if !format.is_empty() && !FORMATS.contains(&format.text()) {
        errors.invalid(&format, &one_of(FORMATS));
    }
    // Upstream's internal type spells the field so.
    errors.require(&At { value: &column.value["jsonPath"], ..column.get("JSONPath") });
}

fn check_names(all: &At<'_>, errors: &mut Errors) {
    for field in ["plural", "singular", "kind", "listKind"] {
        errors.require(&all.get(field));
    }
    for field in ["plural", "singular"] {
        let name = all.get(field);
        if !name.is_empty() {
            joined(&name, name.text(), "", errors);
        }
    }
    for field in ["kind", "listKind"] {
        let name = all.get(field);
        if !name.is_empty() {
            let words = "may have mixed case, but should otherwise match: ";
            joined(&name, &name.text().to_lowercase(), words, errors);
        }
    }
    for field in ["shortNames", "categories"] {
        for name in all.get(field).items() {
            joined(&name, name.text(), "", errors);
        }
    }
    let (kind, list) = (all.get("kind"), all.get("listKind"));
    if !kind.is_empty() && kind.text() == list.text() {
        errors.invalid(&list, "kind and listKind may not be the same");
    }
}

/// A DNS 1035 label; all that is wrong with it in one error.
fn joined(at: &At<'_>, text: &str, words: &str, errors: &mut Errors) {
    let messages = names::label_1035(text);
    if !messages.is_empty() {
        errors.invalid(at, &format!("{words}{}", messages.join(",")));
    }
}

/// Upstream's paths are those of its internal type, which has no `webhook`.
fn check_conversion(conversion: &At<'_>, errors: &mut Errors) {
    const NOT_WEBHOOK: &str = "should not be set when strategy is not set to Webhook";
    errors.required_one_of(&conversion.get("strategy"), &["None", "Webhook"]);
    let hook = &conversion.value["webhook"];
    let client = At { value: &hook["clientConfig"], ..conversion.get("webhookClientConfig") };
    let versions = At { value: &hook["conversionReviewVersions"], ..conversion.get("conversionReviewVersions") };
    if conversion.get("strategy").text() == "Webhook" {
        if client.is_set() {
            webhook::client(&client, errors);
        } else {
            errors.required(&client, "required when strategy is set to Webhook");
        }
        return webhook::review_versions(&versions, "", errors);
    }
    for field in [client, versions] {
        if !field.is_empty() {
            errors.forbidden(&field, NOT_WEBHOOK);
        }
    }
}

/// Versions in which objects may be stored: the storage version among them, and none that is not served any more.
fn stored_versions(definition: &At<'_>, errors: &mut Errors) {
    let stored = definition.get("status").get("storedVersions");
    let versions = definition.get("spec").get("versions");
    if stored.is_empty() {
        return errors.invalid(&stored, "must have at least one stored version");
    }
    for version in versions.items().filter(|version| version.get("storage").is_true()) {
        let name = version.get("name").text();
        if !stored.items().any(|stored| stored.text() == name) {
            errors.invalid(&stored, &format!("must have the storage version {name}"));
        }
    }
    for one in stored.items() {
        if !versions.items().any(|version| version.get("name").text() == one.text()) {
            let detail = format!(
                "missing from spec.versions; {} was previously a storage version, and must remain in spec.versions until a \
                 storage migration ensures no data remains persisted in {} and removes it from status.storedVersions",
                one.text(),
                one.text(),
            );
            errors.invalid(&one, &detail);
        }
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (spec, before) = (new.get("spec"), old.get("spec"));
    if columns::condition_is_true(&old.value["status"], "Established") {
        errors.immutable(&spec.get("scope"), &before.get("scope"));
        errors.immutable(&spec.get("names").get("kind"), &before.get("names").get("kind"));
    }
    errors.immutable(&spec.get("group"), &before.get("group"));
    errors.immutable(&spec.get("names").get("plural"), &before.get("names").get("plural"));
}
