use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::{Backend, ServicePort};

/// The mark of a packet whose source becomes the node's address: the bit that kube-proxy uses too.
pub(crate) const MASQUERADE: u32 = 0x4000;

/// The content of the table: everything in it that depends on Services. Elements are by key, so that a difference is a difference of maps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Rules {
    /// Chains by name, with their rules.
    pub chains: BTreeMap<String, Vec<String>>,
    /// The sets in which clients stay with an endpoint, by name, with their time in seconds.
    pub affinities: BTreeMap<String, u32>,
    /// Elements of each map and set of the table, by the map's name: from the element's key to its value, which a set's element has not.
    pub elements: BTreeMap<&'static str, BTreeMap<String, Option<String>>>,
}

/// The maps and sets of the table with their types, in the order of declaration.
pub(crate) const MAPS: &[(&str, &str)] = &[
    ("services", "map services { type ipv4_addr . inet_proto . inet_service : verdict; }"),
    ("node-ports", "map node-ports { type inet_proto . inet_service : verdict; }"),
    ("no-endpoints", "map no-endpoints { type ipv4_addr . inet_proto . inet_service : verdict; }"),
    ("no-endpoints-node-ports", "map no-endpoints-node-ports { type inet_proto . inet_service : verdict; }"),
    ("cluster-addresses", "set cluster-addresses { type ipv4_addr; }"),
    ("hairpins", "set hairpins { type ipv4_addr . ipv4_addr; }"),
];

impl Rules {
    /// The content that serves these ports.
    #[must_use]
    pub fn new(ports: &[ServicePort]) -> Self {
        let mut rules = Self::default();
        for port in ports {
            rules.add(port);
        }
        rules
    }

    /// The name of the empty chain that says which content the table has.
    #[must_use]
    pub fn marker(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        format!("content-{:016x}", hasher.finish())
    }

    fn element(&mut self, map: &'static str, key: String, value: Option<String>) {
        self.elements.entry(map).or_default().insert(key, value);
    }

    fn add(&mut self, port: &ServicePort) {
        let (protocol, number) = (port.protocol, port.port);
        let internal = self.balance("service", port, &port.internal);
        for address in &port.cluster_addresses {
            self.element("cluster-addresses", address.to_string(), None);
            let key = format!("{address} . {protocol} . {number}");
            match &internal {
                Some(chain) => self.element("services", key, Some(format!("goto {chain}"))),
                None => self.element("no-endpoints", key, Some(refusal(port.drops_internal).into())),
            }
        }
        if port.external_addresses.is_empty() && port.node_port.is_none() {
            return;
        }
        let external = self.external(port, internal.as_deref());
        let mut keys: Vec<(bool, String)> = Vec::new();
        keys.extend(port.external_addresses.iter().map(|address| (true, format!("{address} . {protocol} . {number}"))));
        keys.extend(port.node_port.map(|node_port| (false, format!("{protocol} . {node_port}"))));
        for (by_address, key) in keys {
            match &external {
                Some(chain) => {
                    let map = if by_address { "services" } else { "node-ports" };
                    self.element(map, key, Some(format!("goto {chain}")));
                }
                None => {
                    let map = if by_address { "no-endpoints" } else { "no-endpoints-node-ports" };
                    self.element(map, key, Some(refusal(port.keeps_client_address).into()));
                }
            }
        }
    }

    /// The chain for connections from outside: they come back through this node, so their source becomes this node's address, unless only
    /// endpoints of this node are used.
    fn external(&mut self, port: &ServicePort, internal: Option<&str>) -> Option<String> {
        let balance = if port.external == port.internal {
            internal.map(ToOwned::to_owned)
        } else {
            self.balance("local", port, &port.external)
        };
        let chain = chain_name("external", &port.name);
        let mut rules = Vec::new();
        if port.keeps_client_address {
            // The node's own connections are from inside, and may go anywhere.
            rules.extend(internal.map(|internal| format!("fib saddr type local goto {internal}")));
            rules.push(balance.as_ref().map_or_else(|| "drop".to_owned(), |balance| format!("goto {balance}")));
            balance.as_ref()?;
        } else {
            rules.push(format!("meta mark set meta mark or {MASQUERADE:#x}"));
            rules.push(format!("goto {}", balance?));
        }
        self.chains.insert(chain.clone(), rules);
        Some(chain)
    }

    /// The chain that picks one backend; `None` when there is none.
    fn balance(&mut self, kind: &str, port: &ServicePort, backends: &[Backend]) -> Option<String> {
        if backends.is_empty() {
            return None;
        }
        for backend in backends {
            // A pod that is led to itself would see its own address as the other side's.
            self.element("hairpins", format!("{0} . {0}", backend.address), None);
        }
        let chain = chain_name(kind, &port.name);
        let count = backends.len();
        let rules = match port.affinity_seconds {
            None => {
                let target =
                    |(at, backend): (usize, &Backend)| format!("{at} : {} . {}", backend.address, backend.port);
                let targets: Vec<_> = backends.iter().enumerate().map(target).collect();
                let protocol = port.protocol;
                vec![format!(
                    "meta l4proto {protocol} dnat ip to numgen random mod {count} map {{ {} }}",
                    targets.join(", ")
                )]
            }
            Some(seconds) => self.balance_with_affinity(port, backends, seconds),
        };
        self.chains.insert(chain.clone(), rules);
        Some(chain)
    }

    /// Rules by which a client that came before goes where it went, and any other is remembered.
    fn balance_with_affinity(&mut self, port: &ServicePort, backends: &[Backend], seconds: u32) -> Vec<String> {
        let (mut rules, mut targets) = (Vec::new(), Vec::new());
        for (at, Backend { address, port: number }) in backends.iter().enumerate() {
            let name = format!("{}/{address}/{number}", port.name);
            let (chain, set) = (chain_name("endpoint", &name), chain_name("affinity", &name));
            let (protocol, remember) = (port.protocol, format!("update @{set} {{ ip saddr }}"));
            let lead = format!("meta l4proto {protocol} dnat to {address}:{number}");
            self.affinities.insert(set.clone(), seconds);
            self.chains.insert(chain.clone(), vec![remember, lead]);
            rules.push(format!("ip saddr @{set} goto {chain}"));
            targets.push(format!("{at} : goto {chain}"));
        }
        rules.push(format!("numgen random mod {} vmap {{ {} }}", backends.len(), targets.join(", ")));
        rules
    }
}

/// A name that nft takes (at most 127 characters), that people can read, and that no other has.
fn chain_name(kind: &str, name: &str) -> String {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let mut text = format!("{kind}-{:08x}/{name}", hasher.finish() as u32);
    text.truncate(120);
    while text.ends_with(['/', '.', '-']) {
        text.pop();
    }
    text
}

const fn refusal(drops: bool) -> &'static str {
    if drops { "drop" } else { "goto refuse" }
}
