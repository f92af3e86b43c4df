//! What only the OpenAPI documents say of a field: list type and keys, map type, whether required, its default, its description.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The definitions of every OpenAPI document of a Kubernetes checkout, by the definition's name.
pub struct Definitions {
    definitions: BTreeMap<String, Value>,
    defaults: BTreeMap<(String, String), Value>,
}

/// What the documents say of one field.
#[derive(Default)]
pub struct Facts {
    /// `x-kubernetes-list-type`, or empty.
    pub list_type: String,
    /// `x-kubernetes-list-map-keys`.
    pub list_keys: Vec<String>,
    /// `x-kubernetes-map-type`, or empty.
    pub map_type: String,
    /// Whether the field must be there.
    pub required: bool,
    /// The default; of fields without a pointer often just the type's zero value.
    pub default: Option<Value>,
    /// The description.
    pub description: String,
}

impl Definitions {
    /// Reads `swagger.json` and every version 3 document under `folder`.
    pub fn read(folder: &Path) -> Result<Definitions> {
        let parse = |file: &Path| -> Result<Value> {
            let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
            serde_json::from_slice(&text).with_context(|| format!("parsing {}", file.display()))
        };
        let swagger = parse(&folder.join("swagger.json"))?;
        let definitions = swagger["definitions"].as_object().context("swagger.json has no definitions")?;
        let definitions = definitions.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut defaults = BTreeMap::new();
        for entry in std::fs::read_dir(folder.join("v3")).context("reading the version 3 documents")? {
            let document = parse(&entry?.path())?;
            for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
                for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
                    if let Some(default) = schema.get("default") {
                        defaults.insert((name.clone(), field.clone()), default.clone());
                    }
                }
            }
        }
        Ok(Definitions { definitions, defaults })
    }

    /// Whether the documents know the definition.
    pub fn knows(&self, name: &str) -> bool {
        self.definitions.contains_key(name)
    }

    /// The definition's own description.
    pub fn description(&self, name: &str) -> &str {
        self.definitions.get(name).and_then(|definition| definition["description"].as_str()).unwrap_or_default()
    }

    /// Whether the definition as a whole is one value: `x-kubernetes-map-type: atomic`.
    pub fn is_atomic(&self, name: &str) -> bool {
        self.definitions.get(name).is_some_and(|definition| definition["x-kubernetes-map-type"] == "atomic")
    }

    /// What is said of a field.
    pub fn facts(&self, definition: &str, field: &str) -> Facts {
        let Some(value) = self.definitions.get(definition) else { return Facts::default() };
        let property = &value["properties"][field];
        let text = |name: &str| property[name].as_str().unwrap_or_default().to_owned();
        let names = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        Facts {
            list_type: text("x-kubernetes-list-type"),
            list_keys: names(&property["x-kubernetes-list-map-keys"]),
            map_type: text("x-kubernetes-map-type"),
            required: names(&value["required"]).iter().any(|name| name == field),
            default: self.defaults.get(&(definition.to_owned(), field.to_owned())).cloned(),
            description: text("description"),
        }
    }

    /// The packages that have definitions, as the names' prefixes.
    pub fn prefixes(&self) -> BTreeSet<&str> {
        self.definitions.keys().filter_map(|name| Some(name.rsplit_once('.')?.0)).collect()
    }
}

/// Whether a value is the zero of its type.
pub fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_f64() == Some(0.0),
        Value::String(value) => value.is_empty(),
        Value::Array(value) => value.is_empty(),
        Value::Object(value) => value.is_empty(),
    }
}
