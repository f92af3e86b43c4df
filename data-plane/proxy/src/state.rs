use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::{Service, ServicePort as ApiPort};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};

/// The label that names a slice's Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The label of Services that another proxy serves.
const OTHER_PROXY: &str = "service.kubernetes.io/service-proxy-name";

/// The time that a client stays with its endpoint when a Service does not say, in seconds (`ClientIPConfig.timeoutSeconds`).
const DEFAULT_AFFINITY_SECONDS: u32 = 10_800;

/// Where a connection can be led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Backend {
    /// The endpoint's address.
    pub address: Ipv4Addr,
    /// The endpoint's port.
    pub port: u16,
}

/// One port of one Service, with everything that decides where its connections go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// `namespace/service/protocol/port name`, by which people find its chain.
    pub name: String,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: &'static str,
    /// The port on its addresses.
    pub port: u16,
    /// Its addresses inside the cluster.
    pub cluster_addresses: Vec<Ipv4Addr>,
    /// Its addresses seen from outside: external and load balancer addresses.
    pub external_addresses: Vec<Ipv4Addr>,
    /// Its port on every node.
    pub node_port: Option<u16>,
    /// Where connections from inside the cluster go.
    pub internal: Vec<Backend>,
    /// Where connections from outside go.
    pub external: Vec<Backend>,
    /// Whether clients from outside keep their address, since only endpoints of this node are used (`externalTrafficPolicy: Local`).
    pub keeps_client_address: bool,
    /// What is done with connections from inside when there is no endpoint: `Local` policies drop, others refuse.
    pub drops_internal: bool,
    /// For how many seconds a client stays with one endpoint (`sessionAffinity: ClientIP`).
    pub affinity_seconds: Option<u32>,
}

/// The service ports that a node has to serve, sorted by name.
#[must_use]
pub fn service_ports<'a>(
    node: &str,
    services: impl IntoIterator<Item = &'a Service>,
    slices: impl IntoIterator<Item = &'a EndpointSlice>,
) -> Vec<ServicePort> {
    let mut by_service: BTreeMap<(&str, &str), Vec<&EndpointSlice>> = BTreeMap::new();
    for slice in slices.into_iter().filter(|slice| slice.address_type == "IPv4") {
        let service = slice.metadata.labels.as_ref().and_then(|labels| labels.get(SERVICE_NAME));
        if let (Some(namespace), Some(service)) = (&slice.metadata.namespace, service) {
            by_service.entry((namespace, service)).or_default().push(slice);
        }
    }
    let mut ports = Vec::new();
    for service in services {
        let (Some(namespace), Some(name)) = (&service.metadata.namespace, &service.metadata.name) else { continue };
        if service.metadata.labels.as_ref().is_some_and(|labels| labels.contains_key(OTHER_PROXY)) {
            continue;
        }
        let slices = by_service.get(&(namespace.as_str(), name.as_str())).map_or(&[][..], Vec::as_slice);
        add_service(node, service, &format!("{namespace}/{name}"), slices, &mut ports);
    }
    ports.sort_by(|one, other| one.name.cmp(&other.name));
    ports
}

fn add_service(node: &str, service: &Service, name: &str, slices: &[&EndpointSlice], ports: &mut Vec<ServicePort>) {
    let Some(spec) = &service.spec else { return };
    let parse = |texts: &mut dyn Iterator<Item = &String>| -> Vec<Ipv4Addr> {
        texts.filter_map(|text| text.parse().ok()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let cluster_addresses = parse(&mut spec.cluster_ips.iter().flatten().chain(&spec.cluster_ip));
    // Headless ("None") and ExternalName Services have none, and are for the DNS alone.
    if cluster_addresses.is_empty() || spec.type_.as_deref() == Some("ExternalName") {
        return;
    }
    let ingress = service.status.iter().flat_map(|status| &status.load_balancer).flat_map(|balancer| &balancer.ingress);
    let through_us = ingress.flatten().filter(|ingress| ingress.ip_mode.as_deref() != Some("Proxy"));
    let balancers: Vec<_> = through_us.filter_map(|ingress| ingress.ip.as_ref()).collect();
    let external_addresses = parse(&mut spec.external_ips.iter().flatten().chain(balancers));
    let internal_local = spec.internal_traffic_policy.as_deref() == Some("Local");
    let external_local = spec.external_traffic_policy.as_deref() == Some("Local");
    let affinity_seconds = (spec.session_affinity.as_deref() == Some("ClientIP")).then(|| {
        let config = spec.session_affinity_config.as_ref().and_then(|config| config.client_ip.as_ref());
        config.and_then(|config| config.timeout_seconds).map_or(DEFAULT_AFFINITY_SECONDS, |seconds| seconds as u32)
    });
    for port in spec.ports.iter().flatten() {
        let protocol = match port.protocol.as_deref() {
            None | Some("TCP") => "tcp",
            Some("UDP") => "udp",
            Some("SCTP") => "sctp",
            Some(_) => continue,
        };
        let everywhere = backends(slices, port, protocol, |_| true);
        let here = || backends(slices, port, protocol, |endpoint| endpoint.node_name.as_deref() == Some(node));
        ports.push(ServicePort {
            name: format!("{name}/{protocol}/{}", port.name.as_deref().unwrap_or_default()),
            protocol,
            port: port.port as u16,
            cluster_addresses: cluster_addresses.clone(),
            external_addresses: external_addresses.clone(),
            node_port: port.node_port.filter(|port| *port != 0).map(|port| port as u16),
            external: if external_local { here() } else { everywhere.clone() },
            internal: if internal_local { here() } else { everywhere },
            keeps_client_address: external_local,
            drops_internal: internal_local,
            affinity_seconds,
        });
    }
}

/// The backends of one port among the endpoints that are wanted. While none is ready, those that still serve although they terminate are
/// used (Kubernetes, "Virtual IPs and Service Proxies: Traffic to terminating endpoints").
fn backends(
    slices: &[&EndpointSlice],
    port: &ApiPort,
    protocol: &str,
    wanted: impl Fn(&Endpoint) -> bool,
) -> Vec<Backend> {
    let (mut ready, mut terminating) = (BTreeSet::new(), BTreeSet::new());
    for slice in slices {
        let matches = slice.ports.iter().flatten().find(|candidate| {
            candidate.name.as_deref().unwrap_or_default() == port.name.as_deref().unwrap_or_default()
                && candidate.protocol.as_deref().unwrap_or("TCP").eq_ignore_ascii_case(protocol)
        });
        let Some(number) = matches.and_then(|port| port.port) else { continue };
        for endpoint in slice.endpoints.iter().flatten().filter(|endpoint| wanted(endpoint)) {
            let Some(address) = endpoint.addresses.first().and_then(|text| text.parse().ok()) else { continue };
            let backend = Backend { address, port: number as u16 };
            let conditions = endpoint.conditions.as_ref();
            let is = |condition: Option<bool>, default| condition.unwrap_or(default);
            if is(conditions.and_then(|conditions| conditions.ready), true) {
                ready.insert(backend);
            } else if is(conditions.and_then(|conditions| conditions.serving), false)
                && is(conditions.and_then(|conditions| conditions.terminating), false)
            {
                terminating.insert(backend);
            }
        }
    }
    let chosen = if ready.is_empty() { terminating } else { ready };
    chosen.into_iter().collect()
}
