//! What the validation of every kind is made of: a cursor over an object, a list of errors, and the rules of names.

mod conditions;
pub(crate) mod cursor;
pub mod metadata;
pub mod names;
pub(crate) mod net;
pub(crate) mod selector;

pub(crate) use conditions::conditions;
pub(crate) use cursor::{At, Errors};
