//! JSON to Kubernetes' protobuf and back, with the semantics of Go's generated marshalers.
//!
//! - A value that Go holds without a pointer is always written, zero or not; behind a pointer only when it is set. Fields go by
//!   ascending number, a map's entries by key.
//! - `kind` and `apiVersion` are not in the message but in the envelope around it: `k8s\0`, then a `runtime.Unknown`.
//! - What a message lacks comes back as Go would print it in JSON: nothing for a field marked `omitempty`, else its zero value.

mod decode;
mod encode;
mod wire;

use serde_json::{Map, Value};

pub use decode::decode_message;
pub use encode::encode_message;

use crate::{Error, Table};
use wire::{Reader, Writer};

/// What every enveloped body begins with.
const PREFIX: &[u8] = b"k8s\0";

/// Whether a body begins as Kubernetes' protobuf does.
pub fn is_protobuf(body: &[u8]) -> bool {
    body.starts_with(PREFIX)
}

/// Encodes an object of a built-in kind, in its envelope: the body of `application/vnd.kubernetes.protobuf`.
///
/// # Errors
/// [`Error::UnknownKind`] if the kind is not built in; [`Error::Mismatch`] or [`Error::Invalid`] if the object is not one of the kind.
pub fn encode_protobuf(api_version: &str, kind: &str, object: &Value) -> Result<Vec<u8>, Error> {
    let table = Table::builtin();
    let ty = table.kind_of(api_version, kind).ok_or_else(|| unknown(api_version, kind))?;
    let message = encode_message(table, ty, object)?;
    Ok(envelope(api_version, kind, &message))
}

/// Decodes an enveloped object: its `apiVersion`, its `kind` and the object, which has both too.
///
/// # Errors
/// [`Error::NotEnveloped`], [`Error::UnknownKind`], or [`Error::Malformed`] and its like if the bytes are not what the kind's message is.
pub fn decode_protobuf(body: &[u8]) -> Result<(String, String, Value), Error> {
    decode::enveloped(Table::builtin(), body)
}

/// Encodes one event of a watch: a `metav1.WatchEvent` without an envelope, around an enveloped object. In a stream, each is
/// preceded by its length in four bytes, big-endian.
///
/// # Errors
/// As [`encode_protobuf`].
pub fn encode_watch_event(event: &str, api_version: &str, kind: &str, object: &Value) -> Result<Vec<u8>, Error> {
    Ok(wrap_watch_event(event, &encode_protobuf(api_version, kind, object)?))
}

/// Encodes one event of a watch around an object that is encoded and enveloped already.
pub fn wrap_watch_event(event: &str, object: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(object.len() + event.len() + 16);
    writer.message(2, |writer| writer.bytes(1, object));
    writer.bytes(1, event.as_bytes());
    writer.finish()
}

/// Puts an encoded message in its envelope.
fn envelope(api_version: &str, kind: &str, message: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(message.len() + api_version.len() + kind.len() + 24);
    writer.bytes(4, b"");
    writer.bytes(3, b"");
    writer.bytes(2, message);
    writer.message(1, |writer| {
        writer.bytes(2, kind.as_bytes());
        writer.bytes(1, api_version.as_bytes());
    });
    writer.raw(PREFIX);
    writer.finish()
}

/// What a `runtime.Unknown` says.
struct Unknown<'a> {
    api_version: String,
    kind: String,
    raw: &'a [u8],
}

fn open(body: &[u8]) -> Result<Unknown<'_>, Error> {
    let message = body.strip_prefix(PREFIX).ok_or(Error::NotEnveloped)?;
    let mut unknown = Unknown { api_version: String::new(), kind: String::new(), raw: &[] };
    let mut reader = Reader::new(message, "runtime.Unknown");
    while let Some((number, wire)) = reader.key()? {
        match number {
            1 => {
                let mut meta = Reader::new(reader.bytes(wire)?, "runtime.TypeMeta");
                while let Some((number, wire)) = meta.key()? {
                    match number {
                        1 => unknown.api_version = meta.string(wire)?,
                        2 => unknown.kind = meta.string(wire)?,
                        _ => meta.skip(number, wire)?,
                    }
                }
            }
            2 => unknown.raw = reader.bytes(wire)?,
            _ => reader.skip(number, wire)?,
        }
    }
    Ok(unknown)
}

fn unknown(api_version: &str, kind: &str) -> Error {
    Error::UnknownKind { api_version: api_version.to_owned(), kind: kind.to_owned() }
}

/// Puts `apiVersion` and `kind`, which the envelope said, into the object.
fn name(object: Map<String, Value>, api_version: &str, kind: &str) -> Value {
    let mut object = object;
    object.insert("apiVersion".to_owned(), Value::from(api_version));
    object.insert("kind".to_owned(), Value::from(kind));
    Value::Object(object)
}

#[cfg(test)]
mod tests;
