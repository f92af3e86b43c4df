//! IAM and STS: users, access keys and roles as objects of the region, who a caller is, and the API's actions.

mod actions;
mod caller;
pub mod objects;

pub use actions::{iam, sts};
pub use caller::{Caller, Principal, caller_of, first_credentials, secret_of};
