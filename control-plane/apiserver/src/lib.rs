//! The Kubernetes API over a revisioned store.
//!
//! A request goes through who calls ([`access`]), what it asks ([`request`]), a handler per verb, [`admission`] and the
//! [`registry`], whose objects are encoded once per revision ([`stored`]) and shown in the form that the client asked for
//! ([`render`]).

pub mod access;
pub mod admission;
pub mod body;
pub mod bootstrap;
pub mod catalog;
pub mod codec;
pub mod discovery;
mod handlers;
pub mod kubelet_client;
pub mod negotiate;
mod openapi;
mod patch;
pub mod registry;
pub mod render;
pub mod request;
pub mod selectors;
pub mod serve;
pub mod server;
pub mod services;
pub mod status;
pub mod stored;
pub mod table;
pub mod watch;

pub use body::Body;
pub use catalog::{Catalog, Resource};
pub use server::{Options, Server};
pub use status::Status;
