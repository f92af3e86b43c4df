//! Tables of custom kinds, from the structural schemas of their CustomResourceDefinitions.
//!
//! Such a table serves the same walks as the built-in one: unknown fields are found and pruned, server-side apply knows lists and maps,
//! and defaults are set. What Go's types add to the built-in kinds, zero values and protobuf, custom ones do not have.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::MAX_DEPTH;
use crate::parse::structure;
use crate::table::{Field, ListType, MapType, Rare, Scalar, Shape, Table, Type, TypeId};

/// The name of the type of every object's metadata.
const OBJECT_META: &str = "apimachinery/pkg/apis/meta/v1.ObjectMeta";

impl Table {
    /// Makes the table of a custom kind from a version's `openAPIV3Schema`, which should be structural. The kind's type is the second.
    ///
    /// What the schema does not say, or says in a way that structural schemas do not have, may be anything.
    pub fn custom(schema: &Value) -> (Table, TypeId) {
        let mut builder = Builder { table: Table::default(), scalars: HashMap::new(), meta: TypeId(0) };
        builder.meta = builder.import();
        let root = builder.object(schema, true, 0);
        builder.table.types.shrink_to_fit();
        (builder.table, root)
    }
}

struct Builder {
    table: Table,
    scalars: HashMap<u8, TypeId>,
    meta: TypeId,
}

impl Builder {
    fn add(&mut self, shape: Shape) -> TypeId {
        let id = TypeId(u32::try_from(self.table.types.len()).unwrap_or(u32::MAX));
        self.table.types.push(Type { name: Cow::Borrowed(""), shape });
        id
    }

    fn scalar(&mut self, scalar: Scalar) -> TypeId {
        if let Some(id) = self.scalars.get(&(scalar as u8)) {
            return *id;
        }
        let id = self.add(Shape::Scalar(scalar));
        self.scalars.insert(scalar as u8, id);
        id
    }

    /// Takes the type of metadata over from the built-in table.
    fn import(&mut self) -> TypeId {
        let builtin = Table::builtin();
        let meta = builtin.named(OBJECT_META).expect("every kind has metadata: a test looks");
        self.imported(builtin, meta, &mut HashMap::new())
    }

    fn imported(&mut self, from: &Table, ty: TypeId, known: &mut HashMap<TypeId, TypeId>) -> TypeId {
        if let Some(id) = known.get(&ty) {
            return *id;
        }
        let mut copy = from.get(ty).clone();
        let id = self.add(Shape::Scalar(Scalar::Json));
        known.insert(ty, id);
        match &mut copy.shape {
            Shape::Struct { fields, .. } => {
                for field in fields {
                    field.ty = self.imported(from, field.ty, known);
                }
            }
            Shape::List { element: inner, .. }
            | Shape::Map { value: inner }
            | Shape::SchemaOr { schema: inner, .. } => {
                *inner = self.imported(from, *inner, known);
            }
            Shape::Scalar(_) => {}
        }
        self.table.types[id.0 as usize] = copy;
        id
    }

    fn value(&mut self, schema: &Value, depth: usize) -> TypeId {
        let is = |name: &str| schema[name] == Value::Bool(true);
        if depth > MAX_DEPTH {
            return self.scalar(Scalar::Json);
        }
        if is("x-kubernetes-int-or-string") {
            return self.scalar(Scalar::IntOrString);
        }
        match schema["type"].as_str() {
            Some("string") => self.scalar(Scalar::String),
            Some("boolean") => self.scalar(Scalar::Bool),
            Some("integer") => self.scalar(Scalar::Int64),
            Some("number") => self.scalar(Scalar::Float64),
            Some("array") => {
                let element = self.value(&schema["items"], depth + 1);
                self.add(Shape::List { element, message: false })
            }
            Some("object") => self.object(schema, is("x-kubernetes-embedded-resource"), depth),
            _ => self.scalar(Scalar::Json),
        }
    }

    fn object(&mut self, schema: &Value, is_resource: bool, depth: usize) -> TypeId {
        let open = schema["x-kubernetes-preserve-unknown-fields"] == Value::Bool(true);
        let atomic = schema["x-kubernetes-map-type"] == "atomic";
        match &schema["additionalProperties"] {
            values @ Value::Object(_) => {
                let value = self.value(values, depth + 1);
                return self.add(Shape::Map { value });
            }
            Value::Bool(true) => {
                let value = self.scalar(Scalar::Json);
                return self.add(Shape::Map { value });
            }
            _ => {}
        }
        let mut fields = Vec::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            if !(is_resource && matches!(name.as_str(), "apiVersion" | "kind" | "metadata")) {
                let ty = self.value(schema, depth + 1);
                fields.push(field(name, ty, schema));
            }
        }
        if is_resource {
            let text = self.scalar(Scalar::String);
            fields.push(field("apiVersion", text, &Value::Null));
            fields.push(field("kind", text, &Value::Null));
            fields.push(field("metadata", self.meta, &Value::Null));
        }
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for field in &mut fields {
            field.required = required.contains(&&*field.name);
        }
        let mut shape = structure(fields, atomic);
        if let Shape::Struct { open: is_open, .. } = &mut shape {
            *is_open = open;
        }
        self.add(shape)
    }
}

/// A field, which is there only if it is set.
fn field(name: &str, ty: TypeId, schema: &Value) -> Field {
    let text = |name: &str| schema[name].as_str();
    let keys = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let rare = Rare {
        list_keys: keys.map(|key| Cow::Owned(key.to_owned())).collect(),
        default: schema.get("default").cloned(),
        nullable: schema["nullable"] == Value::Bool(true),
        ..Rare::default()
    };
    Field {
        name: Cow::Owned(name.to_owned()),
        ty,
        number: 0,
        pointer: true,
        omit_empty: true,
        omit_zero: false,
        required: false,
        map: match text("x-kubernetes-map-type") {
            Some("atomic") => Some(MapType::Atomic),
            Some("granular") => Some(MapType::Granular),
            _ => None,
        },
        list: match text("x-kubernetes-list-type") {
            Some("set") => ListType::Set,
            Some("map") => ListType::Map,
            _ => ListType::Atomic,
        },
        atomic_list: true,
        rare: (rare != Rare::default()).then(|| Box::new(rare)),
    }
}

/// Sets the defaults that a custom kind's schema declares, at any depth, where a field is absent, or `null` though that is not allowed.
pub fn apply_custom_defaults(table: &Table, ty: TypeId, object: &mut Value) {
    walk(table, ty, object, 0);
}

fn walk(table: &Table, ty: TypeId, value: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match (table.shape(ty), value) {
        (Shape::Struct { fields, .. }, Value::Object(object)) => {
            for field in fields {
                default(field, object);
                if let Some(value) = object.get_mut(&*field.name) {
                    walk(table, field.ty, value, depth + 1);
                }
            }
        }
        (Shape::List { element, .. }, Value::Array(values)) => {
            values.iter_mut().for_each(|value| walk(table, *element, value, depth + 1));
        }
        (Shape::Map { value: inner }, Value::Object(entries)) => {
            entries.values_mut().for_each(|value| walk(table, *inner, value, depth + 1));
        }
        _ => {}
    }
}

fn default(field: &Field, object: &mut Map<String, Value>) {
    let Some(default) = field.default() else { return };
    let is_missing = match object.get(&*field.name) {
        None => true,
        Some(value) => value.is_null() && !field.is_nullable(),
    };
    if is_missing {
        object.insert(field.name.clone().into_owned(), default.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Change, prune_unknown, server_side_apply, unknown_fields};

    fn schema() -> Value {
        json!({"type": "object", "properties": {
            "spec": {"type": "object", "default": {}, "properties": {
                "size": {"type": "integer", "default": 3},
                "port": {"x-kubernetes-int-or-string": true},
                "note": {"type": "string", "nullable": true, "default": "n"},
                "any": {"x-kubernetes-preserve-unknown-fields": true},
                "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                    "properties": {"closed": {"type": "object", "properties": {"a": {"type": "string"}}}}},
                "rules": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                    "items": {"type": "object", "properties": {
                        "name": {"type": "string"}, "weight": {"type": "integer", "default": 1}}}},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "template": {"type": "object", "x-kubernetes-embedded-resource": true,
                    "properties": {"spec": {"type": "object"}}},
            }},
            "status": {"type": "object"},
        }})
    }

    #[test]
    fn unknown_fields_are_found() {
        let (table, ty) = Table::custom(&schema());
        let mut object = json!({
            "apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "nam": 1},
            "spec": {"siz": 1, "any": {"x": [{}]}, "open": {"x": 1, "closed": {"a": "", "b": ""}}, "labels": {"x": "y"},
                "rules": [{"name": "a", "x": 1}], "template": {"kind": "Pod", "metadata": {"name": "t"}, "spec": {"x": 1}}},
        });
        let unknown = unknown_fields(&table, ty, &object);
        assert_eq!(
            unknown,
            ["metadata.nam", "spec.open.closed.b", "spec.rules[0].x", "spec.siz", "spec.template.spec.x"]
        );
        prune_unknown(&table, ty, &mut object);
        assert!(unknown_fields(&table, ty, &object).is_empty());
        assert_eq!(object["spec"]["open"], json!({"x": 1, "closed": {"a": ""}}));
        assert_eq!(object["spec"]["any"], json!({"x": [{}]}));
    }

    #[test]
    fn defaults_are_set() {
        let (table, ty) = Table::custom(&schema());
        let mut object = json!({"kind": "Widget"});
        apply_custom_defaults(&table, ty, &mut object);
        assert_eq!(object, json!({"kind": "Widget", "spec": {"size": 3, "note": "n"}}));
        let mut object = json!({"spec": {"size": null, "note": null, "rules": [{"name": "a"}]}});
        apply_custom_defaults(&table, ty, &mut object);
        assert_eq!(object, json!({"spec": {"size": 3, "note": null, "rules": [{"name": "a", "weight": 1}]}}));
    }

    #[test]
    fn applies_merge_by_the_schema() {
        let (table, ty) = Table::custom(&schema());
        let apply = |manager: &str, live: Option<&Value>, rules: Value| {
            let change = Change {
                table: &table,
                ty,
                api_version: "example.com/v1",
                manager,
                subresource: "",
                now: "2026-01-01T00:00:00Z",
                reset: &[],
            };
            let object = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"rules": rules}});
            server_side_apply(&change, live, &object, false)
        };
        let first = apply("a", None, json!([{"name": "x", "weight": 1}])).unwrap();
        let second = apply("b", Some(&first), json!([{"name": "y"}])).unwrap();
        assert_eq!(second["spec"]["rules"], json!([{"name": "x", "weight": 1}, {"name": "y"}]));
        assert!(apply("b", Some(&second), json!([{"name": "x", "weight": 2}])).is_err());
    }

    #[test]
    fn hostile_schemas_make_some_table() {
        for schema in
            [json!(null), json!([]), json!({"type": 1}), json!({"type": "array"}), json!({"properties": {"a": []}})]
        {
            let (table, ty) = Table::custom(&schema);
            assert!(table.field(ty, "metadata").is_some());
        }
    }
}
