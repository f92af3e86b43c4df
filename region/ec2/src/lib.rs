//! EC2: the user's networks, as objects of the region and as AWS's API shows them.

mod actions;
mod cidr;
pub mod objects;

pub use actions::{allocate_interface, ec2};
pub use cidr::Cidr;
