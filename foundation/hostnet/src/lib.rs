//! Linux networking as values. So far: network namespaces with names.

mod error;
mod namespace;

pub use error::Error;
pub use namespace::Namespaces;
