//! A VPC as one router: a pure function from what the VPC has to what its router's namespace holds.
//!
//! There is no bridge and no subnet on any link. Each interface has a veth pair and a route of one address; the router answers ARP for everybody,
//! so neighbours of a subnet reach each other through it, and every packet passes the filters. What AWS's "implied router" does is done by
//! routing rules: packets that come from a subnet's interface look into the subnet's route table, whose `local` route is a `throw` to the main
//! table with all interfaces.
//!
//! At link-local addresses, in every subnet alike, there is what AWS has there: [`REGION_ADDRESS`] leads to the region's own endpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::PathBuf;

use reks_hostnet::{Address, Chain, Cidr, Family, Link, LinkKind, Owner, Route, RouteKind, Rule, Table, Wanted};

/// The owner of everything in a router.
const OWNER: Owner = Owner { prefix: "rk", protocol: 0x52 };

/// The owner of the interfaces inside of a machine. Pods' links there have other names.
const MACHINE: Owner = Owner { prefix: "eth", protocol: 0x52 };

/// The address at which the region's endpoints are found in every VPC.
pub const REGION_ADDRESS: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 250);

/// The address of the VPC's resolver ("Amazon VPC, DNS attributes": 169.254.169.253, beside the network's base plus two).
pub const RESOLVER_ADDRESS: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 253);

/// Ethernet frames of a VPC carry up to 9001 bytes (Amazon EC2, "Network MTU").
const MTU: u32 = 9001;

/// The network out of which each router's way out gets two addresses: for benchmarks of network devices (RFC 2544), and so nobody's.
pub(crate) const UPLINKS: Cidr = Cidr { address: Ipv4Addr::new(198, 18, 0, 0), prefix: 15 };

/// A VPC with all that is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vpc {
    /// Its id.
    pub id: String,
    /// Its networks.
    pub cidrs: Vec<Cidr>,
    /// Its subnets by id.
    pub subnets: BTreeMap<String, Subnet>,
    /// Its security groups by id.
    pub groups: BTreeMap<String, SecurityGroup>,
    /// Its interfaces by id.
    pub interfaces: BTreeMap<String, Interface>,
    /// Its way out, if it has an internet gateway: which of the pairs of the table below is its own.
    pub uplink: Option<u32>,
}

/// A subnet, with the route table that counts for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// Its network.
    pub cidr: Cidr,
    /// The id of its route table.
    pub route_table: String,
    /// The table's routes beside the `local` ones.
    pub routes: Vec<(Cidr, Target)>,
}

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To the internet gateway.
    InternetGateway,
    /// Nowhere: its target was deleted.
    Blackhole,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecurityGroup {
    /// What may come in.
    pub ingress: Vec<Permission>,
    /// What may go out.
    pub egress: Vec<Permission>,
}

/// One permission of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// `tcp`, `udp`, `icmp`, a protocol's number, or `-1` for all.
    pub protocol: String,
    /// The ports from and to; all when absent. For ICMP: type and code.
    pub ports: Option<(i32, i32)>,
    /// The other side's networks.
    pub cidrs: Vec<Cidr>,
    /// The other side's groups.
    pub groups: Vec<String>,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The subnet's id.
    pub subnet: String,
    /// Its addresses, the primary one first.
    pub addresses: Vec<Ipv4Addr>,
    /// Its hardware address; the kernel chooses one when absent.
    pub mac: Option<[u8; 6]>,
    /// Its prefixes, out of which pods get addresses.
    pub prefixes: Vec<Cidr>,
    /// The ids of its groups.
    pub groups: Vec<String>,
    /// Where its other end is; a detached interface has none, and no link.
    pub attachment: Option<Attachment>,
    /// Whether packets of others are dropped that claim to come from it (`sourceDestCheck`).
    pub source_check: bool,
}

/// Where an interface's other end is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The namespace's file.
    pub namespace: PathBuf,
    /// Which of the machine's interfaces it is: `eth` and this number.
    pub device_index: u32,
}

impl Interface {
    fn sources(&self) -> String {
        let addresses = self.addresses.iter().map(ToString::to_string);
        addresses.chain(self.prefixes.iter().map(|prefix| prefix.network().to_string())).collect::<Vec<_>>().join(", ")
    }
}

/// The router's link to an interface: the prefix and the last twelve digits of the id.
#[must_use]
pub fn link_name(id: &str) -> String {
    format!("{}{}", OWNER.prefix, &id[id.len().saturating_sub(12)..])
}

/// The number of a route table in the kernel: out of the id, and beyond the kernel's own.
fn table_number(id: &str) -> u32 {
    let digits = &id[id.len().saturating_sub(7)..];
    1000 + u32::from_str_radix(digits, 16)
        .unwrap_or_else(|_| digits.bytes().fold(7, |sum, byte| sum * 31 % 9973 + u32::from(byte)))
}

/// The two addresses of a way out: the host's and the router's.
pub(crate) fn uplink_addresses(number: u32) -> (Ipv4Addr, Ipv4Addr) {
    (UPLINKS.nth(2 * number), UPLINKS.nth(2 * number + 1))
}

impl Vpc {
    /// What the router's namespace holds.
    #[must_use]
    pub fn router(&self) -> Wanted {
        let mut wanted = Wanted::of(OWNER);
        wanted.links.push(Link::existing("lo"));
        wanted.sysctl("net/ipv4/ip_forward", 1);
        let here = |address: Ipv4Addr| Address { link: "lo".into(), address: Cidr::host(address) };
        wanted.addresses.extend([REGION_ADDRESS, RESOLVER_ADDRESS].map(here));
        // The second address of each subnet is its gateway's, the third of the VPC its resolver's ("Subnet CIDR blocks").
        wanted.addresses.extend(self.subnets.values().map(|subnet| here(subnet.cidr.nth(1))));
        wanted.addresses.extend(self.cidrs.first().map(|cidr| here(cidr.nth(2))));
        wanted.addresses.sort();
        wanted.addresses.dedup();
        for cidr in &self.cidrs {
            wanted.routes.push(Route::dropping(Route::MAIN, cidr.network(), RouteKind::Blackhole));
        }
        if let Some(number) = self.uplink {
            let (_, router) = uplink_addresses(number);
            wanted.links.push(Link::existing("up0"));
            wanted.addresses.push(Address { link: "up0".into(), address: Cidr { address: router, prefix: 31 } });
        }
        for (id, interface) in &self.interfaces {
            self.add_interface(id, interface, &mut wanted);
        }
        self.add_route_tables(&mut wanted);
        wanted.tables.push(self.filters());
        wanted
    }

    fn add_interface(&self, id: &str, interface: &Interface, wanted: &mut Wanted) {
        let (Some(attachment), Some(subnet)) = (&interface.attachment, self.subnets.get(&interface.subnet)) else {
            return;
        };
        let link = link_name(id);
        let kind = LinkKind::Veth {
            peer: format!("eth{}", attachment.device_index),
            peer_namespace: attachment.namespace.clone(),
            peer_mac: interface.mac,
        };
        wanted.links.push(Link { name: link.clone(), kind, mtu: Some(MTU) });
        wanted.sysctl(format!("net/ipv4/conf/{link}/proxy_arp"), 1);
        wanted.sysctl(format!("net/ipv4/neigh/{link}/proxy_delay"), 0);
        let networks = interface.addresses.iter().map(|address| Cidr::host(*address));
        for network in networks.chain(interface.prefixes.iter().map(Cidr::network)) {
            wanted.routes.push(Route::on_link(Route::MAIN, network, &link));
        }
        let table = table_number(&subnet.route_table);
        wanted.rules.push(Rule { priority: 1000, input: Some(link), from: None, table });
    }

    fn add_route_tables(&self, wanted: &mut Wanted) {
        let mut done = BTreeSet::new();
        for subnet in self.subnets.values().filter(|subnet| done.insert(&subnet.route_table)) {
            let table = table_number(&subnet.route_table);
            for cidr in &self.cidrs {
                wanted.routes.push(Route::dropping(table, cidr.network(), RouteKind::Throw));
            }
            let mut everywhere = false;
            for (destination, target) in &subnet.routes {
                everywhere |= destination.prefix == 0;
                wanted.routes.push(match (target, self.uplink) {
                    (Target::InternetGateway, Some(number)) => {
                        Route::via(table, destination.network(), uplink_addresses(number).0, "up0")
                    }
                    _ => Route::dropping(table, destination.network(), RouteKind::Blackhole),
                });
            }
            if !everywhere {
                wanted.routes.push(Route::dropping(table, Cidr::ALL, RouteKind::Blackhole));
            }
        }
    }

    /// The security groups, and the check that nobody uses another's address. Packets leave one interface by the `egress` chain and enter another by
    /// `ingress`; an acceptance of the first ends only the first. Replies pass both, for groups are stateful.
    fn filters(&self) -> Table {
        let mut table = Table::new(Family::Inet, "rk-vpc");
        let mut sources = Chain::base("sources", "filter", "prerouting", -300);
        let mut egress = Chain::base("egress", "filter", "forward", -10);
        let mut ingress = Chain::base("ingress", "filter", "forward", 0);
        for chain in [&mut egress, &mut ingress] {
            chain.rules.push("ct state established,related accept".into());
            chain.rules.push("meta nfproto ipv6 drop".into());
        }
        // Behind the way out nobody knows the VPC's addresses.
        table.chains.push(Chain::base("nat", "nat", "postrouting", 100).rule("oifname \"up0\" masquerade"));
        let attached: Vec<_> = self.interfaces.iter().filter(|(_, interface)| interface.attachment.is_some()).collect();
        for (base, kind, key) in
            [(&mut sources, "source", "iifname"), (&mut egress, "from", "iifname"), (&mut ingress, "to", "oifname")]
        {
            let jumps: Vec<_> =
                attached.iter().map(|(id, _)| format!("\"{}\" : goto {kind}-{id}", link_name(id))).collect();
            if !jumps.is_empty() {
                base.rules.push(format!("{key} vmap {{ {} }}", jumps.join(", ")));
            }
        }
        table.chains.extend([sources, egress, ingress]);
        for (id, interface) in &attached {
            let mut source = Chain::new(format!("source-{id}"));
            if interface.source_check {
                source = source.rule(format!("meta nfproto ipv4 ip saddr != {{ {} }} drop", interface.sources()));
            }
            table.chains.push(source);
            for (kind, prefix) in [("from", "out"), ("to", "in")] {
                let mut chain = Chain::new(format!("{kind}-{id}"));
                for group in interface.groups.iter().filter(|group| self.groups.contains_key(*group)) {
                    chain.rules.push(format!("jump {prefix}-{group}"));
                }
                table.chains.push(chain.rule("drop"));
            }
        }
        for (id, group) in &self.groups {
            let members: Vec<_> = self.interfaces.values().filter(|interface| interface.groups.contains(id)).collect();
            let members: Vec<_> = members.iter().map(|interface| interface.sources()).collect();
            let elements = match members.as_slice() {
                [] => String::new(),
                members => format!(" elements = {{ {} }};", members.join(", ")),
            };
            table.sets.push(format!("set {id} {{ type ipv4_addr; flags interval; auto-merge;{elements} }}"));
            for (prefix, side, permissions) in [("in", "saddr", &group.ingress), ("out", "daddr", &group.egress)] {
                let mut chain = Chain::new(format!("{prefix}-{id}"));
                chain.rules.extend(permissions.iter().flat_map(|permission| self.rules(permission, side)));
                table.chains.push(chain);
            }
        }
        table
    }

    fn rules(&self, permission: &Permission, side: &str) -> Vec<String> {
        let what = match (permission.protocol.as_str(), permission.ports) {
            ("-1", _) => String::new(),
            (protocol @ ("tcp" | "udp"), Some((from, to))) if (from, to) != (-1, -1) => {
                format!("{protocol} dport {from}-{to} ")
            }
            ("6" | "17", Some((from, to))) if (from, to) != (-1, -1) => {
                format!("meta l4proto {} th dport {from}-{to} ", permission.protocol)
            }
            ("icmp" | "1", Some((kind, _))) if kind >= 0 => format!("icmp type {kind} "),
            (protocol, _) => format!("meta l4proto {protocol} "),
        };
        let networks = permission.cidrs.iter().map(|cidr| match cidr.prefix {
            0 => format!("{what}accept"),
            _ => format!("ip {side} {} {what}accept", cidr.network()),
        });
        let groups = permission.groups.iter().filter(|group| self.groups.contains_key(*group));
        networks.chain(groups.map(|group| format!("ip {side} @{group} {what}accept"))).collect()
    }

    /// What the far end's namespace holds: the interfaces of one machine or control plane, as a machine on EC2 finds them.
    #[must_use]
    pub fn machine(&self, namespace: &std::path::Path) -> Wanted {
        let mut wanted = Wanted::of(MACHINE);
        wanted.links.push(Link::existing("lo"));
        wanted.sysctl("net/ipv4/ip_forward", 1);
        for interface in self.interfaces.values() {
            let Some(attachment) = interface.attachment.as_ref().filter(|at| at.namespace == namespace) else {
                continue;
            };
            let Some(subnet) = self.subnets.get(&interface.subnet) else { continue };
            let link = format!("eth{}", attachment.device_index);
            wanted.links.push(Link { name: link.clone(), kind: LinkKind::Existing, mtu: Some(MTU) });
            let prefix = subnet.cidr.prefix;
            let addresses = interface.addresses.iter().map(|address| Cidr { address: *address, prefix });
            wanted.addresses.extend(addresses.map(|address| Address { link: link.clone(), address }));
            wanted.sysctl(format!("net/ipv4/conf/{link}/proxy_arp"), 1);
            wanted.sysctl(format!("net/ipv4/neigh/{link}/proxy_delay"), 0);
            let gateway = subnet.cidr.nth(1);
            if attachment.device_index == 0 {
                wanted.routes.push(Route::via(Route::MAIN, Cidr::ALL, gateway, &link));
                continue;
            }
            // Answers leave by the interface that the question came by: another's would be dropped for its foreign source.
            let table = 10_000 + attachment.device_index;
            wanted.routes.push(Route::via(table, Cidr::ALL, gateway, &link));
            for address in &interface.addresses {
                let from = Some(Cidr::host(*address));
                wanted.rules.push(Rule { priority: 1000 + attachment.device_index, input: None, from, table });
            }
        }
        wanted
    }
}

/// What the host's own namespace holds: the ways out of the routers, by id of the VPC.
///
/// What comes out of a VPC reaches the world under the host's address, but not the host itself: to the host's own services there is no way but
/// [`REGION_ADDRESS`].
pub(crate) fn host_side<'a>(routers: impl IntoIterator<Item = (&'a str, u32, PathBuf)>) -> Wanted {
    let mut wanted = Wanted::of(Owner { prefix: "rkup", protocol: 0x54 });
    for (id, number, namespace) in routers {
        let link = format!("rkup{}", &id[id.len().saturating_sub(11)..]);
        let kind = LinkKind::Veth { peer: "up0".into(), peer_namespace: namespace, peer_mac: None };
        wanted.links.push(Link { name: link.clone(), kind, mtu: None });
        wanted.addresses.push(Address { link, address: Cidr { address: uplink_addresses(number).0, prefix: 31 } });
    }
    if wanted.links.is_empty() {
        return wanted;
    }
    wanted.sysctl("net/ipv4/ip_forward", 1);
    let mut table = Table::new(Family::Ip, "rkup-nat");
    table.chains = vec![
        Chain::base("out", "nat", "postrouting", 100)
            .rule(format!("ip saddr {UPLINKS} oifname != \"rkup*\" masquerade")),
        Chain::base("host", "filter", "input", 0)
            .rule("iifname != \"rkup*\" accept")
            .rule("ct state established,related accept")
            .rule("drop"),
        Chain::base("between", "filter", "forward", 0).rule("iifname \"rkup*\" oifname \"rkup*\" drop"),
    ];
    wanted.tables.push(table);
    wanted
}
