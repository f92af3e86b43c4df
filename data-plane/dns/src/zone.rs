use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};

/// The label that names a slice's Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// An address (A, AAAA).
    Address(IpAddr),
    /// A port on another name (SRV).
    Service {
        /// The port.
        port: u16,
        /// The other name.
        target: String,
    },
    /// Another name for it (CNAME).
    Alias(String),
    /// The name of an address (PTR).
    Pointer(String),
    /// A text (TXT).
    Text(String),
}

/// All names of the cluster at one moment. Names are in lower case, without the last dot.
#[derive(Debug, Clone, Default)]
pub struct Zone {
    domain: String,
    values: HashMap<String, Vec<Value>>,
    /// Names that have nothing but longer names: they exist, so asking for them is no error (RFC 8020).
    between: HashSet<String>,
}

impl Zone {
    /// The names that Services and EndpointSlices give, under this domain, such as `cluster.local`.
    pub fn new<'a>(
        domain: &str,
        services: impl IntoIterator<Item = &'a Service>,
        slices: impl IntoIterator<Item = &'a EndpointSlice>,
    ) -> Self {
        let mut zone = Self { domain: domain.to_lowercase(), ..Self::default() };
        zone.add(format!("dns-version.{domain}"), Value::Text("1.1.0".into()));
        let mut by_service: HashMap<(&str, &str), Vec<&EndpointSlice>> = HashMap::new();
        for slice in slices {
            let service = slice.metadata.labels.as_ref().and_then(|labels| labels.get(SERVICE_NAME));
            if let (Some(namespace), Some(service)) = (&slice.metadata.namespace, service) {
                by_service.entry((namespace, service)).or_default().push(slice);
            }
        }
        for service in services {
            let (Some(namespace), Some(name)) = (&service.metadata.namespace, &service.metadata.name) else { continue };
            let slices = by_service.get(&(namespace.as_str(), name.as_str())).map_or(&[][..], Vec::as_slice);
            zone.add_service(&format!("{name}.{namespace}.svc.{}", zone.domain), service, slices);
        }
        zone
    }

    /// What the name stands for: `None` if there is no such name, and nothing if the name exists but stands for nothing.
    #[must_use]
    pub fn look_up(&self, name: &str) -> Option<Vec<Value>> {
        if let Some(values) = self.values.get(name) {
            return Some(values.clone());
        }
        if let Some(address) = self.pod_address(name) {
            return Some(vec![Value::Address(address)]);
        }
        (name == self.domain || self.between.contains(name)).then(Vec::new)
    }

    /// Whether the name is this zone's to answer: it is of the domain, or it is the reverse name of an address that the cluster knows.
    #[must_use]
    pub fn owns(&self, name: &str) -> bool {
        let under = name.strip_suffix(&self.domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        under || (name.ends_with(".arpa") && self.values.contains_key(name))
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The address in a pod's name, such as `10-0-1-17.default.pod.cluster.local`; whether there is such a pod is not asked.
    fn pod_address(&self, name: &str) -> Option<IpAddr> {
        let rest = name.strip_suffix(&self.domain)?.strip_suffix(".pod.")?;
        let (address, namespace) = rest.split_once('.')?;
        if namespace.is_empty() || namespace.contains('.') {
            return None;
        }
        let v4 = address.replace('-', ".").parse::<Ipv4Addr>().map(IpAddr::V4);
        v4.or_else(|_| address.replace('-', ":").parse()).ok()
    }

    fn add(&mut self, name: String, value: Value) {
        let name = name.to_lowercase();
        if !self.values.contains_key(&name) {
            let mut rest = name.as_str();
            while let Some((_, parent)) = rest.split_once('.') {
                if !parent.ends_with(&self.domain) || !self.between.insert(parent.into()) {
                    break;
                }
                rest = parent;
            }
        }
        let values = self.values.entry(name).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
    }

    fn add_service(&mut self, name: &str, service: &Service, slices: &[&EndpointSlice]) {
        let Some(spec) = &service.spec else { return };
        if spec.type_.as_deref() == Some("ExternalName") {
            let target = spec.external_name.clone().unwrap_or_default();
            return self.add(name.into(), Value::Alias(target.trim_end_matches('.').to_lowercase()));
        }
        let mut addresses: Vec<IpAddr> =
            spec.cluster_ips.iter().flatten().chain(&spec.cluster_ip).filter_map(|text| text.parse().ok()).collect();
        addresses.dedup();
        if spec.cluster_ip.as_deref() == Some("None") {
            return self.add_headless(name, slices);
        }
        for address in &addresses {
            self.add(name.into(), Value::Address(*address));
            self.add(reverse_name(*address), Value::Pointer(name.into()));
        }
        for port in spec.ports.iter().flatten().filter(|_| !addresses.is_empty()) {
            let Some(port_name) = &port.name else { continue };
            let protocol = port.protocol.as_deref().unwrap_or("TCP").to_lowercase();
            let value = Value::Service { port: port.port as u16, target: name.into() };
            self.add(format!("_{port_name}._{protocol}.{name}"), value);
        }
    }

    /// A headless Service's name stands for its endpoints, each of which has a name below it.
    fn add_headless(&mut self, name: &str, slices: &[&EndpointSlice]) {
        for slice in slices {
            let ready = |endpoint: &&Endpoint| {
                endpoint.conditions.as_ref().and_then(|conditions| conditions.ready).unwrap_or(true)
            };
            for endpoint in slice.endpoints.iter().flatten().filter(ready) {
                for address in endpoint.addresses.iter().filter_map(|text| text.parse::<IpAddr>().ok()) {
                    let label = endpoint.hostname.clone().filter(|hostname| !hostname.is_empty());
                    let label = label.unwrap_or_else(|| address.to_string().replace(['.', ':'], "-"));
                    let own = format!("{label}.{name}");
                    self.add(name.into(), Value::Address(address));
                    self.add(own.clone(), Value::Address(address));
                    self.add(reverse_name(address), Value::Pointer(own.clone()));
                    for port in slice.ports.iter().flatten() {
                        let (Some(port_name), Some(number)) = (&port.name, port.port) else { continue };
                        if port_name.is_empty() {
                            continue;
                        }
                        let protocol = port.protocol.as_deref().unwrap_or("TCP").to_lowercase();
                        let value = Value::Service { port: number as u16, target: own.clone() };
                        self.add(format!("_{port_name}._{protocol}.{name}"), value);
                    }
                }
            }
        }
    }
}

/// The name that stands for an address's name (RFC 1035 section 3.5, RFC 3596 section 2.5).
fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let nibbles: String =
                address.octets().iter().rev().map(|octet| format!("{:x}.{:x}.", octet & 15, octet >> 4)).collect();
            format!("{nibbles}ip6.arpa")
        }
    }
}
