use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::Ipv4Addr;
use std::path::Path;

use reks_hostnet::{Address, Cidr, Link, LinkKind, Namespace, Route, Wanted};
use serde_json::{Value, json};

use crate::ipam::{Allocation, Ipam};
use crate::{Call, Error, hostports};

/// What every pod takes for its gateway: an address that is nobody's, for which the node answers ARP.
const GATEWAY: Ipv4Addr = Ipv4Addr::new(169, 254, 1, 1);

/// Joins a pod to the node.
pub(crate) fn add(call: &Call) -> Result<Value, Error> {
    let namespace_file = namespace_file(call)?;
    let pod = Namespace::open(namespace_file)?;
    let node = Namespace::current()?;
    let (key, link) = (key(call), link_name(call));
    let ports: Vec<_> =
        call.config.runtime_config.port_mappings.iter().filter(|port| port.host_port != 0).cloned().collect();
    let mut ipam = Ipam::open(&call.config.state_folder)?;
    let allocation = ipam.allocate(&key, &call.config.prefixes()?, &link, &ports)?;
    // The node's end without the pod's: the pod's namespace was made anew.
    if !pod.links()?.contains(&call.interface) {
        node.remove_link(&link)?;
    }
    node.apply(&node_side(call, namespace_file, &allocation))?;
    pod.apply(&pod_side(&call.interface, allocation.address))?;
    apply_host_ports(&node, &ipam)?;
    Ok(answer(call, namespace_file, &allocation))
}

/// Takes a pod off the node. What is gone already is no error: a `DEL` may come twice, or after a half-done `ADD`.
pub(crate) fn del(call: &Call) -> Result<(), Error> {
    let node = Namespace::current()?;
    let mut ipam = Ipam::open(&call.config.state_folder)?;
    node.remove_link(&link_name(call))?;
    ipam.release(&key(call))?;
    apply_host_ports(&node, &ipam)
}

/// Sees whether a pod's network is as it was made.
pub(crate) fn check(call: &Call) -> Result<(), Error> {
    let wrong = |problem: String| Error::Check { container: call.container.clone(), problem };
    let pod = Namespace::open(namespace_file(call)?)?;
    let node = Namespace::current()?;
    let ipam = Ipam::open(&call.config.state_folder)?;
    let Some(allocation) = ipam.get(&key(call)) else { return Err(wrong("has no address".into())) };
    for (place, namespace, link) in [("node", &node, &allocation.link), ("pod", &pod, &call.interface)] {
        if !namespace.links()?.contains(link) {
            return Err(wrong(format!("the link {link} is missing in the {place}")));
        }
    }
    Ok(())
}

fn apply_host_ports(node: &Namespace, ipam: &Ipam) -> Result<(), Error> {
    let mut wanted = Wanted::of(hostports::OWNER);
    wanted.tables.extend(hostports::table(ipam));
    node.apply(&wanted)?;
    Ok(())
}

fn namespace_file(call: &Call) -> Result<&Path, Error> {
    let missing = || Error::Environment { name: "CNI_NETNS", problem: "is not set; the runtime has to set it".into() };
    call.namespace.as_deref().ok_or_else(missing)
}

fn key(call: &Call) -> String {
    format!("{}/{}", call.container, call.interface)
}

/// The node's end of the pair: `eni` and eleven hexadecimal digits, as on EKS, the same for the same container.
fn link_name(call: &Call) -> String {
    let mut hasher = DefaultHasher::new();
    key(call).hash(&mut hasher);
    format!("eni{:011x}", hasher.finish() & 0xfff_ffff_ffff)
}

fn node_side(call: &Call, namespace: &Path, allocation: &Allocation) -> Wanted {
    let mut wanted = Wanted::default();
    let link = &allocation.link;
    wanted.links.push(Link {
        name: link.clone(),
        kind: LinkKind::Veth { peer: call.interface.clone(), peer_namespace: namespace.to_owned(), peer_mac: None },
        mtu: Some(call.config.mtu),
    });
    wanted.sysctl("net/ipv4/ip_forward", 1);
    wanted.sysctl(format!("net/ipv4/conf/{link}/proxy_arp"), 1);
    wanted.sysctl(format!("net/ipv4/neigh/{link}/proxy_delay"), 0);
    wanted.routes.push(Route::on_link(Route::MAIN, Cidr::host(allocation.address), link));
    wanted
}

fn pod_side(interface: &str, address: Ipv4Addr) -> Wanted {
    let links = vec![Link::existing("lo"), Link::existing(interface)];
    let mut wanted = Wanted { links, ..Wanted::default() };
    wanted.addresses.push(Address { link: interface.into(), address: Cidr::host(address) });
    wanted.routes.push(Route::on_link(Route::MAIN, Cidr::host(GATEWAY), interface));
    wanted.routes.push(Route::via(Route::MAIN, Cidr::ALL, GATEWAY, interface));
    wanted
}

fn answer(call: &Call, namespace: &Path, allocation: &Allocation) -> Value {
    let mut ip = json!({ "address": Cidr::host(allocation.address).to_string(), "gateway": GATEWAY, "interface": 1 });
    if call.config.cni_version.starts_with("0.") {
        ip["version"] = "4".into();
    }
    json!({
        "cniVersion": call.config.cni_version,
        "interfaces": [{ "name": allocation.link }, { "name": call.interface, "sandbox": namespace }],
        "ips": [ip],
        "routes": [{ "dst": "0.0.0.0/0", "gw": GATEWAY }],
        "dns": {},
    })
}
