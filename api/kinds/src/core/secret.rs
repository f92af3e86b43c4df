//! The row of Secret.

use serde_json::Value;

use crate::{
    Column, FieldError, Kind, columns,
    core::config_map,
    fields::{self, Field},
    validation::{At, Errors, names},
};

const FIELDS: &[Field; 1] = &[Field { name: "type", path: "type", unset: "" }];

/// The row.
pub(crate) static KIND: Kind = Kind {
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    columns: &[
        Column::string("Type", "What the secret is for.", |object, _| columns::text(&object["type"]).into()),
        Column::string("Data", "How many entries it has.", |object, _| columns::count(&object["data"]).into()),
        columns::AGE,
    ],
    prepare_update,
    validate: |object| Errors::of(object, validate),
    validate_update: |new, old| Errors::of_update(new, old, validate_update),
    ..Kind::new("", "v1", "Secret", "secrets", "secret", true)
};

fn prepare_update(new: &mut Value, old: &Value) {
    if columns::text(&new["type"]).is_empty() {
        new["type"] = old["type"].clone();
    }
}

fn validate(secret: &At<'_>, errors: &mut Errors) {
    let data = secret.get("data");
    let mut size = 0;
    for (key, value) in data.entries() {
        for message in names::config_key(key) {
            errors.invalid_value(&value.path, key, &message);
        }
        size += config_map::decoded_len(value.text());
    }
    if size > config_map::MOST_BYTES {
        errors.0.push(FieldError::too_long(&data.path, config_map::MOST_BYTES));
    }
    let mut need = |key: &str| {
        if !data.key(key).is_set() {
            errors.required(&data.key(key), "");
        }
    };
    match secret.get("type").text() {
        "kubernetes.io/service-account-token" => {
            errors.require(&secret.get("metadata").get("annotations").key("kubernetes.io/service-account.name"));
        }
        "kubernetes.io/dockercfg" => need(".dockercfg"),
        "kubernetes.io/dockerconfigjson" => need(".dockerconfigjson"),
        "kubernetes.io/basic-auth" if !data.key("username").is_set() && !data.key("password").is_set() => {
            need("username");
            need("password");
        }
        "kubernetes.io/ssh-auth" => need("ssh-privatekey"),
        "kubernetes.io/tls" => {
            need("tls.crt");
            need("tls.key");
        }
        _ => {}
    }
}

fn validate_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    errors.immutable(&new.get("type"), &old.get("type"));
    config_map::keep_immutable(new, old, &["data"], errors);
}
