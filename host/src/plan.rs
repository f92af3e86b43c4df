//! From the region's objects to what this machine holds: a pure function.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kube::ResourceExt as _;
use reks_ec2::objects as ec2;
use reks_hostnet::{Cidr, Namespaces};

use crate::cgroup::Limits;
use crate::vpc::{Attachment, Interface, Permission, SecurityGroup, Subnet, Target, Vpc};

/// Processors and memory by instance type (Amazon EC2, "Instance types"): thousandths of a processor, and GiB.
const INSTANCE_TYPES: &[(&str, u64, u64)] = &[
    ("t3.nano", 2000, 1),
    ("t3.micro", 2000, 1),
    ("t3.small", 2000, 2),
    ("t3.medium", 2000, 4),
    ("t3.large", 2000, 8),
    ("t3.xlarge", 4000, 16),
    ("m5.large", 2000, 8),
    ("m5.xlarge", 4000, 16),
    ("m6i.large", 2000, 8),
    ("c5.large", 2000, 4),
];

/// All objects that are read.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    pub vpcs: Vec<Arc<ec2::Vpc>>,
    pub subnets: Vec<Arc<ec2::Subnet>>,
    pub route_tables: Vec<Arc<ec2::RouteTable>>,
    pub gateways: Vec<Arc<ec2::InternetGateway>>,
    pub groups: Vec<Arc<ec2::SecurityGroup>>,
    pub interfaces: Vec<Arc<ec2::NetworkInterface>>,
    pub instances: Vec<Arc<ec2::Instance>>,
}

/// Whether an instance is to run.
pub(crate) fn runs(instance: &ec2::Instance) -> bool {
    !instance.spec.terminated && instance.metadata.deletion_timestamp.is_none()
}

/// What an instance may use of the host; one of a type that is not known is not limited.
pub(crate) fn limits(instance: &ec2::Instance) -> Limits {
    let row = INSTANCE_TYPES.iter().find(|(name, ..)| *name == instance.spec.instance_type);
    row.map_or_else(Limits::default, |(_, cpu, memory)| Limits {
        cpu_milli: Some(*cpu),
        memory_bytes: Some(memory << 30),
    })
}

/// The VPCs with all that is in them, sorted by id.
pub(crate) fn vpcs(objects: &Objects, namespaces: &Namespaces) -> Vec<Vpc> {
    let mut vpcs: BTreeMap<String, Vpc> = BTreeMap::new();
    for vpc in &objects.vpcs {
        let cidrs: Vec<Cidr> = vpc.spec.cidr.parse().into_iter().collect();
        vpcs.insert(vpc.name_any(), Vpc { id: vpc.name_any(), cidrs, ..Vpc::default() });
    }
    let mut slots = BTreeSet::new();
    for vpc in vpcs.values_mut() {
        vpc.uplink = has_gateway(objects, &vpc.id).then(|| free_slot(&vpc.id, &mut slots));
    }
    for subnet in &objects.subnets {
        let (Some(vpc), Ok(cidr)) = (vpcs.get_mut(&subnet.spec.vpc), subnet.spec.cidr.parse()) else { continue };
        let (route_table, routes) = routes_of(objects, &subnet.spec.vpc, &subnet.name_any());
        vpc.subnets.insert(subnet.name_any(), Subnet { cidr, route_table, routes });
    }
    for group in &objects.groups {
        let Some(vpc) = vpcs.get_mut(&group.spec.vpc) else { continue };
        let of = |egress| group.spec.rules.iter().filter(move |rule| rule.egress == egress).map(permission).collect();
        vpc.groups.insert(group.name_any(), SecurityGroup { ingress: of(false), egress: of(true) });
    }
    for interface in &objects.interfaces {
        let spec = &interface.spec;
        let Some(vpc) = vpcs.get_mut(&spec.vpc) else { continue };
        vpc.interfaces.insert(
            interface.name_any(),
            Interface {
                subnet: spec.subnet.clone(),
                addresses: spec.address.parse().into_iter().collect(),
                mac: mac(&spec.mac),
                prefixes: spec.prefixes.iter().filter_map(|prefix| prefix.parse().ok()).collect(),
                groups: spec.groups.clone(),
                attachment: attachment(objects, interface, namespaces),
                source_check: true,
            },
        );
    }
    vpcs.into_values().collect()
}

fn has_gateway(objects: &Objects, vpc: &str) -> bool {
    objects.gateways.iter().any(|gateway| gateway.spec.vpc.as_deref() == Some(vpc))
}

/// A pair of addresses for a way out: by the id, so that it stays the same whatever other VPCs come and go; the next one if that is taken.
fn free_slot(id: &str, taken: &mut BTreeSet<u32>) -> u32 {
    let first = id.bytes().fold(17u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) & 0xffff;
    let slot = (0..=0xffff).map(|step| (first + step) & 0xffff).find(|slot| !taken.contains(slot)).unwrap_or(first);
    taken.insert(slot);
    slot
}

/// The route table that counts for a subnet: its own, or else the VPC's main one.
fn routes_of(objects: &Objects, vpc: &str, subnet: &str) -> (String, Vec<(Cidr, Target)>) {
    let with = |wanted: Option<&str>| {
        objects
            .route_tables
            .iter()
            .filter(|table| table.spec.vpc == vpc)
            .find(|table| table.spec.associations.iter().any(|association| association.subnet.as_deref() == wanted))
    };
    let Some(table) = with(Some(subnet)).or_else(|| with(None)) else { return (format!("main-{vpc}"), Vec::new()) };
    let route = |route: &ec2::Route| {
        let destination = route.destination.parse().ok()?;
        let known = |target: &str| objects.gateways.iter().any(|gateway| gateway.name_any() == target);
        match route.target.as_str() {
            "local" => None,
            target if known(target) => Some((destination, Target::InternetGateway)),
            _ => Some((destination, Target::Blackhole)),
        }
    };
    (table.name_any(), table.spec.routes.iter().filter_map(route).collect())
}

fn permission(rule: &ec2::Rule) -> Permission {
    Permission {
        protocol: rule.protocol.clone(),
        ports: rule.from_port.zip(rule.to_port),
        cidrs: rule.cidr.iter().filter_map(|cidr| cidr.parse().ok()).collect(),
        groups: rule.group.iter().cloned().collect(),
    }
}

/// A hardware address as EC2 writes it: six pairs of hexadecimal digits between colons.
fn mac(text: &str) -> Option<[u8; 6]> {
    let octets: Option<Vec<u8>> = text.split(':').map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
    octets?.try_into().ok()
}

/// The namespace of what the interface is attached to, if that is to run here.
fn attachment(objects: &Objects, interface: &ec2::NetworkInterface, namespaces: &Namespaces) -> Option<Attachment> {
    let owner = interface.spec.attached_to.as_deref()?;
    let name = match owner.strip_prefix("eks:") {
        // Made by whoever runs the control plane; until then there is nothing to attach to.
        Some(plane) => matches!(namespaces.open(plane), Ok(Some(_))).then_some(plane)?,
        None => {
            objects.instances.iter().any(|instance| instance.name_any() == owner && runs(instance)).then_some(owner)?
        }
    };
    Some(Attachment { namespace: namespaces.path(name), device_index: interface.spec.device_index })
}
