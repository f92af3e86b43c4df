//! What no schema can say about each Kubernetes kind: its names, subresources, printed columns, validation and
//! the rules of its updates. One kind, one file, one row.
//!
//! Objects are [`serde_json::Value`]s that have been decoded and defaulted already. The functions are pure.

pub mod columns;
mod field_error;
mod kind;

pub use field_error::{FieldError, Reason};
pub use kind::{Column, Kind, NameRule, Storage, Subresource};
