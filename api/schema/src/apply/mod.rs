//! Server-side apply: who set which field, and what happens when two want the same one.
//!
//! An object's `metadata.managedFields` says for each manager which fields it set. [`server_side_apply`] merges what a manager wants
//! to be so, removes what it wanted before but no longer, and refuses to take other managers' fields unless it is forced to.
//! [`track_update`] keeps the record right when an object is changed in any other way. The rules are those of Kubernetes'
//! `structured-merge-diff` and of `k8s.io/apimachinery/pkg/util/managedfields`.
//!
//! Fields are named by paths of elements ([`path`]) gathered in sets ([`set`]). What lists and maps mean comes from the table
//! ([`node`]); four walks over it compare two objects, merge them, name an object's fields, and remove some of them.

mod compare;
mod fields;
mod managers;
mod merge;
mod node;
mod path;
mod reconcile;
mod remove;
mod set;
mod updater;
mod validate;

use serde_json::Value;

use crate::table::{Table, TypeId};
pub use managers::Conflict;

/// Who changes an object of which type, and when.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Where the type is.
    pub table: &'a Table,
    /// The object's type.
    pub ty: TypeId,
    /// The version that the change is in: `apps/v1`.
    pub api_version: &'a str,
    /// Who makes the change; if empty, `unknown`.
    pub manager: &'a str,
    /// The subresource through which the change is made; empty for the object itself.
    pub subresource: &'a str,
    /// The time of the change as RFC 3339 text in UTC, to the second.
    pub now: &'a str,
    /// Paths of fields that a change made this way cannot set, such as `["status"]`; nobody is recorded for them.
    pub reset: &'a [&'a [&'a str]],
}

/// Why an apply was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// Other managers have set fields to something else: a 409 whose details have a `FieldManagerConflict` cause for each.
    #[error("{}", managers::conflict_message(.0))]
    Conflicts(Vec<Conflict>),
    /// What is applied does not follow the type, or names an element of a list twice.
    #[error("failed to create typed patch object: {0}")]
    Invalid(String),
    /// What is applied has `metadata.managedFields`: a 400.
    #[error("metadata.managedFields must be nil")]
    HasManagedFields,
    /// The object is nested too deep.
    #[error("exceeded max depth: no value may be nested deeper than {}", crate::MAX_DEPTH)]
    TooDeep,
}

/// Applies what a manager wants to be so: the new object, with its `managedFields`. If nothing changes, that is the live object.
///
/// `live` is none if there is no such object yet. `applied` is what the client sent. The result is not canonical and has no new defaults:
/// do [`crate::canonicalise`] and [`crate::apply_defaults`] next.
///
/// Managers that set fields in another version of the kind are taken as if in this one.
///
/// # Errors
/// [`ApplyError`]; conflicts only if not forced.
pub fn server_side_apply(
    change: &Change<'_>,
    live: Option<&Value>,
    applied: &Value,
    force: bool,
) -> Result<Value, ApplyError> {
    updater::apply(change, live, applied, force)
}

/// Records in `new` who set its fields, after a change that is no apply: creation, replacement or another patch.
///
/// `live` is the object before; none at creation. `new` may bring `managedFields` of its own, which then count instead of the live
/// object's; an empty list in it forgets them. An object that nobody ever tracked stays so.
pub fn track_update(change: &Change<'_>, live: Option<&Value>, new: &mut Value) {
    updater::update(change, live, new);
}

#[cfg(test)]
mod tests;
