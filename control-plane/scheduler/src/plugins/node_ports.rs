//! Ports of the host that are taken.

use k8s_openapi::api::core::v1::Pod;

use super::Refusal;
use crate::snapshot::{NodeInfo, Snapshot};

pub fn filter(pod: &Pod, node: &NodeInfo, _: &Snapshot) -> Option<Refusal> {
    let taken: Vec<Port> = node.pods.iter().flat_map(|pod| ports(pod)).collect();
    let conflict = ports(pod).into_iter().any(|wanted| taken.iter().any(|one| conflicts(&wanted, one)));
    conflict.then(|| Refusal::for_now(vec!["node(s) didn't have free ports for the requested pod ports".to_owned()]))
}

/// Address (empty for all), protocol, number.
type Port = (String, String, i32);

fn ports(pod: &Pod) -> Vec<Port> {
    let containers = pod.spec.iter().flat_map(|spec| {
        let sidecars =
            spec.init_containers.iter().flatten().filter(|one| one.restart_policy.as_deref() == Some("Always"));
        spec.containers.iter().chain(sidecars)
    });
    let all = containers.flat_map(|container| container.ports.iter().flatten());
    all.filter_map(|port| {
        let number = port.host_port.filter(|number| *number > 0)?;
        let address = port.host_ip.clone().filter(|address| address != "0.0.0.0").unwrap_or_default();
        Some((address, port.protocol.clone().unwrap_or_else(|| "TCP".to_owned()), number))
    })
    .collect()
}

fn conflicts(one: &Port, other: &Port) -> bool {
    one.2 == other.2 && one.1 == other.1 && (one.0 == other.0 || one.0.is_empty() || other.0.is_empty())
}
