//! Bytes to values and back, by media type.

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::negotiate::Format;
use crate::status::{Result, Status};

/// The media type of a request's body, JSON where it is not said.
///
/// # Errors
/// `UnsupportedMediaType` for one that is not taken.
pub fn format_of(headers: &HeaderMap) -> Result<Format> {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("application/json");
    match text.split(';').next().unwrap_or_default().trim() {
        "" | "*/*" | "application/json" => Ok(Format::Json),
        "application/yaml" | "application/x-yaml" => Ok(Format::Yaml),
        "application/vnd.kubernetes.protobuf" => Ok(Format::Protobuf),
        other => Err(Status::unsupported_media_type(format!(
            "the body of the request was in an unknown format - accepted media types include: application/json, \
             application/yaml, application/vnd.kubernetes.protobuf, and not {other}"
        ))),
    }
}

/// Decodes a body.
///
/// # Errors
/// `BadRequest` with what cannot be read.
pub fn decode(format: Format, bytes: &[u8]) -> Result<Value> {
    match format {
        Format::Json => serde_json::from_slice(bytes)
            .map_err(|error| Status::bad_request(format!("cannot read the JSON body: {error}"))),
        Format::Yaml => serde_saphyr::from_slice(bytes)
            .map_err(|error| Status::bad_request(format!("cannot read the YAML body: {error}"))),
        Format::Protobuf => reks_schema::decode_protobuf(bytes)
            .map(|(_, _, object)| object)
            .map_err(|error| Status::bad_request(format!("cannot read the protobuf body: {error}"))),
    }
}

/// Encodes a value.
///
/// # Errors
/// When the value has no such encoding.
pub fn encode(format: Format, value: &Value) -> Result<Bytes> {
    match format {
        Format::Json => serde_json::to_vec(value).map(Bytes::from).map_err(Status::internal),
        Format::Yaml => serde_saphyr::to_string(value).map(Bytes::from).map_err(Status::internal),
        Format::Protobuf => {
            let text = |field: &str| value[field].as_str().unwrap_or_default();
            let bytes = reks_schema::encode_protobuf(text("apiVersion"), text("kind"), value);
            bytes.map(Bytes::from).map_err(Status::internal)
        }
    }
}

/// Encodes one event of a watch.
///
/// # Errors
/// When the object has no such encoding.
pub fn encode_event(format: Format, event: &str, object: &Value) -> Result<Bytes> {
    if format == Format::Protobuf {
        let event = reks_schema::wrap_watch_event(event, &encode(format, object)?);
        let length = u32::try_from(event.len()).map_err(Status::internal)?;
        return Ok([&length.to_be_bytes()[..], &event].concat().into());
    }
    let mut bytes = encode(format, &json!({"type": event, "object": object}))?.to_vec();
    if format == Format::Json {
        bytes.push(b'\n');
    }
    Ok(bytes.into())
}
