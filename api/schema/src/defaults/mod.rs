//! Defaulting of the built-in kinds, as `SetDefaults_…` of Kubernetes' `pkg/apis/*/v*/defaults.go` does it.
//!
//! Kubernetes has a default for a *type*, wherever a value of it stands: a container's for the containers of pods and of pod
//! templates alike. So one walk over the table finds every value, and applies in this order: the type's hook, its [`rows`], and for
//! each field the default that its declaration has (`+default`, in the table). A struct that Go holds without a pointer is there even
//! if it was not given, and so gets its defaults.

mod autoscaling;
mod batch;
mod containers;
mod custom_resource_definition;
mod daemon_set;
mod deployment;
mod image;
mod limit_range;
mod namespace;
mod network_policy;
mod node;
mod object;
mod pod;
mod pod_resources;
mod rbac;
mod replication_controller;
mod resource_claim;
mod rows;
mod service;
mod stateful_set;
mod volume;

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::scalar::quantity;
use crate::table::{Field, Shape, Table, TypeId};
use crate::{Error, MAX_DEPTH};
use object::is_missing;

/// What a hook does: sets what no row can say.
type Hook = fn(&mut Map<String, Value>);

/// The hooks: the type, and what is called with each value of it before its rows and fields are defaulted.
const HOOKS: &[(&str, Hook)] = &[
    ("api/apps/v1.DaemonSet", daemon_set::default),
    ("api/apps/v1.Deployment", deployment::default),
    ("api/apps/v1.StatefulSet", stateful_set::default),
    ("api/autoscaling/v2.HorizontalPodAutoscaler", autoscaling::default),
    ("api/batch/v1.Job", batch::default),
    ("api/core/v1.Container", containers::default),
    ("api/core/v1.EphemeralContainerCommon", containers::default),
    ("api/core/v1.LimitRangeItem", limit_range::default),
    ("api/core/v1.Namespace", namespace::default),
    ("api/core/v1.NodeStatus", node::default),
    ("api/core/v1.Pod", pod::default),
    ("api/core/v1.ReplicationController", replication_controller::default),
    ("api/core/v1.Service", service::default),
    ("api/core/v1.Volume", volume::default),
    ("api/networking/v1.NetworkPolicy", network_policy::default),
    ("api/rbac/v1.Subject", rbac::default),
    ("api/resource/v1.DeviceSubRequest", resource_claim::default),
    ("api/resource/v1.ExactDeviceRequest", resource_claim::default),
    ("api/resource/v1beta2.DeviceSubRequest", resource_claim::default),
    ("api/resource/v1beta2.ExactDeviceRequest", resource_claim::default),
    ("api/resource/v1beta1.DeviceSubRequest", resource_claim::default),
    ("api/resource/v1beta1.DeviceRequest", resource_claim::default_v1beta1),
    ("apiextensions-apiserver/pkg/apis/apiextensions/v1.CustomResourceDefinition", custom_resource_definition::default),
];

/// A row whose value is read.
struct Row {
    path: &'static [&'static str],
    value: Value,
}

/// What is known of one type.
#[derive(Default)]
struct Rules {
    hook: Option<Hook>,
    rows: Vec<Row>,
    /// Whether the type or one that its values may hold has anything to default.
    relevant: bool,
}

static RULES: LazyLock<Vec<Rules>> = LazyLock::new(|| {
    let table = Table::builtin();
    let mut rules: Vec<Rules> = table.types.iter().map(|_| Rules::default()).collect();
    for (name, hook) in HOOKS {
        let ty = table.named(name).expect("every hook is of a type of the table: a test looks");
        rules[ty.0 as usize].hook = Some(*hook);
        rules[ty.0 as usize].relevant = true;
    }
    for (name, path, value) in rows::ROWS {
        let ty = table.named(name).expect("every row is of a type of the table: a test looks");
        let value = serde_json::from_str(value).expect("every row's value is JSON: a test looks");
        rules[ty.0 as usize].rows.push(Row { path, value });
        rules[ty.0 as usize].relevant = true;
    }
    spread(table, &mut rules);
    rules
});

/// Marks as relevant whatever may hold something relevant.
fn spread(table: &Table, rules: &mut [Rules]) {
    loop {
        let mut changed = false;
        for (at, ty) in table.types.iter().enumerate() {
            let is = |id: &TypeId| rules[id.0 as usize].relevant;
            let found = match &ty.shape {
                Shape::Struct { fields, .. } => {
                    fields.iter().any(|field| field.default().is_some() || is_resource_list(field) || is(&field.ty))
                }
                Shape::List { element: inner, .. } | Shape::Map { value: inner } => is(inner),
                Shape::Scalar(_) | Shape::SchemaOr { .. } => false,
            };
            if found && !rules[at].relevant {
                rules[at].relevant = true;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

fn is_resource_list(field: &Field) -> bool {
    field.go().is_some_and(|go| go.ends_with(".ResourceList"))
}

/// Sets the defaults of an object of a built-in kind; of a kind that is not built in, nothing. The object should be canonical
/// ([`crate::canonicalise`]).
///
/// One default is not set, since it takes the time of day: `timeAdded` of a device's taint.
///
/// # Errors
/// [`Error::TooDeep`].
pub fn apply_defaults(group: &str, version: &str, kind: &str, object: &mut Value) -> Result<(), Error> {
    let table = Table::builtin();
    match table.kind(group, version, kind) {
        Some(ty) => value(table, ty, object, 0),
        None => Ok(()),
    }
}

fn value(table: &Table, ty: TypeId, given: &mut Value, depth: usize) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(Error::TooDeep);
    }
    if !RULES[ty.0 as usize].relevant {
        return Ok(());
    }
    match (table.shape(ty), given) {
        (Shape::Struct { .. }, Value::Object(object)) => structure(table, ty, object, depth),
        (Shape::List { element, .. }, Value::Array(values)) => {
            values.iter_mut().try_for_each(|element_value| value(table, *element, element_value, depth + 1))
        }
        (Shape::Map { value: inner }, Value::Object(entries)) => {
            entries.values_mut().try_for_each(|entry| value(table, *inner, entry, depth + 1))
        }
        _ => Ok(()),
    }
}

fn structure(table: &Table, ty: TypeId, object: &mut Map<String, Value>, depth: usize) -> Result<(), Error> {
    let rules = &RULES[ty.0 as usize];
    let Shape::Struct { fields, .. } = table.shape(ty) else { return Ok(()) };
    if let Some(hook) = rules.hook {
        hook(object);
    }
    for row in &rules.rows {
        set_row(table, ty, object, row);
    }
    for field in fields {
        if field.is_inline() {
            if RULES[field.ty.0 as usize].relevant {
                structure(table, field.ty, object, depth + 1)?;
            }
            continue;
        }
        if is_resource_list(field) {
            round_up(object.get_mut(&*field.name));
        }
        if let Some(default) = field.default()
            // What Go would set to zero where it is zero already, JSON leaves out.
            && !is_missing(Some(default), field.pointer)
            && is_missing(object.get(&*field.name), field.pointer)
        {
            object.insert(field.name.clone().into_owned(), default.clone());
        }
        if !RULES[field.ty.0 as usize].relevant {
            continue;
        }
        match object.get_mut(&*field.name) {
            None | Some(Value::Null) if is_held(table, field) => {
                let mut held = Value::Object(Map::new());
                value(table, field.ty, &mut held, depth + 1)?;
                if held.as_object().is_some_and(|held| !held.is_empty()) {
                    object.insert(field.name.clone().into_owned(), held);
                }
            }
            None => {}
            Some(given) => value(table, field.ty, given, depth + 1)?,
        }
    }
    Ok(())
}

/// Whether Go holds a struct there even if none was given.
fn is_held(table: &Table, field: &Field) -> bool {
    !field.pointer && matches!(table.shape(field.ty), Shape::Struct { .. })
}

fn set_row(table: &Table, ty: TypeId, object: &mut Map<String, Value>, row: &Row) {
    let Some((last, parents)) = row.path.split_last() else { return };
    let (mut ty, mut object) = (ty, object);
    for name in parents {
        let Some(field) = table.field(ty, name) else { return };
        let slot = object.entry(*name).or_insert(Value::Null);
        if slot.is_null() && !field.pointer {
            *slot = Value::Object(Map::new());
        }
        let Value::Object(inner) = slot else { return };
        (ty, object) = (field.ty, inner);
    }
    let pointer = table.field(ty, last).is_some_and(|field| field.pointer);
    if is_missing(object.get(*last), pointer) {
        object.insert((*last).to_owned(), row.value.clone());
    }
}

/// Rounds a list of resources up to thousandths (`SetDefaults_ResourceList`).
fn round_up(list: Option<&mut Value>) {
    for value in list.and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        if let Some(rounded) = value.as_str().and_then(quantity::round_up_to_milli) {
            *value = Value::String(rounded);
        }
    }
}

#[cfg(test)]
mod tests;
