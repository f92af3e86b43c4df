//! The Table encoding: what `kubectl get` prints (`meta.k8s.io/v1` Table).

use jiff::Timestamp;
use reks_kinds::{Column, Kind};
use serde_json::{Value, json};

/// How much of each object a row carries (`includeObject`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IncludeObject {
    /// The cells alone.
    None,
    /// The metadata.
    #[default]
    Metadata,
    /// All of it.
    Object,
}

impl IncludeObject {
    /// Reads the query parameter; unknown words mean the default.
    #[must_use]
    pub fn parse(text: Option<&str>) -> Self {
        match text {
            Some("None") => Self::None,
            Some("Object") => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// A Table without rows.
#[must_use]
pub fn header(kind: &Kind, metadata: Value) -> Value {
    let columns = columns(kind).map(|column| {
        json!({
            "name": column.name, "type": column.kind, "priority": column.priority,
            "format": column.format,
            "description": column.description,
        })
    });
    let columns: Vec<Value> = columns.collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": columns, "rows": [],
    })
}

fn columns(kind: &Kind) -> impl Iterator<Item = &Column> {
    kind.name_column.iter().chain(kind.columns)
}

/// One object's row.
#[must_use]
pub fn row(kind: &Kind, object: Value, now: Timestamp, include: IncludeObject) -> Value {
    let cells: Vec<Value> = columns(kind).map(|column| (column.cell)(&object, now)).collect();
    let mut row = json!({"cells": cells});
    match include {
        IncludeObject::None => {}
        IncludeObject::Metadata => row["object"] = partial_metadata(object),
        IncludeObject::Object => row["object"] = object,
    }
    row
}

/// `PartialObjectMetadata` of an object.
#[must_use]
pub fn partial_metadata(mut object: Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"].take()})
}
