//! What Go prints of what was not set.

use serde_json::{Map, Value};

use crate::table::{Alternative, Field, Scalar, Shape, Table, TypeId};
use crate::{Error, MAX_DEPTH};

/// Makes zero values, but not more than a number of them: a small body may stand for many.
pub(crate) struct Zeros<'a> {
    pub(crate) table: &'a Table,
    pub(crate) budget: usize,
}

impl Zeros<'_> {
    /// Counts a value.
    pub(crate) fn spend(&mut self) -> Result<(), Error> {
        self.budget = self.budget.checked_sub(1).ok_or(Error::TooLarge)?;
        Ok(())
    }

    /// Puts in an object what it lacks of a struct but Go prints.
    pub(crate) fn fill(&mut self, ty: TypeId, object: &mut Map<String, Value>) -> Result<(), Error> {
        self.fill_at(ty, object, 0)
    }

    fn fill_at(&mut self, ty: TypeId, object: &mut Map<String, Value>, depth: usize) -> Result<(), Error> {
        let table = self.table;
        let Shape::Struct { fields, .. } = table.shape(ty) else { return Ok(()) };
        for field in fields {
            if field.is_inline() {
                self.fill_at(field.ty, object, depth)?;
            } else if !object.contains_key(&*field.name)
                && let Some(zero) = self.field_at(field, depth + 1)?
            {
                object.insert(field.name.clone().into_owned(), zero);
            }
        }
        Ok(())
    }

    /// What Go prints of a field that was not set; none if it prints nothing.
    pub(crate) fn field(&mut self, field: &Field) -> Result<Option<Value>, Error> {
        self.field_at(field, 0)
    }

    fn field_at(&mut self, field: &Field, depth: usize) -> Result<Option<Value>, Error> {
        if field.pointer {
            return Ok((!field.omit_empty && !field.omit_zero).then_some(Value::Null));
        }
        if field.omit_zero || (field.omit_empty && is_plain(self.table.shape(field.ty))) {
            return Ok(None);
        }
        self.zero_at(field.ty, depth).map(Some)
    }

    /// Go's zero value, as JSON shows it.
    pub(crate) fn zero(&mut self, ty: TypeId) -> Result<Value, Error> {
        self.zero_at(ty, 0)
    }

    fn zero_at(&mut self, ty: TypeId, depth: usize) -> Result<Value, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        self.spend()?;
        Ok(match self.table.shape(ty) {
            Shape::Struct { .. } => {
                let mut object = Map::new();
                self.fill_at(ty, &mut object, depth)?;
                Value::Object(object)
            }
            Shape::List { .. } | Shape::Map { .. } => Value::Null,
            Shape::SchemaOr { alternative: Alternative::Bool, .. } => Value::Bool(false),
            Shape::SchemaOr { .. } => Value::Null,
            Shape::Scalar(scalar) => match scalar {
                Scalar::String => Value::String(String::new()),
                Scalar::Bool => Value::Bool(false),
                Scalar::Int32 | Scalar::Int64 | Scalar::Float64 | Scalar::IntOrString => Value::from(0),
                Scalar::Quantity => Value::from("0"),
                Scalar::Duration => Value::from("0s"),
                Scalar::Bytes | Scalar::Time | Scalar::MicroTime | Scalar::Raw | Scalar::Fields | Scalar::Json => {
                    Value::Null
                }
            },
        })
    }
}

/// Whether Go's `omitempty` knows an empty value of the shape: a struct never is empty, even one that JSON shows as a scalar.
fn is_plain(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::List { .. }
            | Shape::Map { .. }
            | Shape::Scalar(
                Scalar::String | Scalar::Bool | Scalar::Int32 | Scalar::Int64 | Scalar::Float64 | Scalar::Bytes
            )
    )
}

/// Whether Go leaves a field with this value out of JSON.
pub(crate) fn is_omitted(table: &Table, field: &Field, value: &Value) -> bool {
    if field.pointer {
        return field.omit_empty && value.is_null();
    }
    if field.omit_zero && value.is_null() {
        return true;
    }
    field.omit_empty
        && is_plain(table.shape(field.ty))
        && match value {
            Value::Null => true,
            Value::Bool(value) => !value,
            Value::Number(number) => number.as_f64() == Some(0.0),
            Value::String(text) => text.is_empty(),
            Value::Array(values) => values.is_empty(),
            Value::Object(entries) => entries.is_empty(),
        }
}
