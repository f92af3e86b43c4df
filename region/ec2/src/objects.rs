//! The objects: VPCs and what is in them.

use std::collections::BTreeMap;

use kube::CustomResource;
use reks_kinds::{Kind, NameRule, Subresource};
use serde::{Deserialize, Serialize};

/// The API group.
pub const GROUP: &str = "ec2.reks.dev";

/// The rows of the kinds, for the region's API server.
#[must_use]
pub fn kinds() -> &'static [&'static Kind] {
    const fn kind(kind: &'static str, plural: &'static str, singular: &'static str) -> Kind {
        Kind {
            name_rule: NameRule::PathSegment,
            subresources: &[Subresource::Status],
            ..Kind::new(GROUP, "v1", kind, plural, singular, true)
        }
    }
    static KINDS: [Kind; 7] = [
        kind("Vpc", "vpcs", "vpc"),
        kind("Subnet", "subnets", "subnet"),
        kind("InternetGateway", "internetgateways", "internetgateway"),
        kind("RouteTable", "routetables", "routetable"),
        kind("SecurityGroup", "securitygroups", "securitygroup"),
        kind("NetworkInterface", "networkinterfaces", "networkinterface"),
        kind("Instance", "instances", "instance"),
    ];
    static ROWS: [&Kind; 7] = [&KINDS[0], &KINDS[1], &KINDS[2], &KINDS[3], &KINDS[4], &KINDS[5], &KINDS[6]];
    &ROWS
}

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// A virtual private cloud, by its `vpc-…`.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(group = "ec2.reks.dev", version = "v1", kind = "Vpc", namespaced, schema = "disabled")]
#[serde(rename_all = "camelCase", default)]
pub struct VpcSpec {
    /// Its network.
    pub cidr: String,
    /// Whether its resolver answers.
    pub dns_support: bool,
    /// Whether instances get names.
    pub dns_hostnames: bool,
    /// Tags.
    pub tags: Tags,
}

/// A subnet, by its `subnet-…`.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(group = "ec2.reks.dev", version = "v1", kind = "Subnet", namespaced, schema = "disabled")]
#[serde(rename_all = "camelCase", default)]
pub struct SubnetSpec {
    /// The VPC that it is in.
    pub vpc: String,
    /// Its network.
    pub cidr: String,
    /// Its availability zone.
    pub zone: String,
    /// Whether instances get public addresses.
    pub map_public_ip: bool,
    /// Tags.
    pub tags: Tags,
}

/// An internet gateway, by its `igw-…`.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(group = "ec2.reks.dev", version = "v1", kind = "InternetGateway", namespaced, schema = "disabled")]
#[serde(rename_all = "camelCase", default)]
pub struct InternetGatewaySpec {
    /// The VPC that it is attached to.
    pub vpc: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// One route of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Route {
    /// Where to.
    pub destination: String,
    /// Through what: `local`, or an `igw-…`.
    pub target: String,
}

/// A subnet that a table is for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Association {
    /// `rtbassoc-…`.
    pub id: String,
    /// The subnet; none for the main association, which is for every subnet that has no other.
    pub subnet: Option<String>,
}

/// A route table, by its `rtb-…`.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(group = "ec2.reks.dev", version = "v1", kind = "RouteTable", namespaced, schema = "disabled")]
#[serde(rename_all = "camelCase", default)]
pub struct RouteTableSpec {
    /// The VPC that it is of.
    pub vpc: String,
    /// Its routes, the local one first.
    pub routes: Vec<Route>,
    /// What it is for.
    pub associations: Vec<Association>,
    /// Tags.
    pub tags: Tags,
}

/// One rule of a security group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// `sgr-…`.
    pub id: String,
    /// Whether it is about what leaves.
    pub egress: bool,
    /// `-1` for all, `tcp`, `udp`, `icmp` or a number.
    pub protocol: String,
    /// The first port, or ICMP's type; none for all.
    pub from_port: Option<i32>,
    /// The last port, or ICMP's code.
    pub to_port: Option<i32>,
    /// Who: a network.
    pub cidr: Option<String>,
    /// Who: the members of a group.
    pub group: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

/// A security group, by its `sg-…`.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(group = "ec2.reks.dev", version = "v1", kind = "SecurityGroup", namespaced, schema = "disabled")]
#[serde(rename_all = "camelCase", default)]
pub struct SecurityGroupSpec {
    /// The VPC that it is of.
    pub vpc: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Tags.
    pub tags: Tags,
}

/// A network interface, by its `eni-…`.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(group = "ec2.reks.dev", version = "v1", kind = "NetworkInterface", namespaced, schema = "disabled")]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkInterfaceSpec {
    /// The VPC that it is in.
    pub vpc: String,
    /// The subnet that its address is of.
    pub subnet: String,
    /// Its address.
    pub address: String,
    /// Its hardware address.
    pub mac: String,
    /// The security groups that it is a member of.
    pub groups: Vec<String>,
    /// What it is for.
    pub description: String,
    /// The service that made it, if a service did.
    pub requester: Option<String>,
    /// What it is attached to: an `i-…`, or `eks:` and the unique id of a control plane.
    pub attached_to: Option<String>,
    /// Which of the interfaces of what it is attached to.
    pub device_index: u32,
    /// Networks of the subnet that are its own too, out of which pods get addresses.
    pub prefixes: Vec<String>,
    /// Tags.
    pub tags: Tags,
}

/// An instance, by its `i-…`.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "ec2.reks.dev",
    version = "v1",
    kind = "Instance",
    namespaced,
    status = "InstanceStatus",
    schema = "disabled"
)]
#[serde(rename_all = "camelCase", default)]
pub struct InstanceSpec {
    /// Its type, such as `t3.medium`.
    pub instance_type: String,
    /// Its name in the VPC, such as `ip-10-0-1-23.us-east-1.compute.internal`.
    pub private_dns_name: String,
    /// What it finds as its user data.
    pub user_data: String,
    /// Whether it is to be terminated.
    pub terminated: bool,
    /// Tags.
    pub tags: Tags,
}

/// How an instance is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InstanceStatus {
    /// `pending`, `running`, `shutting-down` or `terminated`; empty is `pending`.
    pub state: String,
}
