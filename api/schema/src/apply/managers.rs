//! The record of who set what: `metadata.managedFields`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::set::Set;

/// What tells managers apart. An applier is the same in every version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Manager {
    pub(super) name: String,
    pub(super) applies: bool,
    /// Empty for an applier.
    pub(super) api_version: String,
    pub(super) subresource: String,
}

/// What a manager set.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) fields: Set,
    pub(super) api_version: String,
    pub(super) time: Option<String>,
}

/// What every manager set.
pub(super) type Managers = BTreeMap<Manager, Entry>;

/// A field that another manager has set to something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The other manager, as messages show it: `"kubectl" using apps/v1`.
    pub manager: String,
    /// The field: `.spec.replicas`.
    pub field: String,
}

impl Conflict {
    /// The message of the conflict's cause in a Status.
    pub fn message(&self) -> String {
        format!("conflict with {}", self.manager)
    }
}

/// What the Status of conflicts says.
pub(super) fn conflict_message(conflicts: &[Conflict]) -> String {
    if let [conflict] = conflicts {
        return format!("Apply failed with 1 conflict: {}: {}", conflict.message(), conflict.field);
    }
    let mut by_manager: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for conflict in conflicts {
        by_manager.entry(&conflict.manager).or_default().push(&conflict.field);
    }
    let mut lines = Vec::new();
    for (manager, fields) in by_manager {
        lines.push(format!("conflicts with {manager}:"));
        lines.extend(fields.iter().map(|field| format!("- {field}")));
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}

/// The conflicts with a manager over a set of fields.
pub(super) fn conflicts_with(manager: &Manager, fields: &Set) -> Vec<Conflict> {
    let mut shown = format!("{:?}", manager.name);
    if !manager.subresource.is_empty() {
        shown = format!("{shown} with subresource {:?}", manager.subresource);
    }
    if !manager.applies {
        shown = format!("{shown} using {}", manager.api_version);
    }
    let mut conflicts = Vec::new();
    fields.each(&mut |path| {
        conflicts.push(Conflict { manager: shown.clone(), field: path.iter().map(ToString::to_string).collect() });
    });
    conflicts
}

/// Reads `metadata.managedFields`; none if an entry of it is not one.
pub(super) fn decode(entries: Option<&Value>) -> Option<Managers> {
    let mut managers = Managers::new();
    for entry in entries.and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let applies = match &*text("operation") {
            "Apply" => true,
            "Update" => false,
            _ => return None,
        };
        let api_version = text("apiVersion");
        if api_version.is_empty() || text("fieldsType") != "FieldsV1" {
            return None;
        }
        let manager = Manager {
            name: text("manager"),
            applies,
            api_version: if applies { String::new() } else { api_version.clone() },
            subresource: text("subresource"),
        };
        let fields = Set::from_json(&entry["fieldsV1"]);
        let time = entry["time"].as_str().map(str::to_owned);
        managers.insert(manager, Entry { fields, api_version, time });
    }
    Some(managers)
}

/// Writes `metadata.managedFields`: appliers first, then by time.
pub(super) fn encode(managers: &Managers) -> Value {
    let mut sorted: Vec<_> = managers.iter().collect();
    sorted.sort_by(|(a, left), (b, right)| {
        (!a.applies, &left.time, &a.name, &left.api_version, &a.subresource).cmp(&(
            !b.applies,
            &right.time,
            &b.name,
            &right.api_version,
            &b.subresource,
        ))
    });
    let entries = sorted.into_iter().map(|(manager, entry)| {
        let mut encoded = Map::new();
        encoded.insert("manager".into(), manager.name.clone().into());
        encoded.insert("operation".into(), if manager.applies { "Apply" } else { "Update" }.into());
        encoded.insert("apiVersion".into(), entry.api_version.clone().into());
        encoded.insert("fieldsType".into(), "FieldsV1".into());
        encoded.insert("fieldsV1".into(), entry.fields.to_json());
        if let Some(time) = &entry.time {
            encoded.insert("time".into(), json!(time));
        }
        if !manager.subresource.is_empty() {
            encoded.insert("subresource".into(), manager.subresource.clone().into());
        }
        Value::Object(encoded)
    });
    Value::Array(entries.collect())
}
