//! Objects in the store: the rules of reading, creating, changing and deleting that hold for every kind.

mod create;
mod delete;
mod expiry;
mod metadata;
mod read;
mod update;

pub use create::Create;
pub use delete::{DeleteOptions, Deleted, Propagation};
pub use metadata::generate_name;
pub use read::{List, ListOptions, ResourceVersionMatch};
pub use update::{Endpoint, Update, Updated, is_finished};

use bytes::Bytes;
use reks_kinds::{FieldError, Kind, Storage};
use reks_store::{Compare, Op, Operator, Store, Target};
use serde_json::Value;

use crate::catalog::Resource;
use crate::status::{Result, Status};
use crate::stored::{self, Stored};

/// Sources of time and of randomness, passed in so that a test can own them.
#[derive(Debug, Clone, Copy)]
pub struct Environment {
    /// The time.
    pub now: fn() -> jiff::Timestamp,
    /// A new random identifier (RFC 4122).
    pub uuid: fn() -> uuid::Uuid,
}

impl Environment {
    /// The machine's clock and random numbers.
    #[must_use]
    pub const fn of_the_machine() -> Self {
        Self { now: jiff::Timestamp::now, uuid: uuid::Uuid::new_v4 }
    }

    /// The time to the second, as `metav1.Time` has it.
    #[must_use]
    pub fn timestamp(&self) -> String {
        (self.now)().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// The objects of one store.
#[derive(Clone)]
pub struct Registry {
    /// Where they are kept.
    pub store: Store,
    /// Time and randomness.
    pub environment: Environment,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("revision", &self.store.revision()).finish_non_exhaustive()
    }
}

/// More to do in the same transaction as an object's write, with the conditions that it needs. Keeps what belongs to two
/// keys, such as a Service and its address, together at every instant.
#[derive(Debug, Clone, Default)]
pub struct Along {
    /// Conditions.
    pub compares: Vec<Compare>,
    /// Steps.
    pub ops: Vec<Op>,
}

impl Registry {
    /// The object under a key as the kind of the request shows it.
    fn present(&self, resource: &Resource, stored: &Stored) -> Result<Value> {
        let mut object = stored.parse()?;
        from_stored(resource.kind, &mut object);
        Ok(object)
    }
}

/// Turns an object of the request's kind into the kind that is kept.
fn to_stored(kind: &Kind, object: &mut Value) {
    if let Storage::As { to_stored, .. } = kind.storage {
        to_stored(object);
    }
}

/// Turns a kept object into the request's kind.
pub fn from_stored(kind: &Kind, object: &mut Value) {
    if let Storage::As { from_stored, .. } = kind.storage {
        from_stored(object);
    }
}

fn encoded(kind: &Kind, object: &Value) -> Result<Bytes> {
    let mut object = object.clone();
    to_stored(kind, &mut object);
    stored::encode(object)
}

fn unchanged_since(key: &Bytes, revision: u64) -> Compare {
    Compare { key: key.clone(), operator: Operator::Equal, target: Target::ModRevision(revision) }
}

fn absent(key: &Bytes) -> Compare {
    Compare { key: key.clone(), operator: Operator::Equal, target: Target::Version(0) }
}

fn name_of(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

fn check(kind: &Kind, object: &Value, errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Status::invalid(kind, name_of(object), &errors)) }
}
