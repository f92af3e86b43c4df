//! The elements of a field's path, in the order that their sets have.

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Map, Value};

/// One step from a value into it.
#[derive(Debug, Clone)]
pub(super) enum Element {
    /// The field of that name.
    Field(String),
    /// The element of a list with those keys, sorted by name.
    Key(Vec<(String, Value)>),
    /// The element of a set.
    Value(Value),
    /// The element at that place. It is read, but nothing makes one.
    Index(i64),
}

impl Element {
    /// Reads `f:name`, `k:{…}`, `v:…` or `i:0`; none if it is something else.
    pub(super) fn parse(text: &str) -> Option<Element> {
        let (kind, rest) = text.split_once(':')?;
        Some(match kind {
            "f" => Element::Field(rest.to_owned()),
            "v" => Element::Value(serde_json::from_str(rest).ok()?),
            "k" => {
                let keys: Map<String, Value> = serde_json::from_str(rest).ok()?;
                Element::key(keys.into_iter().collect())
            }
            "i" => Element::Index(rest.parse().ok()?),
            _ => return None,
        })
    }

    /// An element with those keys.
    pub(super) fn key(mut keys: Vec<(String, Value)>) -> Element {
        keys.sort_by(|a, b| a.0.cmp(&b.0));
        Element::Key(keys)
    }

    /// Writes what [`Element::parse`] reads.
    pub(super) fn text(&self) -> String {
        match self {
            Element::Field(name) => format!("f:{name}"),
            Element::Key(keys) => format!("k:{}", Value::Object(keys.iter().cloned().collect())),
            Element::Value(value) => format!("v:{value}"),
            Element::Index(index) => format!("i:{index}"),
        }
    }
}

impl fmt::Display for Element {
    /// As conflicts show it: `.spec`, `[name="a"]`, `[="a"]`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Element::Field(name) => write!(formatter, ".{name}"),
            Element::Key(keys) => {
                let keys: Vec<_> = keys.iter().map(|(name, value)| format!("{name}={value}")).collect();
                write!(formatter, "[{}]", keys.join(","))
            }
            Element::Value(value) => write!(formatter, "[={value}]"),
            Element::Index(index) => write!(formatter, "[{index}]"),
        }
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Element) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Element {}

impl PartialOrd for Element {
    fn partial_cmp(&self, other: &Element) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Element {
    fn cmp(&self, other: &Element) -> Ordering {
        let rank = |element: &Element| match element {
            Element::Field(_) => 0,
            Element::Key(_) => 1,
            Element::Value(_) => 2,
            Element::Index(_) => 3,
        };
        match (self, other) {
            (Element::Field(a), Element::Field(b)) => a.cmp(b),
            (Element::Key(a), Element::Key(b)) => {
                let pairs = a.iter().zip(b).map(|(a, b)| a.0.cmp(&b.0).then_with(|| compare_values(&a.1, &b.1)));
                pairs.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
            }
            (Element::Value(a), Element::Value(b)) => compare_values(a, b),
            (Element::Index(a), Element::Index(b)) => a.cmp(b),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

/// Orders values: numbers by amount, then strings, booleans, lists, objects and `null`.
pub(super) fn compare_values(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    };
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0)),
        },
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => {
            let pairs = a.iter().zip(b).map(|(a, b)| compare_values(a, b));
            pairs.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
        }
        (Value::Object(a), Value::Object(b)) => {
            let pairs = a.iter().zip(b).map(|(a, b)| a.0.cmp(b.0).then_with(|| compare_values(a.1, b.1)));
            pairs.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
        }
        _ => rank(a).cmp(&rank(b)),
    }
}

/// Whether two values are the same.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    compare_values(a, b) == Ordering::Equal
}
