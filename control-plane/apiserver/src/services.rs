//! Addresses and ports of Services, kept in the same transaction as the Service, so that none is ever held twice or lost.
//!
//! An address is held by its `networking.k8s.io` IPAddress object, as upstream does since 1.33; a node port by a key of
//! its own.

use std::net::Ipv4Addr;

use bytes::Bytes;
use reks_kinds::{FieldError, Reason};
use reks_store::{Compare, Op, Operator, Target};
use serde_json::{Value, json};

use crate::registry::Along;
use crate::server::Server;
use crate::status::{Result, Status};
use crate::stored;

/// Ports of nodes that Services may have, as upstream's default.
const NODE_PORTS: std::ops::RangeInclusive<u16> = 30_000..=32_767;
/// Random picks before the range is searched in order.
const RANDOM_PICKS: usize = 16;
const ADDRESSES: &str = "/registry/networking.k8s.io/ipaddresses/";
const PORTS: &str = "/registry/ranges/servicenodeports/";

/// The addresses of Services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The first address of the network.
    pub base: Ipv4Addr,
    /// Its prefix length, 12 to 29.
    pub prefix: u8,
}

impl Network {
    /// Reads `10.100.0.0/16`.
    #[must_use]
    pub fn parse(cidr: &str) -> Option<Self> {
        let (base, prefix) = cidr.split_once('/')?;
        let (base, prefix) = (base.parse().ok()?, prefix.parse().ok()?);
        (12..=29).contains(&prefix).then_some(Self { base, prefix })
    }

    /// How many addresses it has.
    #[must_use]
    pub fn size(&self) -> u32 {
        1 << (32 - self.prefix)
    }

    /// The address at an offset.
    #[must_use]
    pub fn at(&self, offset: u32) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.base) + offset)
    }

    /// Whether an address can be a Service's: inside, and neither the first nor the last.
    #[must_use]
    pub fn holds(&self, address: Ipv4Addr) -> bool {
        let offset = u32::from(address).wrapping_sub(u32::from(self.base));
        (1..self.size() - 1).contains(&offset)
    }
}

/// Gives a Service the addresses and ports that it needs and does not have, and takes back what it no longer needs.
///
/// # Errors
/// `Invalid` for an address or port that is taken or outside its range.
pub fn allocate(server: &Server, network: &Network, new: &mut Value, old: Option<&Value>) -> Result<Along> {
    if crate::registry::is_finished(new) {
        // The last finalizer goes, and the Service with it.
        return Ok(old.map(release).unwrap_or_default());
    }
    let mut allocation = Allocation { server, network, along: Along::default(), errors: Vec::new() };
    allocation.address(new, old)?;
    allocation.ports(new, old)?;
    if allocation.errors.is_empty() {
        return Ok(allocation.along);
    }
    let name = new["metadata"]["name"].as_str().unwrap_or_default();
    match server.catalog.get("", "v1", "services") {
        Some(services) => Err(Status::invalid(services.kind, name, &allocation.errors)),
        None => Err(Status::no_such_path()),
    }
}

/// What is to be given back when a Service goes.
#[must_use]
pub fn release(old: &Value) -> Along {
    let addresses = cluster_ip(old).map(address_key);
    let ports = node_ports(old).into_iter().map(port_key);
    let ops = addresses.into_iter().chain(ports).map(|key| Op::Delete { key }).collect();
    Along { compares: Vec::new(), ops }
}

struct Allocation<'a> {
    server: &'a Server,
    network: &'a Network,
    along: Along,
    errors: Vec<FieldError>,
}

impl Allocation<'_> {
    fn address(&mut self, new: &mut Value, old: Option<&Value>) -> Result<()> {
        let had = old.and_then(cluster_ip);
        if new["spec"]["type"] == "ExternalName" {
            if let Some(address) = had {
                self.give_back(address_key(address));
            }
            if let Some(spec) = new["spec"].as_object_mut() {
                spec.remove("clusterIP");
                spec.remove("clusterIPs");
            }
            return Ok(());
        }
        let asked = new["spec"]["clusterIP"].as_str().unwrap_or_default().to_owned();
        let first = new["spec"]["clusterIPs"][0].as_str().unwrap_or_default().to_owned();
        let asked = if asked.is_empty() { first } else { asked };
        let address = match asked.as_str() {
            "None" => {
                new["spec"]["clusterIP"] = "None".into();
                new["spec"]["clusterIPs"] = json!(["None"]);
                families(new);
                return Ok(());
            }
            // An update that leaves the address out keeps it.
            "" => match had {
                Some(address) => address,
                None => self.pick_address()?,
            },
            text => match text.parse::<Ipv4Addr>() {
                Ok(address) if self.network.holds(address) => address,
                _ => {
                    let why = "failed to allocate IP ".to_owned()
                        + text
                        + ": the provided IP is not in the valid range. The range of valid IPs is "
                        + &format!("{}/{}", self.network.base, self.network.prefix);
                    self.invalid("spec.clusterIPs", &format!("Invalid value: [\"{text}\"]: {why}"));
                    return Ok(());
                }
            },
        };
        if had != Some(address) {
            if self.held(&address_key(address))? {
                let why = format!("failed to allocate IP {address}: provided IP is already allocated");
                self.invalid("spec.clusterIPs", &format!("Invalid value: [\"{address}\"]: {why}"));
                return Ok(());
            }
            let object = address_object(self.server, address, new)?;
            self.take(address_key(address), object);
            if let Some(had) = had {
                self.give_back(address_key(had));
            }
        }
        new["spec"]["clusterIP"] = address.to_string().into();
        new["spec"]["clusterIPs"] = json!([address.to_string()]);
        families(new);
        Ok(())
    }

    /// A free address: random in the upper part of the network, where people choose none by hand, then anywhere.
    fn pick_address(&mut self) -> Result<Ipv4Addr> {
        let size = self.network.size();
        // Upstream keeps min(max(16, size/16), 256) addresses for people who choose them by hand.
        let reserved = (size / 16).clamp(16, 256).min(size / 2);
        let picks = (0..RANDOM_PICKS).map(|_| reserved + self.random() % (size - 1 - reserved));
        let picks: Vec<u32> = picks.chain(reserved..size - 1).chain(1..reserved).collect();
        for offset in picks {
            let address = self.network.at(offset);
            if !self.held(&address_key(address))? {
                return Ok(address);
            }
        }
        Err(Status::internal("failed to allocate a serviceIP: range is full"))
    }

    fn ports(&mut self, new: &mut Value, old: Option<&Value>) -> Result<()> {
        let had = old.map(node_ports).unwrap_or_default();
        let needs = matches!(new["spec"]["type"].as_str(), Some("NodePort" | "LoadBalancer"))
            && new["spec"]["allocateLoadBalancerNodePorts"] != false;
        let mut kept = Vec::new();
        let count = new["spec"]["ports"].as_array().map_or(0, Vec::len);
        for index in 0..count {
            let asked = new["spec"]["ports"][index]["nodePort"].as_u64().unwrap_or(0);
            if !needs && asked == 0 {
                continue;
            }
            if !needs && new["spec"]["type"] == "ClusterIP" {
                // A Service that is no longer on nodes' ports gives them back.
                if let Some(port) = new["spec"]["ports"][index].as_object_mut() {
                    port.remove("nodePort");
                }
                continue;
            }
            let port = match u16::try_from(asked) {
                Ok(0) => self.kept_or_new_port(new, old, index, &kept)?,
                Ok(port) if NODE_PORTS.contains(&port) => port,
                _ => {
                    let why = "provided port is not in the valid range. The range of valid ports is 30000-32767";
                    self.invalid(&format!("spec.ports[{index}].nodePort"), &format!("Invalid value: {asked}: {why}"));
                    continue;
                }
            };
            if !kept.contains(&port) && !had.contains(&port) {
                if self.held(&port_key(port))? {
                    self.invalid(
                        &format!("spec.ports[{index}].nodePort"),
                        &format!("Invalid value: {port}: provided port is already allocated"),
                    );
                    continue;
                }
                let owner = format!("{}/{}", text(new, "namespace"), text(new, "name"));
                self.take(port_key(port), owner.into_bytes().into());
            }
            kept.push(port);
            new["spec"]["ports"][index]["nodePort"] = port.into();
        }
        for port in had.into_iter().filter(|port| !kept.contains(port)) {
            self.give_back(port_key(port));
        }
        Ok(())
    }

    /// The node port that the same port of the Service had, or a free one.
    fn kept_or_new_port(&mut self, new: &Value, old: Option<&Value>, index: usize, kept: &[u16]) -> Result<u16> {
        let port = &new["spec"]["ports"][index];
        let same = |other: &&Value| {
            other["name"] == port["name"] && other["port"] == port["port"] && other["protocol"] == port["protocol"]
        };
        let before = old.and_then(|old| old["spec"]["ports"].as_array()?.iter().find(same)?["nodePort"].as_u64());
        if let Some(before) = before.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0) {
            return Ok(before);
        }
        let (first, last) = (*NODE_PORTS.start(), *NODE_PORTS.end());
        let span = u32::from(last - first) + 1;
        let offset = self.random() % span;
        for step in 0..span {
            let candidate = u32::from(first) + (offset + step) % span;
            let Ok(candidate) = u16::try_from(candidate) else { continue };
            if !kept.contains(&candidate) && !self.held(&port_key(candidate))? {
                return Ok(candidate);
            }
        }
        Err(Status::internal("failed to allocate a nodePort: range is full"))
    }

    fn held(&self, key: &Bytes) -> Result<bool> {
        Ok(self.server.registry.store.get(key)?.is_some())
    }

    fn take(&mut self, key: Bytes, value: Bytes) {
        self.along.compares.push(Compare { key: key.clone(), operator: Operator::Equal, target: Target::Version(0) });
        self.along.ops.push(Op::Put { key, value });
    }

    fn give_back(&mut self, key: Bytes) {
        self.along.ops.push(Op::Delete { key });
    }

    fn invalid(&mut self, field: &str, message: &str) {
        self.errors.push(FieldError { field: field.to_owned(), reason: Reason::Invalid, message: message.to_owned() });
    }

    fn random(&self) -> u32 {
        // The last 64 bits of a random UUID are random but for the variant.
        let (_, low) = (self.server.registry.environment.uuid)().as_u64_pair();
        u32::try_from(low & u64::from(u32::MAX)).unwrap_or(0)
    }
}

fn families(new: &mut Value) {
    let spec = &mut new["spec"];
    if spec["ipFamilies"].is_null() {
        spec["ipFamilies"] = json!(["IPv4"]);
    }
    if spec["ipFamilyPolicy"].is_null() {
        spec["ipFamilyPolicy"] = "SingleStack".into();
    }
}

fn address_object(server: &Server, address: Ipv4Addr, service: &Value) -> Result<Bytes> {
    let environment = server.registry.environment;
    stored::encode(json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress",
        "metadata": {
            "name": address.to_string(), "uid": (environment.uuid)().to_string(),
            "creationTimestamp": environment.timestamp(),
            "labels": {
                "ipaddress.kubernetes.io/ip-family": "IPv4",
                "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
            },
        },
        "spec": {"parentRef": {
            "group": "", "resource": "services",
            "namespace": text(service, "namespace"), "name": text(service, "name"),
        }},
    }))
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object["metadata"][field].as_str().unwrap_or_default()
}

fn cluster_ip(service: &Value) -> Option<Ipv4Addr> {
    service["spec"]["clusterIP"].as_str()?.parse().ok()
}

fn node_ports(service: &Value) -> Vec<u16> {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    ports.filter_map(|port| u16::try_from(port["nodePort"].as_u64()?).ok()).filter(|port| *port > 0).collect()
}

fn address_key(address: Ipv4Addr) -> Bytes {
    format!("{ADDRESSES}{address}").into_bytes().into()
}

fn port_key(port: u16) -> Bytes {
    format!("{PORTS}{port}").into_bytes().into()
}
