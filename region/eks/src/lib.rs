//! EKS: clusters and access entries as objects of the region, the API's actions over them, the reconciler that makes clusters real
//! through the objects of EC2 and a [`objects::ControlPlane`], and who a token's bearer is to a cluster.

mod access;
mod actions;
mod names;
pub mod objects;
pub mod reconcile;
mod versions;

pub use access::review;
pub use actions::{Request, eks};

/// What the region tells EKS.
#[derive(Debug, Clone)]
pub struct Region {
    /// The account: twelve digits.
    pub account: String,
    /// The region's name, e.g. `us-east-1`.
    pub name: String,
}
