//! How AWS's clients speak: requests signed by Signature Version 4 ([`sigv4`]), the tokens that they show to a cluster
//! ([`eks_token`]), the two protocols of the services here ([`query`], [`json`]) and their errors ([`Error`]).
//!
//! Nothing here listens on a socket or knows what a cluster is.

pub mod eks_token;
mod encoding;
mod error;
pub mod json;
pub mod query;
pub mod sigv4;
pub mod xml;

pub use error::{Error, Protocol};
