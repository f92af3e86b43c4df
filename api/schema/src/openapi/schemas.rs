//! The schemas of a document: those of the kinds that are served, and all that they refer to.

use std::collections::{BTreeMap, BTreeSet};

use super::descriptions::Descriptions;
use super::json::Json;
use super::{ServedVersion, Version, custom};
use crate::table::{Alternative, Field, ListType, MapType, Scalar, Shape, Table, TypeId};

const META: &str = "apimachinery/pkg/apis/meta/v1.";

/// Types whose schema does not follow from their fields, in the order of their descriptions: the definition's name, its schema in
/// version 2 and in version 3.
const SPECIAL: &[(&str, &str, &str)] = &[
    ("io.k8s.apimachinery.pkg.apis.meta.v1.Time", DATE_TIME, DATE_TIME),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", DATE_TIME, DATE_TIME),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.Duration", r#""type":"string""#, r#""type":"string""#),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", OBJECT, OBJECT),
    (
        "io.k8s.apimachinery.pkg.api.resource.Quantity",
        r#""type":"string""#,
        r#""oneOf":[{"type":"string"},{"type":"number"}]"#,
    ),
    (
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
        r#""type":"string","format":"int-or-string""#,
        r#""format":"int-or-string","oneOf":[{"type":"integer"},{"type":"string"}]"#,
    ),
    ("io.k8s.apimachinery.pkg.runtime.RawExtension", OBJECT, OBJECT),
    ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON", "", ""),
    ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray", "", ""),
    ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool", "", ""),
    ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray", "", ""),
    (PATCH, OBJECT, OBJECT),
];

/// The definition of a patch's body.
pub(super) const PATCH: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
const PATCH_POSITION: usize = 11;
const DATE_TIME: &str = r#""type":"string","format":"date-time""#;
const OBJECT: &str = r#""type":"object""#;

/// Where the scalars of the table stand in [`SPECIAL`].
fn special(shape: &Shape) -> Option<usize> {
    Some(match shape {
        Shape::Scalar(Scalar::Time) => 0,
        Shape::Scalar(Scalar::MicroTime) => 1,
        Shape::Scalar(Scalar::Duration) => 2,
        Shape::Scalar(Scalar::Fields) => 3,
        Shape::Scalar(Scalar::Quantity) => 4,
        Shape::Scalar(Scalar::IntOrString) => 5,
        Shape::Scalar(Scalar::Raw) => 6,
        Shape::Scalar(Scalar::Json) => 7,
        Shape::SchemaOr { alternative: Alternative::Schemas, .. } => 8,
        Shape::SchemaOr { alternative: Alternative::Bool, .. } => 9,
        Shape::SchemaOr { alternative: Alternative::Strings, .. } => 10,
        _ => return None,
    })
}

/// The name of a type's definition; none for a type that has none of its own.
fn definition(table: &Table, ty: TypeId) -> Option<String> {
    match table.shape(ty) {
        Shape::Struct { .. } => Some(table.get(ty).definition_name()),
        shape => special(shape).map(|at| SPECIAL[at].0.to_owned()),
    }
}

/// The definition's name of a kind that is served.
pub(super) fn kind_definition(group: &str, version: &str, kind: &str) -> String {
    let table = Table::builtin();
    table
        .kind(group, version, kind)
        .map_or_else(|| custom::definition(group, version, kind), |ty| table.get(ty).definition_name())
}

/// Writes every schema that the served kinds need.
pub(super) fn schemas(json: &mut Json, version: Version, served: &[ServedVersion<'_>]) {
    let table = Table::builtin();
    let writer =
        Schemas { table, version, descriptions: Descriptions::unpack(table), gvks: kinds_by_type(table, served) };
    let mut wanted = Wanted { table, seen: BTreeSet::new(), special: BTreeSet::from([PATCH_POSITION]) };
    for name in ["DeleteOptions", "Status", "APIResourceList", "WatchEvent", "ObjectMeta", "ListMeta"] {
        wanted.add(table.named(&format!("{META}{name}")));
    }
    for served in served {
        for resource in served.resources {
            wanted.add(table.kind(served.group, served.version, resource.kind));
            wanted.add(table.kind(served.group, served.version, &format!("{}List", resource.kind)));
            for subresource in resource.subresources {
                wanted.add(table.kind(subresource.group, subresource.version, subresource.kind));
            }
            if let Some(schema) = resource.schema {
                custom::schemas(json, version, served, resource, schema);
            }
        }
    }
    for ty in &wanted.seen {
        writer.structure(json, *ty);
    }
    for at in &wanted.special {
        let (name, v2, v3) = SPECIAL[*at];
        let body = if version == Version::V2 { v2 } else { v3 };
        json.key(name).object(|json| {
            describe(json, &writer.descriptions.of_special(*at));
            if !body.is_empty() {
                json.raw(body);
            }
        });
    }
}

/// The kinds of each type, of the group versions that are served.
fn kinds_by_type<'a>(
    table: &'a Table,
    served: &[ServedVersion<'a>],
) -> BTreeMap<TypeId, Vec<(&'a str, &'a str, &'a str)>> {
    let mut kinds: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (group, version, kind, ty) in table.kinds() {
        if group != "meta.k8s.io" {
            kinds.entry(ty).or_default().push((group, version, kind));
        } else if matches!(kind, "DeleteOptions" | "WatchEvent") {
            let everywhere = kinds.entry(ty).or_default();
            everywhere.push(("", "v1", kind));
            let others = served.iter().filter(|served| !served.group.is_empty());
            everywhere.extend(others.map(|served| (served.group, served.version, kind)));
        } else if matches!(kind, "Status" | "APIGroup" | "APIGroupList" | "APIResourceList" | "APIVersions") {
            kinds.entry(ty).or_default().push(("", "v1", kind));
        }
    }
    kinds
}

/// What is referred to, found by following references.
struct Wanted<'a> {
    table: &'a Table,
    seen: BTreeSet<TypeId>,
    special: BTreeSet<usize>,
}

impl Wanted<'_> {
    fn add(&mut self, ty: Option<TypeId>) {
        let mut queue: Vec<TypeId> = ty.into_iter().collect();
        while let Some(ty) = queue.pop() {
            match self.table.shape(ty) {
                Shape::Struct { .. } => {
                    if self.seen.insert(ty) {
                        queue.extend(self.table.fields(ty).iter().map(|field| field.ty));
                    }
                }
                Shape::List { element: inner, .. } | Shape::Map { value: inner } => queue.push(*inner),
                shape => self.special.extend(special(shape)),
            }
        }
    }
}

fn describe(json: &mut Json, description: &str) {
    if !description.is_empty() {
        json.key("description").string(description);
    }
}

struct Schemas<'a> {
    table: &'a Table,
    version: Version,
    descriptions: Descriptions,
    gvks: BTreeMap<TypeId, Vec<(&'a str, &'a str, &'a str)>>,
}

impl Schemas<'_> {
    fn structure(&self, json: &mut Json, ty: TypeId) {
        let Shape::Struct { atomic, .. } = self.table.shape(ty) else { return };
        json.key(&self.table.get(ty).definition_name()).object(|json| {
            describe(json, &self.descriptions.of_type(ty));
            json.key("type").string("object");
            let fields = self.table.fields(ty);
            if !fields.is_empty() {
                json.key("properties").object(|json| self.properties(json, ty));
            }
            if fields.iter().any(|field| field.required) {
                json.key("required").array(|json| {
                    fields.iter().filter(|field| field.required).for_each(|field| json.string(&field.name));
                });
            }
            if *atomic {
                json.key("x-kubernetes-map-type").string("atomic");
            }
            if let Some(kinds) = self.gvks.get(&ty) {
                json.key("x-kubernetes-group-version-kind").array(|json| {
                    kinds.iter().for_each(|(group, version, kind)| group_version_kind(json, group, version, kind));
                });
            }
        });
    }

    fn properties(&self, json: &mut Json, ty: TypeId) {
        let Shape::Struct { fields, .. } = self.table.shape(ty) else { return };
        for (position, field) in fields.iter().enumerate() {
            if field.is_inline() {
                self.properties(json, field.ty);
            } else {
                let description = self.descriptions.of_field(ty, position);
                json.key(&field.name).object(|json| self.property(json, field, &description));
            }
        }
    }

    fn property(&self, json: &mut Json, field: &Field, description: &str) {
        describe(json, description);
        let default = self.table.documented_default(field).map(|default| default.to_string());
        match definition(self.table, field.ty) {
            Some(name) => {
                let reference = self.version.reference(&name);
                // In version 3 nothing may stand beside a reference.
                if self.version == Version::V3 && (default.is_some() || !description.is_empty()) {
                    json.key("allOf").array(|json| json.object(|json| json.key("$ref").string(&reference)));
                } else {
                    json.key("$ref").string(&reference);
                }
            }
            None => self.value(json, field.ty),
        }
        if let Some(default) = default.filter(|_| self.version == Version::V3) {
            json.key("default").raw(&default);
        }
        let is_list = matches!(self.table.shape(field.ty), Shape::List { .. });
        let list = match field.list {
            ListType::Atomic if field.atomic_list => Some("atomic"),
            ListType::Atomic => None,
            ListType::Set => Some("set"),
            ListType::Map => Some("map"),
        };
        if let Some(list) = list.filter(|_| is_list) {
            json.key("x-kubernetes-list-type").string(list);
        }
        if !field.list_keys().is_empty() {
            json.key("x-kubernetes-list-map-keys")
                .array(|json| field.list_keys().iter().for_each(|key| json.string(key)));
        }
        if let Some(map) = field.map {
            json.key("x-kubernetes-map-type").string(if map == MapType::Atomic { "atomic" } else { "granular" });
        }
        let strategies = field.patch_strategies();
        if !strategies.is_empty() {
            json.key("x-kubernetes-patch-strategy").string(&strategies);
        }
        if let Some(key) = field.merge_key() {
            json.key("x-kubernetes-patch-merge-key").string(key);
        }
    }

    /// The members of a value's schema.
    fn value(&self, json: &mut Json, ty: TypeId) {
        if let Some(name) = definition(self.table, ty) {
            return json.key("$ref").string(&self.version.reference(&name));
        }
        let (word, format) = match self.table.shape(ty) {
            Shape::List { element, .. } => {
                json.key("type").string("array");
                return json.key("items").object(|json| self.value(json, *element));
            }
            Shape::Map { value } => {
                json.key("type").string("object");
                return json.key("additionalProperties").object(|json| self.value(json, *value));
            }
            Shape::Scalar(Scalar::Bool) => ("boolean", None),
            Shape::Scalar(Scalar::Int32) => ("integer", Some("int32")),
            Shape::Scalar(Scalar::Int64) => ("integer", Some("int64")),
            Shape::Scalar(Scalar::Float64) => ("number", Some("double")),
            Shape::Scalar(Scalar::Bytes) => ("string", Some("byte")),
            _ => ("string", None),
        };
        json.key("type").string(word);
        if let Some(format) = format {
            json.key("format").string(format);
        }
    }
}

/// A kind with its group and version, as documents write it.
pub(super) fn group_version_kind(json: &mut Json, group: &str, version: &str, kind: &str) {
    json.object(|json| {
        json.key("group").string(group);
        json.key("version").string(version);
        json.key("kind").string(kind);
    });
}
