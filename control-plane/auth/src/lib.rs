//! Who calls an API server, and what they may do.
//!
//! Authentication turns a client's certificate ([`certificate`]) or token ([`service_account`], [`webhook`]) into a
//! [`User`]; authorization asks [`rbac`] and, for nodes, [`node`] whether that user may do what a request's
//! [`Attributes`] say. No part of it speaks HTTP to clients or reads a store: whoever serves the API feeds it.

mod attributes;
pub mod certificate;
pub mod node;
pub mod policy;
pub mod rbac;
pub mod service_account;
mod user;
pub mod webhook;

pub use attributes::{Attributes, Decision, forbidden};
pub use user::User;
