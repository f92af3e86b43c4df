//! Leaves: what JSON may say for each scalar, in the words that Kubernetes uses when it says something else.

pub(crate) mod duration;
pub(crate) mod time;

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use crate::{Error, Scalar};

/// The error of a value that is not of the type which Go calls `expected`.
pub(crate) fn mismatch(value: &Value, expected: &str) -> Error {
    let found = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(number) if expected.starts_with("int") => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    };
    Error::Mismatch { structure: String::new(), path: String::new(), found, expected: expected.to_owned() }
}

fn invalid(message: String) -> Error {
    Error::Invalid { path: String::new(), message }
}

pub(crate) fn string(value: &Value) -> Result<&str, Error> {
    match value {
        Value::Null => Ok(""),
        Value::String(text) => Ok(text),
        _ => Err(mismatch(value, "string")),
    }
}

pub(crate) fn bool(value: &Value) -> Result<bool, Error> {
    match value {
        Value::Null => Ok(false),
        Value::Bool(value) => Ok(*value),
        _ => Err(mismatch(value, "bool")),
    }
}

pub(crate) fn int64(value: &Value) -> Result<i64, Error> {
    match value {
        Value::Null => Ok(0),
        _ => value.as_i64().ok_or_else(|| mismatch(value, "int64")),
    }
}

pub(crate) fn int32(value: &Value) -> Result<i32, Error> {
    match value {
        Value::Null => Ok(0),
        _ => value.as_i64().and_then(|number| i32::try_from(number).ok()).ok_or_else(|| mismatch(value, "int32")),
    }
}

pub(crate) fn float64(value: &Value) -> Result<f64, Error> {
    match value {
        Value::Null => Ok(0.0),
        _ => value.as_f64().ok_or_else(|| mismatch(value, "float64")),
    }
}

/// Go's decoder passes over line ends in base64.
pub(crate) fn bytes(value: &Value) -> Result<Vec<u8>, Error> {
    let text = match value {
        Value::Null => return Ok(Vec::new()),
        Value::String(text) => text,
        _ => return Err(mismatch(value, "[]uint8")),
    };
    let text: Cow<'_, str> =
        if text.contains(['\r', '\n']) { text.replace(['\r', '\n'], "").into() } else { text.into() };
    STANDARD.decode(&*text).map_err(|error| {
        let at = match error {
            base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _) => at,
            base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => text.len() / 4 * 4,
        };
        invalid(format!("illegal base64 data at input byte {at}"))
    })
}

pub(crate) fn bytes_to_json(bytes: &[u8]) -> Value {
    Value::String(STANDARD.encode(bytes))
}

/// A quantity's text; a bare number is taken too.
pub(crate) fn quantity(value: &Value) -> Result<Cow<'_, str>, Error> {
    match value {
        Value::Null => Ok("0".into()),
        Value::String(text) => Ok(text.into()),
        Value::Number(number) => Ok(number.to_string().into()),
        _ => Err(invalid(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'".to_owned(),
        )),
    }
}

/// The number of an int-or-string that is no string.
pub(crate) fn int_or_string_number(value: &Value) -> Result<i32, Error> {
    int32(value)
}

/// A moment; none for `null`.
pub(crate) fn moment(scalar: Scalar, value: &Value) -> Result<Option<Timestamp>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => time::parse(text, scalar == Scalar::MicroTime).map(Some).map_err(invalid),
        _ => Err(mismatch(value, "string")),
    }
}
