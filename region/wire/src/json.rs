//! Answers of the REST-JSON protocol.

use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_TYPE, HeaderValue};
use jiff::Timestamp;
use serde_json::Value;

/// A successful answer.
#[must_use]
pub fn answer(value: &Value, request_id: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(value.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

/// A time as REST-JSON has it: seconds since 1970, with a fraction. Text that is none gives null.
#[must_use]
pub fn epoch(text: &str) -> Value {
    text.parse::<Timestamp>().map_or(Value::Null, |time| Value::from(time.as_millisecond() as f64 / 1000.0))
}
