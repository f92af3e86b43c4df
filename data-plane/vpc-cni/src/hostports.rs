use reks_hostnet::{Chain, Family, Owner, Table};

use crate::{Ipam, PortMapping};

/// The owner of the table of host ports.
pub(crate) const OWNER: Owner = Owner { prefix: "reks-hostports", protocol: 0x53 };

/// The table that leads the node's ports to pods, made from the address file: one look-up a packet, however many ports there are.
pub(crate) fn table(ipam: &Ipam) -> Option<Table> {
    let (mut everywhere, mut at_address) = (Vec::new(), Vec::new());
    for (_, allocation) in ipam.all() {
        for PortMapping { host_port, container_port, protocol, .. } in &allocation.ports {
            everywhere.push(format!("{protocol} . {host_port} : {} . {container_port}", allocation.address));
        }
        for port in &allocation.ports {
            let Some(address) = port.address() else { continue };
            everywhere.pop();
            let (protocol, host_port) = (&port.protocol, port.host_port);
            let target = format!("{} . {}", allocation.address, port.container_port);
            at_address.push(format!("{protocol} . {address} . {host_port} : {target}"));
        }
    }
    if everywhere.is_empty() && at_address.is_empty() {
        return None;
    }
    let map = |name: &str, key: &str, elements: &[String]| {
        let elements = match elements {
            [] => String::new(),
            some => format!(" elements = {{ {} }};", some.join(", ")),
        };
        format!("map {name} {{ type {key} : ipv4_addr . inet_service;{elements} }}")
    };
    let mut table = Table::new(Family::Ip, OWNER.prefix);
    table.sets = vec![
        map("everywhere", "inet_proto . inet_service", &everywhere),
        map("at-address", "inet_proto . ipv4_addr . inet_service", &at_address),
    ];
    for hook in ["prerouting", "output"] {
        // Before Services' own translation (-100), as a host port is the more particular wish.
        let chain = Chain::base(hook, "nat", hook, -105)
            .rule("fib daddr type local dnat ip to meta l4proto . ip daddr . th dport map @at-address")
            .rule("fib daddr type local dnat ip to meta l4proto . th dport map @everywhere");
        table.chains.push(chain);
    }
    Some(table)
}
