//! Reads the table's text.
//!
//! Lines are tab-separated, in this order:
//! - `kind <group> <version> <kind> <type>`.
//! - `type <name> struct` or `type <name> atomic`, each followed by its fields, or `type <name> list <element>`. Sorted by name.
//! - a field: an empty column, then `<JSON name, empty if inlined> <protobuf number, 0 if none> <type> <attributes…>`.
//!
//! A type is written as Go writes it: `*T` for a pointer, `[]T` for a list, `{}T` for a map, else a scalar's or a type's name.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::table::{Alternative, Field, KindRow, ListType, MapType, Rare, Scalar, Shape, Table, Type, TypeId};

const SCALARS: &[(&str, Scalar)] = &[
    ("string", Scalar::String),
    ("bool", Scalar::Bool),
    ("int32", Scalar::Int32),
    ("int64", Scalar::Int64),
    ("float64", Scalar::Float64),
    ("bytes", Scalar::Bytes),
    ("intorstring", Scalar::IntOrString),
    ("quantity", Scalar::Quantity),
    ("time", Scalar::Time),
    ("microtime", Scalar::MicroTime),
    ("duration", Scalar::Duration),
    ("raw", Scalar::Raw),
    ("fields", Scalar::Fields),
    ("json", Scalar::Json),
];

const SCHEMA: &str = "apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaProps";
const ALTERNATIVES: &[(&str, Alternative)] = &[
    ("schemaorarray", Alternative::Schemas),
    ("schemaorbool", Alternative::Bool),
    ("schemaorstrings", Alternative::Strings),
];

/// A line that the reader does not understand.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the schema table: {what}; regenerate it with `cargo xtask schema`")]
pub(crate) struct ParseError {
    line: usize,
    what: String,
}

struct Reader {
    table: Table,
    by_word: HashMap<String, TypeId>,
}

impl Reader {
    fn add(&mut self, word: &str, ty: Type) -> TypeId {
        let id = TypeId(u32::try_from(self.table.types.len()).unwrap_or(u32::MAX));
        self.table.types.push(ty);
        self.by_word.insert(word.to_owned(), id);
        id
    }

    /// The type that a word names; lists and maps are made when first named.
    fn ty(&mut self, word: &str) -> Result<TypeId, String> {
        if let Some(&id) = self.by_word.get(word) {
            return Ok(id);
        }
        let shape = if let Some(element) = word.strip_prefix("[]") {
            Shape::List { element: self.ty(element)?, message: false }
        } else if let Some(value) = word.strip_prefix("{}") {
            Shape::Map { value: self.ty(value)? }
        } else if let Some((_, scalar)) = SCALARS.iter().find(|(name, _)| *name == word) {
            Shape::Scalar(*scalar)
        } else if let Some((_, alternative)) = ALTERNATIVES.iter().find(|(name, _)| *name == word) {
            Shape::SchemaOr { schema: self.ty(SCHEMA)?, alternative: *alternative }
        } else {
            return Err(format!("no type is called `{word}`"));
        };
        Ok(self.add(word, Type { name: Cow::Borrowed(""), shape }))
    }
}

/// Reads the text of a table.
pub(crate) fn table(text: &'static str) -> Result<Table, ParseError> {
    let mut reader = Reader { table: Table::default(), by_word: HashMap::new() };
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("type\t").and_then(|rest| rest.split('\t').next()) {
            reader.add(name, Type { name: Cow::Borrowed(name), shape: Shape::Scalar(Scalar::Json) });
        }
    }
    reader.table.named = reader.table.types.len();
    let mut current: Option<(TypeId, bool, Vec<Field>)> = None;
    for (number, line) in text.lines().enumerate() {
        let fail = |what: String| ParseError { line: number + 1, what };
        if line.starts_with('#') {
            continue;
        }
        let mut columns = line.split('\t');
        match columns.next() {
            Some("kind") => {
                let [group, version, kind, ty] =
                    take(&mut columns).ok_or_else(|| fail("four columns are needed".into()))?;
                let ty = reader.ty(ty).map_err(fail)?;
                reader.table.kinds.push(KindRow {
                    kind: kind.into(),
                    group: group.into(),
                    version: version.into(),
                    ty,
                });
            }
            Some("type") => {
                finish(&mut reader.table, current.take());
                let [name, shape] = take(&mut columns).ok_or_else(|| fail("two columns are needed".into()))?;
                let id = reader.ty(name).map_err(fail)?;
                if shape == "list" {
                    let [element] = take(&mut columns).ok_or_else(|| fail("a list needs an element type".into()))?;
                    let list = element.strip_prefix("[]").ok_or_else(|| fail("a list is written as []T".into()))?;
                    let element = reader.ty(list).map_err(fail)?;
                    reader.table.types[id.0 as usize].shape = Shape::List { element, message: true };
                } else {
                    current = Some((id, shape == "atomic", Vec::new()));
                }
            }
            Some("") => {
                let field = field(&mut reader, columns).map_err(fail)?;
                let Some((.., fields)) = &mut current else { return Err(fail("a field without a struct".into())) };
                fields.push(field);
            }
            _ => return Err(fail("neither a kind, a type nor a field".into())),
        }
    }
    finish(&mut reader.table, current);
    reader.table.kinds.sort();
    reader.table.kinds.shrink_to_fit();
    reader.table.types.shrink_to_fit();
    Ok(reader.table)
}

fn take<const N: usize>(columns: &mut impl Iterator<Item = &'static str>) -> Option<[&'static str; N]> {
    let mut taken = [""; N];
    for slot in &mut taken {
        *slot = columns.next()?;
    }
    Some(taken)
}

fn finish(table: &mut Table, current: Option<(TypeId, bool, Vec<Field>)>) {
    if let Some((id, atomic, fields)) = current {
        table.types[id.0 as usize].shape = structure(fields, atomic);
    }
}

/// A struct of these fields.
pub(crate) fn structure(mut fields: Vec<Field>, atomic: bool) -> Shape {
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    let mut by_number: Vec<u16> =
        (0..fields.len()).filter(|&at| fields[at].number != 0).filter_map(|at| u16::try_from(at).ok()).collect();
    by_number.sort_by_key(|&at| fields[usize::from(at)].number);
    Shape::Struct { fields: fields.into(), by_number: by_number.into(), atomic, open: false }
}

fn field(reader: &mut Reader, mut columns: impl Iterator<Item = &'static str>) -> Result<Field, String> {
    let [name, number, word] = take(&mut columns).ok_or("a field needs a name, a number and a type")?;
    let (pointer, word) = word.strip_prefix('*').map_or((false, word), |word| (true, word));
    let mut field = Field {
        name: Cow::Borrowed(name),
        ty: reader.ty(word)?,
        number: number.parse().map_err(|_| format!("`{number}` is not a field number"))?,
        pointer,
        omit_empty: false,
        omit_zero: false,
        required: false,
        map: None,
        list: ListType::Atomic,
        atomic_list: false,
        rare: None,
    };
    let mut rare = Rare::default();
    for attribute in columns {
        let (attribute, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        match attribute {
            "omit" => field.omit_empty = true,
            "zero" => field.omit_zero = true,
            "required" => field.required = true,
            "atomicmap" => field.map = Some(MapType::Atomic),
            "granularmap" => field.map = Some(MapType::Granular),
            "list" => {
                field.atomic_list = value == "atomic";
                field.list = match value {
                    "atomic" => ListType::Atomic,
                    "set" => ListType::Set,
                    "map" => ListType::Map,
                    _ => return Err(format!("`{value}` is not a list type")),
                };
            }
            "keys" => rare.list_keys = value.split(',').map(Cow::Borrowed).collect(),
            "merge" => rare.merge_key = Cow::Borrowed(value),
            "go" => rare.go = Cow::Borrowed(value),
            "patch" => {
                for strategy in value.split(',') {
                    match strategy {
                        "merge" => rare.patch_merge = true,
                        "replace" => rare.patch_replace = true,
                        "retainKeys" => rare.patch_retain_keys = true,
                        _ => return Err(format!("`{strategy}` is not a patch strategy")),
                    }
                }
            }
            "default" => rare.default = Some(serde_json::from_str(value).map_err(|error| error.to_string())?),
            _ => return Err(format!("`{attribute}` is not an attribute")),
        }
    }
    if rare != Rare::default() {
        field.rare = Some(Box::new(rare));
    }
    Ok(field)
}
