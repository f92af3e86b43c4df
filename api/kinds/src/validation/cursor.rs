//! A place in an object, and the errors found on the way.

use serde_json::Value;

use super::names::Rule;
use crate::{FieldError, quantity::Quantity};

/// What upstream says of a field that may not change.
pub(crate) const IMMUTABLE: &str = "field is immutable";
/// What upstream says of a number below zero.
pub(crate) const NEGATIVE: &str = "must be greater than or equal to 0";
/// What upstream says of a number that is not above zero.
pub(crate) const NOT_POSITIVE: &str = "must be greater than zero";

/// A value and its path. A value that is absent is null.
#[derive(Debug, Clone)]
pub(crate) struct At<'a> {
    pub value: &'a Value,
    pub path: String,
}

impl<'a> At<'a> {
    /// An object's own place.
    pub fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    /// The field of a name.
    pub fn get(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Self { value: &self.value[name], path }
    }

    /// The entry of a map, whose path is `map[key]`.
    pub fn key(&self, key: &str) -> Self {
        Self { value: &self.value[key], path: format!("{}[{key}]", self.path) }
    }

    /// The items of a list.
    pub fn items(&self) -> impl Iterator<Item = Self> + use<'a, '_> {
        let items = self.value.as_array().map_or(&[][..], Vec::as_slice);
        items.iter().enumerate().map(|(index, value)| Self { value, path: format!("{}[{index}]", self.path) })
    }

    /// The entries of a map.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a, '_> {
        let entries = self.value.as_object().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), Self { value, path: format!("{}[{key}]", self.path) }))
    }

    /// Whether there is a value.
    pub fn is_set(&self) -> bool {
        !self.value.is_null()
    }

    /// Whether there is no value, an empty text, an empty list or an empty map.
    pub fn is_empty(&self) -> bool {
        match self.value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(entries) => entries.is_empty(),
            _ => false,
        }
    }

    /// The text; empty where there is none.
    pub fn text(&self) -> &'a str {
        self.value.as_str().unwrap_or_default()
    }

    /// The integer, if there is one.
    pub fn int(&self) -> Option<i64> {
        self.value.as_i64()
    }

    /// Whether the value is `true`.
    pub fn is_true(&self) -> bool {
        self.value == &Value::Bool(true)
    }

    /// How many items a list or entries a map has.
    pub fn len(&self) -> usize {
        crate::columns::count(self.value)
    }

    /// The quantity, if the value is a well-formed one.
    pub fn quantity(&self) -> Option<Quantity> {
        Quantity::from_value(self.value).ok()
    }
}

/// The errors of one validation.
#[derive(Debug, Default)]
pub(crate) struct Errors(pub Vec<FieldError>);

impl Errors {
    /// Runs a validation of a whole object.
    pub fn of(object: &Value, check: impl Fn(&At<'_>, &mut Self)) -> Vec<FieldError> {
        let mut errors = Self::default();
        check(&At::root(object), &mut errors);
        errors.0
    }

    /// Runs a validation of a change, `(new, old)`.
    pub fn of_update(new: &Value, old: &Value, check: impl Fn(&At<'_>, &At<'_>, &mut Self)) -> Vec<FieldError> {
        let mut errors = Self::default();
        check(&At::root(new), &At::root(old), &mut errors);
        errors.0
    }

    pub fn required(&mut self, at: &At<'_>, detail: &str) {
        self.0.push(FieldError::required(&at.path, detail));
    }

    pub fn invalid(&mut self, at: &At<'_>, detail: &str) {
        self.0.push(FieldError::invalid(&at.path, at.value, detail));
    }

    /// An error of a value other than the one at the place.
    pub fn invalid_value(&mut self, path: &str, value: impl Into<Value>, detail: &str) {
        self.0.push(FieldError::invalid(path, &value.into(), detail));
    }

    pub fn not_supported(&mut self, at: &At<'_>, supported: &[&str]) {
        self.0.push(FieldError::not_supported(&at.path, at.value, supported));
    }

    pub fn forbidden(&mut self, at: &At<'_>, detail: &str) {
        self.0.push(FieldError::forbidden(&at.path, detail));
    }

    pub fn duplicate(&mut self, at: &At<'_>) {
        self.0.push(FieldError::duplicate(&at.path, at.value));
    }

    pub fn not_found(&mut self, at: &At<'_>) {
        self.0.push(FieldError::not_found(&at.path, at.value));
    }

    pub fn too_long(&mut self, at: &At<'_>, most_bytes: usize) {
        if at.text().len() > most_bytes {
            self.0.push(FieldError::too_long(&at.path, most_bytes));
        }
    }

    pub fn too_many(&mut self, at: &At<'_>, most: usize) {
        if at.len() > most {
            self.0.push(FieldError::too_many(&at.path, at.len(), most));
        }
    }

    /// The place must have a value that is not empty.
    pub fn require(&mut self, at: &At<'_>) -> bool {
        if at.is_empty() {
            self.required(at, "");
        }
        !at.is_empty()
    }

    /// Every complaint of a rule about the text of the place.
    pub fn rule(&mut self, at: &At<'_>, rule: Rule) {
        for message in rule(at.text()) {
            self.invalid_value(&at.path, at.text(), &message);
        }
    }

    /// [`Errors::rule`] where there is a text.
    pub fn rule_if_set(&mut self, at: &At<'_>, rule: Rule) {
        if !at.is_empty() {
            self.rule(at, rule);
        }
    }

    /// The text, where there is one, must be one of those supported.
    pub fn one_of(&mut self, at: &At<'_>, supported: &[&str]) {
        if at.is_set() && !supported.contains(&at.text()) {
            self.not_supported(at, supported);
        }
    }

    /// The text must be there and be one of those supported.
    pub fn required_one_of(&mut self, at: &At<'_>, supported: &[&str]) {
        if at.is_empty() {
            self.required(at, "");
        } else {
            self.one_of(at, supported);
        }
    }

    /// The number, where there is one, must not be below zero.
    pub fn not_negative(&mut self, at: &At<'_>) {
        if at.int().is_some_and(|number| number < 0) {
            self.invalid(at, NEGATIVE);
        }
    }

    /// The number, where there is one, must lie in a range, both ends inclusive.
    pub fn in_range(&mut self, at: &At<'_>, low: i64, high: i64) {
        if at.int().is_some_and(|number| number < low || number > high) {
            self.invalid(at, &format!("must be between {low} and {high}, inclusive"));
        }
    }

    /// The value must be as it was.
    pub fn immutable(&mut self, new: &At<'_>, old: &At<'_>) {
        self.unchanged(new, old, IMMUTABLE);
    }

    /// The value must be as it was, in other words.
    pub fn unchanged(&mut self, new: &At<'_>, old: &At<'_>, detail: &str) {
        if !same(new.value, old.value) {
            self.invalid(new, detail);
        }
    }
}

/// Whether two values mean the same: an absent value, an empty list, map or text, zero and `false` are one, as they are one in
/// the types of upstream's server.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(one), Value::Object(other)) => {
            one.iter().all(|(key, value)| same(value, other.get(key).unwrap_or(&Value::Null)))
                && other.iter().all(|(key, value)| one.contains_key(key) || is_zero(value))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (one, other) if is_zero(one) && is_zero(other) => true,
        (one, other) => one == other,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.values().all(is_zero),
    }
}
