//! What a value at some place means to server-side apply, read off the table.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::path::Element;
use crate::table::{Field, ListType, MapType, Scalar, Shape, Table, TypeId};

/// A place in an object: the type there, and the field if it is a struct's.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    table: &'a Table,
    /// None where the table says nothing, so that the value alone decides.
    ty: Option<TypeId>,
    field: Option<&'a Field>,
}

/// What a value means.
#[derive(Clone, Copy)]
pub(super) enum Meaning<'a> {
    /// One value.
    Leaf,
    /// Distinct scalars.
    Set,
    /// Elements that are told apart by those fields.
    Keyed(&'a [Cow<'static, str>]),
    /// Named entries, each for itself.
    Entries,
}

impl<'a> Node<'a> {
    pub(super) fn new(table: &'a Table, ty: TypeId) -> Node<'a> {
        Node { table, ty: Some(ty), field: None }
    }

    fn shape(&self) -> Option<&'a Shape> {
        let shape = self.table.shape(self.ty?);
        // Any JSON: nothing is known beforehand.
        (!matches!(shape, Shape::Scalar(Scalar::Json) | Shape::SchemaOr { .. })).then_some(shape)
    }

    /// What a value there means.
    pub(super) fn meaning(&self, value: &Value) -> Meaning<'a> {
        let atomic_map = self.field.and_then(|field| field.map).map(|map| map == MapType::Atomic);
        match (self.shape(), value) {
            (None, Value::Object(_)) => Meaning::Entries,
            (Some(Shape::Struct { atomic, .. }), _) if atomic_map.unwrap_or(*atomic) => Meaning::Leaf,
            (Some(Shape::Struct { .. }), _) => Meaning::Entries,
            (Some(Shape::Map { .. }), _) if atomic_map.unwrap_or(false) => Meaning::Leaf,
            (Some(Shape::Map { .. }), _) => Meaning::Entries,
            (Some(Shape::List { .. }), _) => self.list(),
            _ => Meaning::Leaf,
        }
    }

    fn list(&self) -> Meaning<'a> {
        let Some(field) = self.field else { return Meaning::Leaf };
        match field.list {
            ListType::Set => Meaning::Set,
            ListType::Map => Meaning::Keyed(field.list_keys()),
            // Where nothing is said of the list, the patch strategy tells.
            ListType::Atomic if !field.atomic_list && field.patch_merges() => match field.merge_key_as_list() {
                Some(keys) => Meaning::Keyed(keys),
                None => Meaning::Set,
            },
            ListType::Atomic => Meaning::Leaf,
        }
    }

    /// The place of an element of a list.
    pub(super) fn element(&self) -> Node<'a> {
        let ty = match self.shape() {
            Some(Shape::List { element, .. }) => Some(*element),
            _ => None,
        };
        Node { ty, field: None, ..*self }
    }

    /// The place of a named entry.
    pub(super) fn entry(&self, name: &str) -> Node<'a> {
        match (self.shape(), self.ty) {
            (Some(Shape::Struct { .. }), Some(ty)) => {
                let field = self.table.field(ty, name);
                Node { ty: field.map(|field| field.ty), field, ..*self }
            }
            (Some(Shape::Map { value }), _) => Node { ty: Some(*value), field: None, ..*self },
            _ => Node { ty: None, field: None, ..*self },
        }
    }

    /// Whether the name is a declared field of a struct, not an entry that any name may have.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.ty.is_some_and(|ty| self.table.field(ty, name).is_some())
    }

    /// Whether a struct is there, so that its fields are all declared. An embedded resource may have others.
    pub(super) fn is_struct(&self) -> bool {
        matches!(self.shape(), Some(Shape::Struct { open: false, .. }))
    }

    /// Whether the table says what is there.
    pub(super) fn is_known(&self) -> bool {
        self.shape().is_some()
    }

    /// Whether a list or map there is replaced as a whole, whatever the value is.
    pub(super) fn is_atomic(&self) -> bool {
        let composite = matches!(self.shape(), Some(Shape::Struct { .. } | Shape::Map { .. } | Shape::List { .. }));
        composite && matches!(self.meaning(&Value::Null), Meaning::Leaf)
    }

    /// What tells an element of a list apart; an error if nothing does.
    pub(super) fn identify(&self, meaning: Meaning<'_>, value: &Value) -> Result<Element, String> {
        match (meaning, value) {
            (Meaning::Keyed(keys), Value::Object(object)) => self.keys(keys, object),
            (Meaning::Keyed(_), Value::Null) => Err("associative list with keys may not have a null element".into()),
            (Meaning::Keyed(_), _) => Err("associative list with keys may not have non-map elements".into()),
            (_, Value::Object(_)) => Err("associative list without keys has an element that's a map type".into()),
            (_, Value::Array(_)) => Err("not supported: associative list with lists as elements".into()),
            (_, Value::Null) => Err("associative list without keys has an element that's an explicit null".into()),
            (_, scalar) => Ok(Element::Value(scalar.clone())),
        }
    }

    fn keys(&self, keys: &[Cow<'static, str>], object: &Map<String, Value>) -> Result<Element, String> {
        let element = self.element();
        let found = keys.iter().filter_map(|name| {
            let declared = || self.table.documented_default(self.table.field(element.ty?, name)?);
            let value = object.get(&**name).cloned().or_else(declared)?;
            Some((name.clone().into_owned(), value))
        });
        let found: Vec<_> = found.collect();
        if found.is_empty() && !keys.is_empty() {
            let names: Vec<_> = keys.iter().map(|name| format!("{name:?}")).collect();
            return Err(format!(
                "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for \
                 any key fields)",
                names.join(" ")
            ));
        }
        Ok(Element::key(found))
    }
}

/// A list's elements; none for `null` and what is no list.
pub(super) fn elements(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a value has nothing in it that could be told apart.
pub(super) fn is_hollow(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Object(entries)) => entries.is_empty(),
        Some(Value::Array(values)) => values.is_empty(),
        _ => true,
    }
}

/// A map's entry.
pub(super) fn entry<'v>(value: Option<&'v Value>, name: &str) -> Option<&'v Value> {
    value.and_then(Value::as_object)?.get(name)
}

/// The names of the entries of two maps.
pub(super) fn names<'v>(left: Option<&'v Value>, right: Option<&'v Value>) -> Vec<&'v String> {
    let of = |value: Option<&'v Value>| value.and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let mut names: Vec<_> = of(left).chain(of(right)).collect();
    names.sort_unstable();
    names.dedup();
    names
}
