//! A revisioned key-value store with watches, with etcd's semantics.
//!
//! Every successful change of the store gets the next *revision*: one number, one order for all keys. Reads may ask
//! for the past, watches start anywhere in it, and [`Store::compact`] forgets it. Those are the rules that Kubernetes'
//! API server relies on: `resourceVersion` is a revision, optimistic concurrency is a compare of `mod_revision`, and a
//! watch neither skips, repeats nor reorders.
//!
//! The engine in [`embedded`] keeps one file per store. It knows nothing of what the keys mean.
//!
//! The contract:
//! - **Acknowledged means durable.** A transaction's answer comes after its sync; many transactions share one sync.
//! - **Readers see only what is durable**, and each read sees one revision of everything.
//! - **A process may be killed at any instant**: what was acknowledged is there, what was not is there whole or not at all.

mod error;
mod types;

pub mod embedded;

pub use embedded::{Options, Store, Watch};
pub use error::Error;
pub use types::{
    Compare, Event, EventKind, KeyRange, KeyValue, Op, Operator, RangeRequest, RangeResult, Revision, Target, Txn,
    TxnResult,
};
