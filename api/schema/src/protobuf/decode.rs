//! Protobuf to JSON.

use serde_json::{Map, Number, Value};

use super::wire::{Reader, Wire};
use super::{name, open, unknown};
use crate::scalar::{bytes_to_json, duration, time};
use crate::table::{Alternative, Field, Scalar, Shape, Table, TypeId};
use crate::zero::{Zeros, is_omitted};
use crate::{Error, MAX_DEPTH};

/// How many values an object may have besides those that its bytes pay for. An empty message of two bytes may stand for an object
/// of several fields, so without a bound a small body would fill the memory.
const FREE_VALUES: usize = 10_000;

/// Decodes a message without an envelope. Fields that the type does not have are passed over.
///
/// # Errors
/// [`Error::Malformed`] and its like if the bytes are not such a message.
pub fn decode_message(table: &Table, ty: TypeId, bytes: &[u8]) -> Result<Value, Error> {
    let mut decoder = Decoder { zeros: Zeros { table, budget: FREE_VALUES + bytes.len() } };
    decoder.message(ty, bytes, 0)
}

/// Decodes an enveloped object.
pub(super) fn enveloped(table: &Table, body: &[u8]) -> Result<(String, String, Value), Error> {
    let mut decoder = Decoder { zeros: Zeros { table, budget: FREE_VALUES + body.len() } };
    decoder.enveloped(body, 0)
}

struct Decoder<'a> {
    zeros: Zeros<'a>,
}

impl Decoder<'_> {
    fn enveloped(&mut self, body: &[u8], depth: usize) -> Result<(String, String, Value), Error> {
        let envelope = open(body)?;
        let ty = self.zeros.table.kind_of(&envelope.api_version, &envelope.kind);
        let ty = ty.ok_or_else(|| unknown(&envelope.api_version, &envelope.kind))?;
        let Value::Object(object) = self.message(ty, envelope.raw, depth)? else {
            return Err(unknown(&envelope.api_version, &envelope.kind));
        };
        let object = name(object, &envelope.api_version, &envelope.kind);
        Ok((envelope.api_version, envelope.kind, object))
    }

    /// A value that protobuf carries as a message.
    fn message(&mut self, ty: TypeId, bytes: &[u8], depth: usize) -> Result<Value, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        match self.zeros.table.shape(ty) {
            Shape::Struct { .. } => {
                let mut object = Map::new();
                self.structure(ty, bytes, &mut object, depth)?;
                self.zeros.fill(ty, &mut object)?;
                Ok(Value::Object(object))
            }
            Shape::List { element, .. } => {
                let element = *element;
                let mut values = Vec::new();
                let mut reader = Reader::new(bytes, &self.zeros.table.get(ty).name);
                while let Some((number, wire)) = reader.key()? {
                    if number == 1 {
                        values.push(self.one(element, &mut reader, wire, depth)?);
                    } else {
                        reader.skip(number, wire)?;
                    }
                }
                // Go knows no empty list here, only none.
                Ok(if values.is_empty() { Value::Null } else { Value::Array(values) })
            }
            Shape::SchemaOr { schema, alternative } => self.schema_or(*schema, *alternative, bytes, depth),
            Shape::Scalar(scalar) => self.scalar_message(*scalar, bytes, depth),
            Shape::Map { .. } => {
                Err(Error::Malformed { what: "a map in the place of a message", message: String::new() })
            }
        }
    }

    /// Reads a struct's fields into an object. What Go would leave out of JSON is not put in.
    fn structure(
        &mut self,
        ty: TypeId,
        bytes: &[u8],
        object: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        let table = self.zeros.table;
        let Shape::Struct { fields, by_number, .. } = table.shape(ty) else { return Ok(()) };
        let mut reader = Reader::new(bytes, &table.get(ty).name);
        while let Some((number, wire)) = reader.key()? {
            let at = by_number.binary_search_by(|&at| u32::from(fields[usize::from(at)].number).cmp(&number));
            match at.map(|at| &fields[usize::from(by_number[at])]) {
                Ok(field) if field.is_inline() => {
                    self.structure(field.ty, reader.bytes(wire)?, object, depth + 1)?;
                }
                Ok(field) => self.field(field, &mut reader, wire, object, depth)?,
                Err(_) => reader.skip(number, wire)?,
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        field: &Field,
        reader: &mut Reader<'_>,
        wire: Wire,
        object: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), Error> {
        let table = self.zeros.table;
        match table.shape(field.ty) {
            Shape::List { element, message: false } => {
                let slot = object.entry(&*field.name).or_insert_with(|| Value::Array(Vec::new()));
                let Value::Array(values) = slot else { return Ok(()) };
                let numeric =
                    matches!(table.shape(*element), Shape::Scalar(Scalar::Bool | Scalar::Int32 | Scalar::Int64));
                if numeric && wire == Wire::Bytes {
                    let mut packed = Reader::new(reader.bytes(wire)?, &field.name);
                    while !packed.is_empty() {
                        values.push(self.one(*element, &mut packed, Wire::Varint, depth)?);
                    }
                } else {
                    values.push(self.one(*element, reader, wire, depth)?);
                }
            }
            Shape::Map { value } => {
                let (key, value) = self.entry(*value, reader.bytes(wire)?, &field.name, depth)?;
                let slot = object.entry(&*field.name).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(entries) = slot {
                    entries.insert(key, value);
                }
            }
            Shape::Struct { .. } => {
                // A message that comes twice is merged, as protobuf demands.
                let slot = object.entry(&*field.name).or_insert_with(|| Value::Object(Map::new()));
                let bytes = reader.bytes(wire)?;
                self.zeros.spend()?;
                if let Value::Object(inner) = slot {
                    self.structure(field.ty, bytes, inner, depth + 1)?;
                    self.zeros.fill(field.ty, inner)?;
                }
            }
            _ => {
                let value = self.one(field.ty, reader, wire, depth)?;
                if is_omitted(table, field, &value) {
                    object.remove(&*field.name);
                } else {
                    object.insert(field.name.clone().into_owned(), value);
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, value: TypeId, bytes: &[u8], message: &str, depth: usize) -> Result<(String, Value), Error> {
        let mut reader = Reader::new(bytes, message);
        let (mut key, mut found) = (String::new(), None);
        while let Some((number, wire)) = reader.key()? {
            match number {
                1 => key = reader.string(wire)?,
                2 => found = Some(self.one(value, &mut reader, wire, depth)?),
                _ => reader.skip(number, wire)?,
            }
        }
        let found = match found {
            Some(found) => found,
            None => self.zeros.zero(value)?,
        };
        Ok((key, found))
    }

    fn one(&mut self, ty: TypeId, reader: &mut Reader<'_>, wire: Wire, depth: usize) -> Result<Value, Error> {
        self.zeros.spend()?;
        Ok(match self.zeros.table.shape(ty) {
            Shape::Scalar(Scalar::String) => Value::String(reader.string(wire)?),
            Shape::Scalar(Scalar::Bool) => Value::Bool(reader.integer(wire)? != 0),
            #[expect(clippy::cast_possible_truncation, reason = "Go keeps the low 32 bits too")]
            Shape::Scalar(Scalar::Int32) => Value::from(reader.integer(wire)? as i32),
            Shape::Scalar(Scalar::Int64) => Value::from(reader.integer(wire)?),
            Shape::Scalar(Scalar::Float64) => {
                let number = Number::from_f64(reader.float(wire)?);
                Value::Number(number.ok_or_else(|| reader.malformed("a number that JSON cannot show"))?)
            }
            Shape::Scalar(Scalar::Bytes) => bytes_to_json(reader.bytes(wire)?),
            _ => self.message(ty, reader.bytes(wire)?, depth + 1)?,
        })
    }

    fn scalar_message(&mut self, scalar: Scalar, bytes: &[u8], depth: usize) -> Result<Value, Error> {
        let mut reader = Reader::new(bytes, "a scalar's message");
        let (mut first, mut second, mut text) = (0, 0, None);
        while let Some((number, wire)) = reader.key()? {
            match (number, wire) {
                (1, Wire::Varint) => first = reader.integer(wire)?,
                (2, Wire::Varint) => second = reader.integer(wire)?,
                (1 | 3, Wire::Bytes) => text = Some(reader.bytes(wire)?),
                _ => reader.skip(number, wire)?,
            }
        }
        Ok(match scalar {
            Scalar::Quantity => {
                let text = String::from_utf8_lossy(text.unwrap_or_default());
                Value::String(if text.is_empty() { "0".to_owned() } else { text.into_owned() })
            }
            Scalar::IntOrString => match first {
                #[expect(clippy::cast_possible_truncation, reason = "Go keeps the low 32 bits too")]
                0 => Value::from(second as i32),
                1 => Value::String(String::from_utf8_lossy(text.unwrap_or_default()).into_owned()),
                _ => return Err(reader.malformed("impossible IntOrString.Type")),
            },
            Scalar::Time | Scalar::MicroTime => {
                if bytes.is_empty() {
                    return Ok(Value::Null);
                }
                let shown = time::from_parts(first, second, scalar == Scalar::MicroTime);
                Value::String(shown.ok_or_else(|| reader.malformed("a time that no calendar has"))?)
            }
            Scalar::Duration => Value::String(duration::to_text(first)),
            Scalar::Raw | Scalar::Fields | Scalar::Json => match text {
                None | Some([]) => Value::Null,
                Some(raw) if super::is_protobuf(raw) => self.enveloped(raw, depth + 1)?.2,
                Some(raw) => {
                    serde_json::from_slice(raw).map_err(|_| reader.malformed("raw bytes that are not JSON"))?
                }
            },
            _ => return Err(reader.malformed("a scalar in the place of a message")),
        })
    }

    fn schema_or(
        &mut self,
        schema: TypeId,
        alternative: Alternative,
        bytes: &[u8],
        depth: usize,
    ) -> Result<Value, Error> {
        let mut reader = Reader::new(bytes, "JSONSchemaPropsOr…");
        let (mut allows, mut found, mut list) = (false, None, Vec::new());
        while let Some((number, wire)) = reader.key()? {
            match (alternative, number) {
                (Alternative::Bool, 1) => allows = reader.integer(wire)? != 0,
                (Alternative::Bool, 2) | (Alternative::Schemas | Alternative::Strings, 1) => {
                    found = Some(self.one(schema, &mut reader, wire, depth)?);
                }
                (Alternative::Schemas, 2) => list.push(self.one(schema, &mut reader, wire, depth)?),
                (Alternative::Strings, 2) => {
                    self.zeros.spend()?;
                    list.push(Value::String(reader.string(wire)?));
                }
                _ => reader.skip(number, wire)?,
            }
        }
        Ok(match (alternative, found) {
            (Alternative::Bool, Some(schema)) => schema,
            (Alternative::Bool, None) => Value::Bool(allows),
            // Go prefers the list to the schema.
            (_, Some(schema)) if list.is_empty() => schema,
            (_, None) if list.is_empty() => Value::Null,
            _ => Value::Array(list),
        })
    }
}
