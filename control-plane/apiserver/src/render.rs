//! Objects as answers, in the format and shape that the client asked for.

use std::collections::VecDeque;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use jiff::Timestamp;
use reks_kinds::{Kind, Storage};
use serde_json::{Value, json};

use crate::body::Body;
use crate::negotiate::{Format, Shape, View};
use crate::registry::{List, from_stored};
use crate::status::{Result, Status};
use crate::stored::Stored;
use crate::table::{self, IncludeObject};

/// How to show objects of a kind.
#[derive(Debug, Clone)]
pub struct Render {
    /// The kind asked for.
    pub kind: &'static Kind,
    /// Format and shape.
    pub view: View,
    /// How much of each object a Table carries.
    pub include: IncludeObject,
    /// The time, for ages.
    pub now: Timestamp,
}

impl Render {
    /// Whether the stored JSON is the answer as it is.
    fn is_plain(&self) -> bool {
        self.view == View::JSON && !matches!(self.kind.storage, Storage::As { .. })
    }

    /// The answer with one object.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn object(&self, code: StatusCode, stored: &Stored) -> Result<Response<Body>> {
        if self.is_plain() {
            return Ok(answer(code, Format::Json, Body::Whole(stored.segments().into())));
        }
        self.value(code, self.decode(stored)?)
    }

    /// The answer with one object that is decoded already.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn value(&self, code: StatusCode, object: Value) -> Result<Response<Body>> {
        Ok(answer(code, self.view.format, encode(self.view.format, &self.shaped(object))?.into()))
    }

    /// The answer with a list.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn list(&self, list: &List) -> Result<Response<Body>> {
        let mut metadata = json!({"resourceVersion": list.revision.to_string()});
        if let Some(token) = &list.continue_token {
            metadata["continue"] = token.as_str().into();
        }
        if let Some(remaining) = list.remaining {
            metadata["remainingItemCount"] = remaining.into();
        }
        if self.is_plain() {
            return Ok(answer(StatusCode::OK, Format::Json, Body::Whole(self.plain_list(list, &metadata))));
        }
        let objects = list.items.iter().map(|stored| self.decode(stored));
        let value = match self.view.shape {
            Shape::Table => {
                let rows: Result<Vec<Value>> =
                    objects.map(|object| Ok(table::row(self.kind, object?, self.now, self.include))).collect();
                let mut value = table::header(self.kind, metadata);
                value["rows"] = rows?.into();
                value
            }
            Shape::Metadata => {
                let items: Result<Vec<Value>> = objects.map(|object| Ok(table::partial_metadata(object?))).collect();
                json!({
                    "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                    "metadata": metadata, "items": items?,
                })
            }
            Shape::Object => {
                let items: Result<Vec<Value>> = objects.collect();
                json!({
                    "kind": format!("{}List", self.kind.kind), "apiVersion": self.kind.api_version(),
                    "metadata": metadata, "items": items?,
                })
            }
        };
        Ok(answer(StatusCode::OK, self.view.format, encode(self.view.format, &value)?.into()))
    }

    fn plain_list(&self, list: &List, metadata: &Value) -> VecDeque<Bytes> {
        let head = format!(
            "{{\"kind\":\"{}List\",\"apiVersion\":\"{}\",\"metadata\":{metadata},\"items\":[",
            self.kind.kind,
            self.kind.api_version()
        );
        let mut pieces = VecDeque::with_capacity(list.items.len() * 4 + 2);
        pieces.push_back(Bytes::from(head.into_bytes()));
        for (index, stored) in list.items.iter().enumerate() {
            if index > 0 {
                pieces.push_back(Bytes::from_static(b","));
            }
            pieces.extend(stored.segments());
        }
        pieces.push_back(Bytes::from_static(b"]}"));
        pieces
    }

    /// One event of a watch, as its line (or frame). `first` says whether it is the first, which alone carries a Table's header.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn event(&self, event: &str, stored: &Stored, first: bool) -> Result<Bytes> {
        if self.is_plain() {
            let mut line = Vec::with_capacity(stored.json_length() + 64);
            line.extend_from_slice(b"{\"type\":\"");
            line.extend_from_slice(event.as_bytes());
            line.extend_from_slice(b"\",\"object\":");
            for segment in stored.segments() {
                line.extend_from_slice(&segment);
            }
            line.extend_from_slice(b"}\n");
            return Ok(line.into());
        }
        let object = self.decode(stored)?;
        let mut object = self.shaped(object);
        if self.view.shape == Shape::Table && !first {
            object["columnDefinitions"] = Value::Null;
        }
        self.frame(event, &object)
    }

    /// A bookmark at a revision; `initial_end` marks the end of a watch's initial events.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn bookmark(&self, revision: u64, initial_end: bool) -> Result<Bytes> {
        let mut metadata = json!({"resourceVersion": revision.to_string(), "creationTimestamp": null});
        if initial_end {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object = match self.view.shape {
            Shape::Object => {
                json!({"kind": self.kind.kind, "apiVersion": self.kind.api_version(), "metadata": metadata})
            }
            Shape::Metadata => table::partial_metadata(json!({"metadata": metadata})),
            Shape::Table => {
                let mut table = table::header(self.kind, json!({"resourceVersion": revision.to_string()}));
                table["columnDefinitions"] = Value::Null;
                table["rows"] =
                    json!([{"cells": [], "object": table::partial_metadata(json!({"metadata": metadata}))}]);
                table
            }
        };
        self.frame("BOOKMARK", &object)
    }

    /// The end of a watch that failed.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn failure(&self, status: &Status) -> Result<Bytes> {
        self.frame("ERROR", &status.to_value())
    }

    fn frame(&self, event: &str, object: &Value) -> Result<Bytes> {
        crate::codec::encode_event(self.view.format, event, object)
    }

    fn shaped(&self, object: Value) -> Value {
        match self.view.shape {
            Shape::Object => object,
            Shape::Metadata => table::partial_metadata(object),
            Shape::Table => {
                let revision = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
                let mut value = table::header(self.kind, revision);
                value["rows"] = json!([table::row(self.kind, object, self.now, self.include)]);
                value
            }
        }
    }

    fn decode(&self, stored: &Stored) -> Result<Value> {
        let mut object = stored.parse()?;
        from_stored(self.kind, &mut object);
        Ok(object)
    }
}

/// A value in a format.
///
/// # Errors
/// When it cannot be encoded.
pub fn encode(format: Format, value: &Value) -> Result<Bytes> {
    crate::codec::encode(format, value)
}

/// An answer with its media type and length.
#[must_use]
pub fn answer(code: StatusCode, format: Format, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = code;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    response
}

/// A JSON answer.
#[must_use]
pub fn json_answer(code: StatusCode, value: &Value) -> Response<Body> {
    answer(code, Format::Json, Body::from(value.to_string().into_bytes()))
}

/// The answer to a failure.
#[must_use]
pub fn failure(status: &Status) -> Response<Body> {
    let mut response = json_answer(status.code, &status.to_value());
    if let Some(seconds) = status.details["retryAfterSeconds"].as_u64() {
        response.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
