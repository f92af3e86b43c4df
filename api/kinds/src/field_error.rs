//! Errors of validation, in the words of `k8s.io/apimachinery/pkg/util/validation/field`.

use std::fmt;

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

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}
