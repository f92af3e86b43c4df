//! JSON to protobuf.

use serde_json::Value;

use super::wire::Writer;
use crate::scalar::{self, duration, time};
use crate::table::{Alternative, Field, Scalar, Shape, Table, TypeId};
use crate::{Error, MAX_DEPTH};

/// Encodes a message without an envelope. Fields that the type does not have are passed over.
///
/// # Errors
/// [`Error::Mismatch`] or [`Error::Invalid`] if a field's value is not of its type.
pub fn encode_message(table: &Table, ty: TypeId, value: &Value) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::with_capacity(1024);
    Encoder { table }.content(&mut writer, ty, value, 0)?;
    Ok(writer.finish())
}

struct Encoder<'a> {
    table: &'a Table,
}

impl Encoder<'_> {
    /// A message's content. `null` is the type's zero value.
    fn content(&self, writer: &mut Writer, ty: TypeId, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        match self.table.shape(ty) {
            Shape::Struct { fields, by_number, .. } => {
                if !matches!(value, Value::Object(_) | Value::Null) {
                    return Err(scalar::mismatch(value, &self.table.go_name(ty)));
                }
                for &at in by_number.iter().rev() {
                    let field = &fields[usize::from(at)];
                    if field.is_inline() {
                        writer.message(field.number, |writer| self.content(writer, field.ty, value, depth + 1))?;
                    } else {
                        let inner = value.get(&*field.name).unwrap_or(&Value::Null);
                        self.field(writer, field, inner, depth)
                            .map_err(|error| error.within(&field.name, self.table.get(ty).short_name()))?;
                    }
                }
                Ok(())
            }
            Shape::List { element, .. } => self.elements(writer, 1, *element, value, depth),
            Shape::SchemaOr { schema, alternative } => self.schema_or(writer, *schema, *alternative, value, depth),
            Shape::Scalar(scalar) => self.scalar_message(writer, *scalar, value),
            Shape::Map { .. } => Err(scalar::mismatch(value, &self.table.go_name(ty))),
        }
    }

    fn field(&self, writer: &mut Writer, field: &Field, value: &Value, depth: usize) -> Result<(), Error> {
        if value.is_null() && field.pointer {
            return Ok(());
        }
        match self.table.shape(field.ty) {
            Shape::List { element, message: false } => self.elements(writer, field.number, *element, value, depth),
            Shape::List { .. } | Shape::Scalar(Scalar::Bytes) if value.is_null() => Ok(()),
            Shape::Map { value: inner } => self.entries(writer, field.number, *inner, value, field.ty, depth),
            _ => self.one(writer, field.number, field.ty, value, depth),
        }
    }

    fn elements(
        &self,
        writer: &mut Writer,
        number: u16,
        element: TypeId,
        value: &Value,
        depth: usize,
    ) -> Result<(), Error> {
        match value {
            Value::Null => Ok(()),
            Value::Array(values) => {
                values.iter().rev().try_for_each(|value| self.one(writer, number, element, value, depth))
            }
            _ => Err(scalar::mismatch(value, &format!("[]{}", self.table.go_name(element)))),
        }
    }

    fn entries(
        &self,
        writer: &mut Writer,
        number: u16,
        inner: TypeId,
        value: &Value,
        ty: TypeId,
        depth: usize,
    ) -> Result<(), Error> {
        let entries = match value {
            Value::Null => return Ok(()),
            Value::Object(entries) => entries,
            _ => return Err(scalar::mismatch(value, &self.table.go_name(ty))),
        };
        let mut sorted: Vec<_> = entries.iter().collect();
        sorted.sort_unstable_by(|a, b| b.0.cmp(a.0));
        for (key, value) in sorted {
            writer.message(number, |writer| {
                if !(value.is_null() && matches!(self.table.shape(inner), Shape::Scalar(Scalar::Bytes))) {
                    self.one(writer, 2, inner, value, depth)?;
                }
                writer.bytes(1, key.as_bytes());
                Ok(())
            })?;
        }
        Ok(())
    }

    /// A value that is written even if it is zero.
    fn one(&self, writer: &mut Writer, number: u16, ty: TypeId, value: &Value, depth: usize) -> Result<(), Error> {
        let Shape::Scalar(scalar) = self.table.shape(ty) else {
            return writer.message(number, |writer| self.content(writer, ty, value, depth + 1));
        };
        match scalar {
            Scalar::String => writer.bytes(number, scalar::string(value)?.as_bytes()),
            Scalar::Bool => writer.integer(number, i64::from(scalar::bool(value)?)),
            Scalar::Int32 => writer.integer(number, i64::from(scalar::int32(value)?)),
            Scalar::Int64 => writer.integer(number, scalar::int64(value)?),
            Scalar::Float64 => writer.float(number, scalar::float64(value)?),
            Scalar::Bytes => writer.bytes(number, &scalar::bytes(value)?),
            _ => return writer.message(number, |writer| self.scalar_message(writer, *scalar, value)),
        }
        Ok(())
    }

    /// The content of a message that JSON shows as a scalar.
    fn scalar_message(&self, writer: &mut Writer, scalar: Scalar, value: &Value) -> Result<(), Error> {
        match scalar {
            Scalar::Quantity => writer.bytes(1, scalar::quantity(value)?.as_bytes()),
            Scalar::IntOrString => {
                let text = value.as_str();
                writer.bytes(3, text.unwrap_or_default().as_bytes());
                writer.integer(2, if text.is_some() { 0 } else { i64::from(scalar::int_or_string_number(value)?) });
                writer.integer(1, i64::from(text.is_some()));
            }
            Scalar::Time | Scalar::MicroTime => {
                if let Some(moment) = scalar::moment(scalar, value)?.filter(|moment| !time::is_zero(*moment)) {
                    let nanos = moment.subsec_nanosecond().rem_euclid(1_000_000_000);
                    let nanos = if scalar == Scalar::MicroTime { nanos / 1000 * 1000 } else { nanos };
                    let seconds = moment.as_second() - i64::from(moment.subsec_nanosecond() < 0);
                    writer.integer(2, i64::from(nanos));
                    writer.integer(1, seconds);
                }
            }
            Scalar::Duration => writer.integer(1, duration::from_json(value)?),
            Scalar::Raw | Scalar::Fields | Scalar::Json => {
                if !value.is_null() {
                    writer.bytes(1, value.to_string().as_bytes());
                }
            }
            Scalar::String | Scalar::Bool | Scalar::Int32 | Scalar::Int64 | Scalar::Float64 | Scalar::Bytes => {
                return Err(scalar::mismatch(value, "message"));
            }
        }
        Ok(())
    }

    fn schema_or(
        &self,
        writer: &mut Writer,
        schema: TypeId,
        alternative: Alternative,
        value: &Value,
        depth: usize,
    ) -> Result<(), Error> {
        match (alternative, value) {
            (Alternative::Bool, Value::Bool(allows)) => writer.integer(1, i64::from(*allows)),
            (Alternative::Bool, Value::Object(_)) => {
                self.one(writer, 2, schema, value, depth)?;
                writer.integer(1, 1);
            }
            (Alternative::Bool, Value::Null) => writer.integer(1, 0),
            (_, Value::Null) => {}
            (_, Value::Object(_)) => self.one(writer, 1, schema, value, depth)?,
            (Alternative::Schemas, Value::Array(_)) => self.elements(writer, 2, schema, value, depth)?,
            (Alternative::Strings, Value::Array(values)) => {
                for value in values.iter().rev() {
                    writer.bytes(2, scalar::string(value)?.as_bytes());
                }
            }
            _ => return Err(scalar::mismatch(value, "v1.JSONSchemaProps")),
        }
        Ok(())
    }
}
