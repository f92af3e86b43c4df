//! The agent of one Linux machine: makes real what the region's objects ask for.
//!
//! - A VPC is a router: one network namespace, in which `vpc` puts links, routes and filters.
//! - An instance is a `machine`: a network namespace, a mount namespace with private folders, and a control group with a small init in it.
//! - A control plane is a process in its own network namespace under its own user, with the far ends of its interfaces in the user's VPC.
//!
//! Instances reach the region's endpoints at [`REGION_ADDRESS`], which every router has, by a relay of the agent.
//!
//! Processes outlive the agent. It finds them again by what it wrote down, and restarts what has died.

mod cgroup;
mod control_plane;
pub mod machine;
mod machines;
mod places;
mod plan;
mod process;
mod program;
mod relay;
mod vpc;

pub use cgroup::{Cgroup, Limits};
pub use control_plane::{Agent, TokenServer};
pub use machines::{Error as MachinesError, Machines, Options, teardown};
pub use places::Places;
pub use process::Process;
pub use program::{Folders, Program, Running};
pub use vpc::{
    Attachment, Interface, Permission, REGION_ADDRESS, RESOLVER_ADDRESS, SecurityGroup, Subnet, Target, Vpc, link_name,
};
