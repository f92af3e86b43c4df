//! Errors of validation, in the words of `k8s.io/apimachinery/pkg/util/validation/field`.

use std::fmt;

use serde_json::Value;

/// Why a field is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A required value is missing.
    Required,
    /// A value is malformed.
    Invalid,
    /// A value is not one of those supported.
    NotSupported,
    /// A value may not be set (or not changed) here.
    Forbidden,
    /// A value stands twice.
    Duplicate,
    /// A value is too long.
    TooLong,
    /// A list has too many items.
    TooMany,
    /// A reference leads nowhere.
    NotFound,
}

impl Reason {
    /// The `reason` of a `StatusCause`.
    #[must_use]
    pub fn cause(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::Duplicate => "FieldValueDuplicate",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::NotFound => "FieldValueNotFound",
        }
    }

    /// The words that begin the message.
    fn words(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Invalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::Duplicate => "Duplicate value",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
            Self::NotFound => "Not found",
        }
    }
}

/// One field that is wrong. [`fmt::Display`] gives upstream's line: path, what is wrong, value, detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Path such as `spec.containers[0].name`.
    pub field: String,
    /// Why it is wrong.
    pub reason: Reason,
    /// What follows the path in the message.
    pub message: String,
}

impl FieldError {
    /// A value is missing.
    #[must_use]
    pub fn required(field: impl Into<String>, detail: &str) -> Self {
        Self::new(field, Reason::Required, None, detail)
    }

    /// A value is malformed.
    #[must_use]
    pub fn invalid(field: impl Into<String>, value: &Value, detail: &str) -> Self {
        Self::new(field, Reason::Invalid, Some(value), detail)
    }

    /// A value is none of those that are supported, in the order given.
    #[must_use]
    pub fn not_supported(field: impl Into<String>, value: &Value, supported: &[&str]) -> Self {
        let supported = supported.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(", ");
        Self::new(field, Reason::NotSupported, Some(value), &format!("supported values: {supported}"))
    }

    /// A value may not be set or changed.
    #[must_use]
    pub fn forbidden(field: impl Into<String>, detail: &str) -> Self {
        Self::new(field, Reason::Forbidden, None, detail)
    }

    /// A value stands twice.
    #[must_use]
    pub fn duplicate(field: impl Into<String>, value: &Value) -> Self {
        Self::new(field, Reason::Duplicate, Some(value), "")
    }

    /// A text has more bytes than it may have.
    #[must_use]
    pub fn too_long(field: impl Into<String>, most_bytes: usize) -> Self {
        let unit = if most_bytes == 1 { "byte" } else { "bytes" };
        Self::new(field, Reason::TooLong, None, &format!("may not be more than {most_bytes} {unit}"))
    }

    /// A list has more items than it may have.
    #[must_use]
    pub fn too_many(field: impl Into<String>, count: usize, most: usize) -> Self {
        let unit = if most == 1 { "item" } else { "items" };
        Self::new(field, Reason::TooMany, Some(&count.into()), &format!("must have at most {most} {unit}"))
    }

    /// A reference leads nowhere.
    #[must_use]
    pub fn not_found(field: impl Into<String>, value: &Value) -> Self {
        Self::new(field, Reason::NotFound, Some(value), "")
    }

    fn new(field: impl Into<String>, reason: Reason, value: Option<&Value>, detail: &str) -> Self {
        let mut message = reason.words().to_owned();
        if let Some(value) = value {
            // Texts are quoted; an absent value is one that upstream's types hold as an empty text.
            let value = if value.is_null() { "\"\"".to_owned() } else { value.to_string() };
            message.push_str(": ");
            message.push_str(&value);
        }
        if !detail.is_empty() {
            message.push_str(": ");
            message.push_str(detail);
        }
        Self { field: field.into(), reason, message }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}
