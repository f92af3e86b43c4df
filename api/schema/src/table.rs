//! The table: types, their fields, and the kinds that name them.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::Value;

use crate::builtin;

/// A type's place in its [`Table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub(crate) u32);

/// Types, and the kinds that name some of them.
#[derive(Debug, Default)]
pub struct Table {
    pub(crate) types: Vec<Type>,
    /// Sorted by kind, group, version.
    pub(crate) kinds: Vec<KindRow>,
    /// How many of the types, from the first, have names; they are sorted by name.
    pub(crate) named: usize,
}

/// A kind of a group version, and its type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KindRow {
    pub(crate) kind: Cow<'static, str>,
    pub(crate) group: Cow<'static, str>,
    pub(crate) version: Cow<'static, str>,
    pub(crate) ty: TypeId,
}

/// A type: what its values look like.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// For a named type its Go package and name, such as `api/apps/v1.Deployment`; else empty.
    pub name: Cow<'static, str>,
    /// What its values look like.
    pub shape: Shape,
}

/// What a type's values look like.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A leaf.
    Scalar(Scalar),
    /// An object with known fields.
    Struct {
        /// Sorted by name; inlined structs, which have no name, come first.
        fields: Box<[Field]>,
        /// The positions in `fields` of those that protobuf carries, by ascending field number.
        by_number: Box<[u16]>,
        /// Whether server-side apply takes the whole as one value (`x-kubernetes-map-type: atomic`).
        atomic: bool,
        /// Whether it may have fields besides (`x-kubernetes-preserve-unknown-fields`).
        open: bool,
    },
    /// A list.
    List {
        /// The type of its elements.
        element: TypeId,
        /// Whether protobuf carries it as a message of its own, with the elements in field 1.
        message: bool,
    },
    /// An object with any names, whose values are all of one type.
    Map {
        /// The type of its values.
        value: TypeId,
    },
    /// A JSON schema, or what stands in its place: three fields of CustomResourceDefinitions.
    SchemaOr {
        /// The schema's type.
        schema: TypeId,
        /// What else may stand there.
        alternative: Alternative,
    },
}

/// What may stand in the place of a JSON schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// `items`: a list of schemas.
    Schemas,
    /// `additionalProperties`, `additionalItems`: whether any are allowed.
    Bool,
    /// `dependencies`: a list of strings.
    Strings,
}

/// A leaf type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// A string.
    String,
    /// A boolean.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Float64,
    /// Bytes; base64 in JSON.
    Bytes,
    /// A whole number of 32 bits or a string.
    IntOrString,
    /// A quantity such as `100m`.
    Quantity,
    /// A moment, to the second.
    Time,
    /// A moment, to the microsecond.
    MicroTime,
    /// A span of time such as `1m30s`.
    Duration,
    /// Any object: `runtime.RawExtension`.
    Raw,
    /// A set of fields: `metav1.FieldsV1`.
    Fields,
    /// Any JSON value.
    Json,
}

/// What a list means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListType {
    /// One value, replaced as a whole.
    #[default]
    Atomic,
    /// Distinct scalars.
    Set,
    /// Objects told apart by their keys: [`Field::list_keys`].
    Map,
}

/// What a map or a struct means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapType {
    /// One value, replaced as a whole.
    Atomic,
    /// Each entry stands for itself.
    Granular,
}

/// A field of a struct.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name in JSON; empty for an inlined struct, whose fields then stand in the place of it.
    pub name: Cow<'static, str>,
    /// Its type.
    pub ty: TypeId,
    /// Its number in protobuf; 0 if protobuf does not carry it.
    pub number: u16,
    /// Whether Go has a pointer there, so that "not set" differs from zero.
    pub pointer: bool,
    /// Whether JSON leaves it out when it is empty (`omitempty`).
    pub omit_empty: bool,
    /// Whether JSON leaves it out when it is Go's zero (`omitzero`).
    pub omit_zero: bool,
    /// Whether the OpenAPI documents say that it must be there.
    pub required: bool,
    /// What a map or struct there means, where the field says so; else its type does.
    pub map: Option<MapType>,
    /// What a list there means.
    pub list: ListType,
    /// Whether the documents call a list there atomic, instead of saying nothing, which means the same.
    pub(crate) atomic_list: bool,
    pub(crate) rare: Option<Box<Rare>>,
}

/// What few fields have.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Rare {
    pub(crate) list_keys: Box<[Cow<'static, str>]>,
    pub(crate) patch_merge: bool,
    pub(crate) patch_replace: bool,
    pub(crate) patch_retain_keys: bool,
    pub(crate) merge_key: Cow<'static, str>,
    pub(crate) go: Cow<'static, str>,
    pub(crate) default: Option<Value>,
    pub(crate) nullable: bool,
}

impl Field {
    /// The fields that tell a map-list's elements apart (`x-kubernetes-list-map-keys`).
    pub fn list_keys(&self) -> &[Cow<'static, str>] {
        self.rare.as_ref().map_or(&[], |rare| &rare.list_keys)
    }

    /// Whether a strategic merge patch merges a list or map there (`patchStrategy: merge`).
    pub fn patch_merges(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.patch_merge)
    }

    /// Whether a strategic merge patch replaces what is there as a whole (`patchStrategy: replace`).
    pub fn patch_replaces(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.patch_replace)
    }

    /// Whether a client's strategic merge patch says which keys to keep (`patchStrategy: retainKeys`).
    pub fn patch_retains_keys(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.patch_retain_keys)
    }

    /// The patch strategies, as the documents list them.
    pub(crate) fn patch_strategies(&self) -> String {
        let all = [
            (self.patch_merges(), "merge"),
            (self.patch_replaces(), "replace"),
            (self.patch_retains_keys(), "retainKeys"),
        ];
        all.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect::<Vec<_>>().join(",")
    }

    /// The field that tells a merged list's elements apart (`patchMergeKey`).
    pub fn merge_key(&self) -> Option<&str> {
        self.rare.as_ref().map(|rare| &*rare.merge_key).filter(|key| !key.is_empty())
    }

    /// The merge key as a list of keys.
    pub(crate) fn merge_key_as_list(&self) -> Option<&[Cow<'static, str>]> {
        let rare = self.rare.as_ref().filter(|rare| !rare.merge_key.is_empty())?;
        Some(std::slice::from_ref(&rare.merge_key))
    }

    /// The default that the OpenAPI documents declare, where it is not the zero value.
    pub fn default(&self) -> Option<&Value> {
        self.rare.as_ref()?.default.as_ref()
    }

    /// What Go calls the field's type, where the table's type does not tell: `v1.PodPhase` for a string.
    pub(crate) fn go(&self) -> Option<&str> {
        self.rare.as_ref().map(|rare| &*rare.go).filter(|go| !go.is_empty())
    }

    /// Whether a custom kind's field may be `null`.
    pub fn is_nullable(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.nullable)
    }

    /// Whether the field stands for the fields of its struct.
    pub fn is_inline(&self) -> bool {
        self.name.is_empty()
    }
}

impl Type {
    /// The type's own name, without its package: `DeploymentSpec`.
    pub fn short_name(&self) -> &str {
        self.name.rsplit_once('.').map_or(&*self.name, |(_, name)| name)
    }

    /// The name in OpenAPI documents: `io.k8s.api.apps.v1.DeploymentSpec`.
    pub fn definition_name(&self) -> String {
        format!("io.k8s.{}", self.name.replace('/', "."))
    }
}

/// Kinds that every group version has; they are `meta.k8s.io/v1`'s types.
const EVERYWHERE: &[&str] = &[
    "CreateOptions",
    "DeleteOptions",
    "GetOptions",
    "ListOptions",
    "PatchOptions",
    "UpdateOptions",
    "Status",
    "WatchEvent",
    "APIGroup",
    "APIGroupList",
    "APIResourceList",
    "APIVersions",
];

impl Table {
    /// The kinds that Kubernetes 1.36 has built in. It is read on first use (a few milliseconds) and then kept.
    pub fn builtin() -> &'static Table {
        static TABLE: LazyLock<Table> = LazyLock::new(builtin::table);
        &TABLE
    }

    /// The type of a kind. Options, `Status` and watch events are found in every group version.
    pub fn kind(&self, group: &str, version: &str, kind: &str) -> Option<TypeId> {
        if EVERYWHERE.contains(&kind) {
            return self.exact_kind("meta.k8s.io", "v1", kind);
        }
        self.exact_kind(group, version, kind)
    }

    fn exact_kind(&self, group: &str, version: &str, kind: &str) -> Option<TypeId> {
        let row = self
            .kinds
            .binary_search_by(|row| (&*row.kind, &*row.group, &*row.version).cmp(&(kind, group, version)))
            .ok()?;
        Some(self.kinds[row].ty)
    }

    /// The type of a kind, by `apiVersion` as objects spell it: `apps/v1`, `v1`.
    pub fn kind_of(&self, api_version: &str, kind: &str) -> Option<TypeId> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.kind(group, version, kind)
    }

    /// Every kind: group, version, kind, type.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &str, &str, TypeId)> {
        self.kinds.iter().map(|row| (&*row.group, &*row.version, &*row.kind, row.ty))
    }

    /// A named type, such as `api/core/v1.PodSpec`.
    pub fn named(&self, name: &str) -> Option<TypeId> {
        let types = &self.types[..self.named];
        types.binary_search_by(|ty| (*ty.name).cmp(name)).ok().and_then(|at| u32::try_from(at).ok()).map(TypeId)
    }

    /// The type at an id that this table gave.
    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    /// The type's shape.
    pub fn shape(&self, id: TypeId) -> &Shape {
        &self.get(id).shape
    }

    /// The field of a struct that JSON names so, and the struct that declares it: inlined structs' fields are found too.
    pub fn field_and_owner(&self, id: TypeId, name: &str) -> Option<(&Field, TypeId)> {
        let Shape::Struct { fields, .. } = self.shape(id) else { return None };
        if name.is_empty() {
            return None;
        }
        if let Ok(at) = fields.binary_search_by(|field| (*field.name).cmp(name)) {
            return Some((&fields[at], id));
        }
        fields.iter().take_while(|field| field.is_inline()).find_map(|field| self.field_and_owner(field.ty, name))
    }

    /// The field of a struct that JSON names so: inlined structs' fields are found too.
    pub fn field(&self, id: TypeId, name: &str) -> Option<&Field> {
        self.field_and_owner(id, name).map(|(field, _)| field)
    }

    /// The fields of a struct as JSON shows them: those of inlined structs in the place of the struct.
    pub fn fields(&self, id: TypeId) -> Vec<&Field> {
        let mut found = Vec::new();
        self.collect_fields(id, &mut found);
        found
    }

    fn collect_fields<'a>(&'a self, id: TypeId, found: &mut Vec<&'a Field>) {
        let Shape::Struct { fields, .. } = self.shape(id) else { return };
        for field in fields {
            if field.is_inline() {
                self.collect_fields(field.ty, found);
            } else {
                found.push(field);
            }
        }
    }

    /// The default that the OpenAPI documents show, zero or not: they show the zero value of a field that Go always has and prints.
    pub fn documented_default(&self, field: &Field) -> Option<Value> {
        if let Some(default) = field.default() {
            return Some(default.clone());
        }
        if field.pointer {
            return None;
        }
        match self.shape(field.ty) {
            Shape::Struct { .. } => Some(Value::Object(serde_json::Map::new())),
            _ if field.omit_empty => None,
            Shape::Scalar(Scalar::String) => Some("".into()),
            Shape::Scalar(Scalar::Bool) => Some(false.into()),
            Shape::Scalar(Scalar::Int32 | Scalar::Int64 | Scalar::Float64) => Some(0.into()),
            _ => None,
        }
    }

    /// What Go calls a type: `v1.PodSpec`, `[]string`, `int32`.
    pub fn go_name(&self, id: TypeId) -> String {
        match self.shape(id) {
            Shape::List { element, message: false } => format!("[]{}", self.go_name(*element)),
            Shape::Map { value } => format!("map[string]{}", self.go_name(*value)),
            Shape::Scalar(scalar) => scalar.go_name().to_owned(),
            _ => {
                let name = &self.get(id).name;
                name.rsplit('/').next().unwrap_or(name).to_owned()
            }
        }
    }
}

impl Scalar {
    fn go_name(self) -> &'static str {
        match self {
            Scalar::String => "string",
            Scalar::Bool => "bool",
            Scalar::Int32 => "int32",
            Scalar::Int64 => "int64",
            Scalar::Float64 => "float64",
            Scalar::Bytes => "[]uint8",
            Scalar::IntOrString => "intstr.IntOrString",
            Scalar::Quantity => "resource.Quantity",
            Scalar::Time => "v1.Time",
            Scalar::MicroTime => "v1.MicroTime",
            Scalar::Duration => "v1.Duration",
            Scalar::Raw => "runtime.RawExtension",
            Scalar::Fields => "v1.FieldsV1",
            Scalar::Json => "v1.JSON",
        }
    }
}
