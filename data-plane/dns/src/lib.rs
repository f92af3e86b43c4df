//! The cluster's DNS: names of Services and pods, and everybody else's names through the network's own resolver.
//!
//! Services and EndpointSlices become one immutable [`Zone`] (pure), queries are answered from whichever zone is the newest (pure), and the
//! server around it moves bytes. What is answered follows the "Kubernetes DNS-Based Service Discovery" specification, version 1.1.0;
//! pods have the names that EKS's CoreDNS gives them (`pods insecure`).

mod answer;
mod forward;
mod run;
mod server;
mod zone;

pub use answer::{Answer, answer};
pub use run::{Error, Options, run};
pub use server::serve;
pub use zone::{Value, Zone};
