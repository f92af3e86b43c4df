//! The table of Kubernetes kinds and fields, and everything that is read off it.
//!
//! [`Table::builtin`] describes every kind that Kubernetes 1.36 has built in: each field's name in JSON and number in protobuf, its
//! type, what a list or map means, how patches merge it, what is required. The rest of the crate is a set of walks over that table:
//!
//! - [`encode_protobuf`], [`decode_protobuf`]: JSON to Kubernetes' protobuf and back, as Go's generated code does it.
//!
//! Objects are [`serde_json::Value`]s. No walk panics on what a client sends: depths and sizes are bounded.

mod builtin;
mod error;
mod parse;
mod protobuf;
mod scalar;
mod table;

pub use error::Error;
pub use protobuf::{
    decode_message, decode_protobuf, encode_message, encode_protobuf, encode_watch_event, is_protobuf, wrap_watch_event,
};
pub use table::{Alternative, Field, ListType, Scalar, Shape, Table, Type, TypeId};

/// How deep a value may be nested: as deep as serde_json reads, so that what was read can be walked.
pub const MAX_DEPTH: usize = 128;
