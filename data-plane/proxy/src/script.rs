use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Rules;
use crate::rules::{MAPS, MASQUERADE};

/// The table, in the family of IPv4.
pub(crate) const TABLE: &str = "reks-proxy";

/// The part of the table that no Service changes.
fn frame() -> String {
    let look_up = "ip daddr . meta l4proto . th dport vmap @services";
    // Loopback addresses are no node addresses to the outside; the kernel would drop such packets as martians.
    let node_ports = "fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @node-ports";
    let no_endpoints = "fib daddr type != local ct state new ip daddr . meta l4proto . th dport vmap @no-endpoints";
    let unknown_port = "fib daddr type != local ct state new ip daddr @cluster-addresses goto refuse";
    let no_node_port = "fib daddr type local ct state new meta l4proto . th dport vmap @no-endpoints-node-ports";
    let refuse = "meta l4proto tcp reject with tcp reset\n    reject with icmp type port-unreachable";
    let mut text = format!("add table ip {TABLE}\ndelete table ip {TABLE}\ntable ip {TABLE} {{\n");
    for (_, declaration) in MAPS {
        let _ = writeln!(text, "  {declaration}");
    }
    let _ = write!(
        text,
        "  chain refuse {{\n    {refuse}\n  }}
  chain prerouting {{ type nat hook prerouting priority -100;\n    {look_up}\n    {node_ports}\n  }}
  chain output {{ type nat hook output priority -100;\n    {look_up}\n    {node_ports}\n  }}
  chain postrouting {{ type nat hook postrouting priority 100;
    meta mark & {MASQUERADE:#x} != 0 meta mark set meta mark xor {MASQUERADE:#x} masquerade fully-random
    ct status dnat ip saddr . ip daddr @hairpins masquerade fully-random
  }}
  chain filter-forward {{ type filter hook forward priority -110;\n    {no_endpoints}\n    {unknown_port}\n  }}
  chain filter-output {{ type filter hook output priority 0;\n    {no_endpoints}\n    {unknown_port}\n    {no_node_port}\n  }}
  chain filter-input {{ type filter hook input priority -110;\n    {no_node_port}\n  }}
}}
"
    );
    text
}

/// The transaction that makes the table anew with this content: for the first start, or when somebody else changed it.
#[must_use]
pub fn replace(new: &Rules) -> String {
    let mut text = frame();
    let _ = writeln!(text, "add chain ip {TABLE} {}", new.marker());
    write_changes(&Rules::default(), new, &mut text);
    text
}

/// The transaction that turns one content into another, touching nothing that is in both; empty when they are the same.
#[must_use]
pub fn change(old: &Rules, new: &Rules) -> String {
    let mut text = String::new();
    if old != new {
        write_changes(old, new, &mut text);
        let (was, is) = (old.marker(), new.marker());
        let _ = writeln!(text, "delete chain ip {TABLE} {was}\nadd chain ip {TABLE} {is}");
    }
    text
}

/// Writes the changes in an order in which nothing is named before it is there, or removed while it is named.
fn write_changes(old: &Rules, new: &Rules, text: &mut String) {
    for (name, seconds) in &new.affinities {
        if old.affinities.get(name) != Some(seconds) {
            if old.affinities.contains_key(name) {
                continue;
            }
            let _ = writeln!(
                text,
                "add set ip {TABLE} {name} {{ type ipv4_addr; size 65535; flags dynamic,timeout; timeout {seconds}s; }}"
            );
        }
    }
    for name in new.chains.keys().filter(|name| !old.chains.contains_key(*name)) {
        let _ = writeln!(text, "add chain ip {TABLE} {name}");
    }
    for (name, rules) in &new.chains {
        if old.chains.get(name) == Some(rules) {
            continue;
        }
        if old.chains.contains_key(name) {
            let _ = writeln!(text, "flush chain ip {TABLE} {name}");
        }
        for rule in rules {
            let _ = writeln!(text, "add rule ip {TABLE} {name} {rule}");
        }
    }
    let none = BTreeMap::new();
    for (map, _) in MAPS {
        let (before, after) = (old.elements.get(map).unwrap_or(&none), new.elements.get(map).unwrap_or(&none));
        let gone = before.iter().filter(|(key, value)| after.get(*key) != Some(value)).map(|(key, _)| key.clone());
        write_elements("delete", map, gone.collect(), text);
        let come =
            after.iter().filter(|(key, value)| before.get(*key) != Some(value)).map(|(key, value)| match value {
                Some(value) => format!("{key} : {value}"),
                None => key.clone(),
            });
        write_elements("add", map, come.collect(), text);
    }
    let gone: Vec<_> = old.chains.keys().filter(|name| !new.chains.contains_key(*name)).collect();
    for verb in ["flush", "delete"] {
        for name in &gone {
            let _ = writeln!(text, "{verb} chain ip {TABLE} {name}");
        }
    }
    for name in old.affinities.keys().filter(|name| !new.affinities.contains_key(*name)) {
        let _ = writeln!(text, "delete set ip {TABLE} {name}");
    }
}

fn write_elements(verb: &str, map: &str, elements: Vec<String>, text: &mut String) {
    if !elements.is_empty() {
        let _ = writeln!(text, "{verb} element ip {TABLE} {map} {{ {} }}", elements.join(", "));
    }
}
