//! The table of Kubernetes kinds and fields, and everything that is read off it.
//!
//! [`Table::builtin`] describes every kind that Kubernetes 1.36 has built in: each field's name in JSON and number in protobuf, its
//! type, what a list or map means, how patches merge it, what is required. The rest of the crate is a set of walks over that table:
//!
//! - [`encode_protobuf`], [`decode_protobuf`]: JSON to Kubernetes' protobuf and back, as Go's generated code does it.
//! - [`parse`]: JSON text to a value, telling names that come twice.
//! - [`unknown_fields`], [`prune_unknown`]: fields that a kind does not have.
//! - [`canonicalise`]: an object as Go would print it after reading it, or why it is not one of its kind.
//! - [`strategic_merge`], [`json_merge`]: patches.
//! - [`server_side_apply`], [`track_update`]: who set which field.
//! - [`openapi_v3`], [`openapi_v2`]: documents of what is served.
//! - [`apply_defaults`]: what Kubernetes sets where nothing was said.
//!
//! [`Table::custom`] makes the same of a CustomResourceDefinition's schema, and [`apply_custom_defaults`] sets its defaults.
//!
//! Objects are [`serde_json::Value`]s. No walk panics on what a client sends: depths and sizes are bounded.

mod apply;
mod builtin;
mod canonical;
mod custom;
mod defaults;
mod error;
mod openapi;
mod parse;
mod patch;
mod protobuf;
mod scalar;
mod table;
mod text;
mod unknown;
mod zero;

pub use apply::{ApplyError, Change, Conflict, server_side_apply, track_update};
pub use canonical::{canonical_quantity, canonicalise, quantity_nanos};
pub use custom::apply_custom_defaults;
pub use defaults::apply_defaults;
pub use error::Error;
pub use openapi::{
    ServedResource, ServedSubresource, ServedVersion, openapi_v2, openapi_v3, openapi_v3_hash, openapi_v3_index,
};
pub use patch::{PatchError, json_merge, strategic_merge};
pub use protobuf::{
    decode_message, decode_protobuf, encode_message, encode_protobuf, encode_watch_event, is_protobuf, wrap_watch_event,
};
pub use table::{Alternative, Field, ListType, MapType, Scalar, Shape, Table, Type, TypeId};
pub use text::{Parsed, parse};
pub use unknown::{prune_unknown, unknown_fields};

/// How deep a value may be nested: as deep as serde_json reads, so that what was read can be walked.
pub const MAX_DEPTH: usize = 128;
