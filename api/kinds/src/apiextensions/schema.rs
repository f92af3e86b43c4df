//! Rules of the schemas of custom resources: that they are structural
//! (`k8s.io/apiextensions-apiserver/pkg/apiserver/schema`).

use crate::validation::{At, Errors};

/// Where a schema stands in another.
#[derive(Debug, Clone, Copy)]
enum Place {
    Root,
    Field,
    Item,
}

/// The schema of a whole object.
pub(super) fn validate(schema: &At<'_>, errors: &mut Errors) {
    check(schema, Place::Root, errors);
}

fn check(schema: &At<'_>, place: Place, errors: &mut Errors) {
    const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];
    let kind = schema.get("type");
    let open = schema.get("x-kubernetes-preserve-unknown-fields").is_true();
    let int_or_string = schema.get("x-kubernetes-int-or-string").is_true();
    match place {
        Place::Root if kind.is_empty() => errors.required(&kind, "must not be empty at the root"),
        Place::Root if kind.text() != "object" => errors.invalid(&kind, "must be object at the root"),
        _ if int_or_string && !kind.is_empty() => {
            errors.forbidden(&kind, "must be empty if x-kubernetes-int-or-string is true");
        }
        Place::Field if kind.is_empty() && !open && !int_or_string => {
            errors.required(&kind, "must not be empty for specified object fields");
        }
        Place::Item if kind.is_empty() && !open && !int_or_string => {
            errors.required(&kind, "must not be empty for specified array items");
        }
        _ if !kind.is_empty() => errors.one_of(&kind, TYPES),
        _ => {}
    }
    for field in ["$ref", "definitions", "dependencies", "patternProperties", "additionalItems", "id"] {
        let field = schema.get(field);
        if field.is_set() {
            errors
                .forbidden(&field, &format!("{} is not supported", field.path.rsplit('.').next().unwrap_or_default()));
        }
    }
    if schema.get("uniqueItems").is_true() {
        errors.forbidden(
            &schema.get("uniqueItems"),
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        );
    }
    let (properties, additional, items) =
        (schema.get("properties"), schema.get("additionalProperties"), schema.get("items"));
    if !properties.is_empty() && additional.is_set() && additional.value != &serde_json::Value::Bool(false) {
        errors.forbidden(&additional, "additionalProperties and properties are mutual exclusive");
    }
    if kind.text() == "array" && !items.is_set() {
        errors.required(&items, "must be specified");
    }
    if items.value.is_array() {
        errors.forbidden(&items, "items must be a schema object and not an array");
    }
    list_type(schema, errors);
    for (_, property) in properties.entries() {
        check(&property, Place::Field, errors);
    }
    if additional.value.is_object() {
        check(&additional, Place::Field, errors);
    }
    if items.value.is_object() {
        check(&items, Place::Item, errors);
    }
}

fn list_type(schema: &At<'_>, errors: &mut Errors) {
    let (kind, keys) = (schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys"));
    errors.one_of(&kind, &["atomic", "map", "set"]);
    if kind.text() == "map" && keys.is_empty() {
        errors.required(&keys, "must not be empty if x-kubernetes-list-type is map");
    }
    if kind.is_set() && schema.get("type").text() != "array" {
        let at = schema.get("type");
        errors.invalid(&at, "must be array if x-kubernetes-list-type is specified");
    }
    errors.one_of(&schema.get("x-kubernetes-map-type"), &["atomic", "granular"]);
}
