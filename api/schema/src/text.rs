//! JSON text to a value. A name that comes twice in an object is told, which serde_json alone would not do.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How many strict-decoding errors are told, as in Kubernetes.
const MAX_TOLD: usize = 100;

/// A value that was read from text.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The value; of names that come twice the last counts.
    pub value: Value,
    /// The paths of names that come twice in their object, such as `spec.replicas`, at most 100. For `fieldValidation=Strict` each is
    /// told as `duplicate field "…"`.
    pub duplicates: Vec<String>,
}

/// Reads JSON text.
///
/// # Errors
/// What serde_json says of text that is not JSON, or nested deeper than [`crate::MAX_DEPTH`].
pub fn parse(text: &[u8]) -> Result<Parsed, serde_json::Error> {
    let mut parsed = Parsed { value: Value::Null, duplicates: Vec::new() };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let mut path = String::new();
    parsed.value = Seed { path: &mut path, duplicates: &mut parsed.duplicates }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(parsed)
}

struct Seed<'a> {
    path: &'a mut String,
    duplicates: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        let length = self.path.len();
        loop {
            self.path.push_str(&format!("[{}]", values.len()));
            let next = access.next_element_seed(Seed { path: self.path, duplicates: self.duplicates })?;
            self.path.truncate(length);
            match next {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let length = self.path.len();
        while let Some(name) = access.next_key::<String>()? {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&name);
            let value = access.next_value_seed(Seed { path: self.path, duplicates: self.duplicates })?;
            if object.insert(name, value).is_some() && self.duplicates.len() < MAX_TOLD {
                self.duplicates.push(self.path.clone());
            }
            self.path.truncate(length);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_come_twice_are_told() {
        let text = br#"{"a": {"b": 1, "c": [{"d": 1, "d": null}], "b": 2}, "e": -1.5}"#;
        let parsed = parse(text).unwrap();
        assert_eq!(parsed.duplicates, ["a.c[0].d", "a.b"]);
        assert_eq!(parsed.value, serde_json::json!({"a": {"b": 2, "c": [{"d": null}]}, "e": -1.5}));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "{", "{} {}", "[1,]", "{a: 1}"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse("[".repeat(1000).as_bytes()).is_err());
    }
}
