//! Services as nftables: what makes a Service's address lead to one of its endpoints, on every node.
//!
//! Three steps, each of its own file: Services and EndpointSlices become a list of service ports with their endpoints (`state`), that becomes
//! the content of one nftables table (`rules`), and the difference to the content before becomes one transaction (`script`). The first
//! two are pure. The table is never loaded anew because something changed: a change touches the elements and chains of its own
//! Service, and costs the same however many others there are.
//!
//! The table carries a mark that names its content, so a restarted proxy that wants the same finds it so and changes nothing.

mod rules;
mod run;
mod script;
mod state;

pub use rules::Rules;
pub use run::{Error, run};
pub use script::{change, replace};
pub use state::{Backend, ServicePort, service_ports};
