//! A router and two machines made of namespaces, as values. Needs root: without it the tests say so and end.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::Ipv4Addr;

use reks_hostnet::{
    Address, Chain, Cidr, Family, Link, LinkKind, Namespace, Namespaces, Owner, Route, RouteKind, Rule, Table, Wanted,
};

const OWNER: Owner = Owner { prefix: "rk", protocol: 0x52 };

/// A folder of namespaces that are removed at the end, or `None` when this is not root.
struct Place(Namespaces, #[allow(dead_code)] tempfile::TempDir);

impl Place {
    fn new() -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("SKIPPED: needs root to make network namespaces; run the tests as root to run this one");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        Some(Self(Namespaces::new(folder.path()), folder))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for name in self.0.list().unwrap() {
            self.0.delete(&name).unwrap();
        }
    }
}

/// What a connection attempt to a closed port answers: "refused" proves that packets go there and back.
fn tries(from: &Namespace, to: &str) -> std::io::ErrorKind {
    let address = format!("{to}:9").parse().unwrap();
    let connect = || std::net::TcpStream::connect_timeout(&address, std::time::Duration::from_millis(500));
    from.run(connect).unwrap().unwrap_err().kind()
}

fn reaches(from: &Namespace, to: &str) -> bool {
    tries(from, to) == std::io::ErrorKind::ConnectionRefused
}

fn router(place: &Place, machines: &[(&str, Ipv4Addr)]) -> Wanted {
    let mut wanted = Wanted::of(OWNER);
    wanted.links.push(Link::existing("lo"));
    wanted.addresses.push(Address { link: "lo".into(), address: "10.0.1.1/32".parse().unwrap() });
    wanted.sysctl("net/ipv4/ip_forward", 1);
    for (name, address) in machines {
        let link = format!("rk{name}");
        let kind = LinkKind::Veth {
            peer: "eth0".into(),
            peer_namespace: place.0.path(name),
            peer_mac: Some([2, 0, 0, 0, 0, address.octets()[3]]),
        };
        wanted.sysctl(format!("net/ipv4/conf/{link}/proxy_arp"), 1);
        // Without this the answer comes up to 0.8 s late.
        wanted.sysctl(format!("net/ipv4/neigh/{link}/proxy_delay"), 0);
        wanted.routes.push(Route::on_link(Route::MAIN, Cidr::host(*address), &link));
        wanted.links.push(Link { name: link, kind, mtu: Some(9001) });
    }
    wanted
}

fn machine(address: Ipv4Addr) -> Wanted {
    let mut wanted = Wanted::of(Owner { prefix: "eth", ..OWNER });
    wanted.links = vec![Link::existing("lo"), Link::existing("eth0")];
    wanted.addresses.push(Address { link: "eth0".into(), address: Cidr { address, prefix: 24 } });
    wanted.routes.push(Route::via(Route::MAIN, Cidr::ALL, Ipv4Addr::new(10, 0, 1, 1), "eth0"));
    wanted
}

#[test]
fn machines_talk_through_a_router_and_nothing_is_changed_twice() {
    let Some(place) = Place::new() else { return };
    let (a, b) = (Ipv4Addr::new(10, 0, 1, 10), Ipv4Addr::new(10, 0, 1, 11));
    let (vpc, one, two) =
        (place.0.ensure("vpc").unwrap(), place.0.ensure("one").unwrap(), place.0.ensure("two").unwrap());
    let wanted = router(&place, &[("one", a), ("two", b)]);
    assert!(!vpc.apply(&wanted).unwrap().is_empty());
    one.apply(&machine(a)).unwrap();
    two.apply(&machine(b)).unwrap();
    assert!(reaches(&one, "10.0.1.1"), "the gateway");
    assert!(reaches(&one, "10.0.1.11"), "the neighbour, by proxy ARP");
    assert_eq!(vpc.apply(&wanted).unwrap().lines(), &[] as &[String]);
    assert_eq!(one.apply(&machine(a)).unwrap().lines(), &[] as &[String]);

    // One machine is no longer wanted: its link goes, the other's stays.
    vpc.apply(&router(&place, &[("one", a)])).unwrap();
    assert_eq!(two.links().unwrap(), ["lo"]);
    assert!(reaches(&one, "10.0.1.1") && !reaches(&one, "10.0.1.11"));
}

#[test]
fn a_filter_is_replaced_only_when_it_differs_and_removed_when_nobody_asks() {
    let Some(place) = Place::new() else { return };
    let (vpc, one) = (place.0.ensure("vpc").unwrap(), place.0.ensure("one").unwrap());
    let a = Ipv4Addr::new(10, 0, 1, 10);
    let mut wanted = router(&place, &[("one", a)]);
    let mut table = Table::new(Family::Inet, "rk-filter");
    table.sets.push("map inputs { type ifname : verdict; elements = { \"rkone\" : jump from-one } }".into());
    table.chains.push(Chain::base("in", "filter", "input", 0).rule("iifname vmap @inputs"));
    table.chains.push(Chain::new("from-one").rule("ip saddr != 10.0.1.99 drop"));
    wanted.tables.push(table);
    vpc.apply(&wanted).unwrap();
    one.apply(&machine(a)).unwrap();
    assert!(!reaches(&one, "10.0.1.1"), "a source that the filter does not know");
    assert!(vpc.apply(&wanted).unwrap().is_empty());

    wanted.tables[0].chain("from-one").rules = vec!["ip saddr != 10.0.1.10 drop".into()];
    assert_eq!(vpc.apply(&wanted).unwrap().lines().len(), 1);
    assert!(reaches(&one, "10.0.1.1"));

    vpc.nft("table inet other { }").unwrap();
    wanted.tables.clear();
    assert_eq!(vpc.apply(&wanted).unwrap().lines(), ["nftables: remove table inet rk-filter"]);
    assert!(vpc.nft("delete table inet other").is_ok(), "the table of somebody else was touched");
}

#[test]
fn rules_and_tables_come_and_go() {
    let Some(place) = Place::new() else { return };
    let (vpc, one) = (place.0.ensure("vpc").unwrap(), place.0.ensure("one").unwrap());
    let a = Ipv4Addr::new(10, 0, 1, 10);
    let mut wanted = router(&place, &[("one", a)]);
    wanted.addresses.push(Address { link: "lo".into(), address: "10.9.9.9/32".parse().unwrap() });
    wanted.rules.push(Rule { priority: 1000, input: Some("rkone".into()), from: None, table: 1001 });
    wanted.routes.push(Route::dropping(1001, "10.7.0.0/16".parse().unwrap(), RouteKind::Unreachable));
    vpc.apply(&wanted).unwrap();
    one.apply(&machine(a)).unwrap();
    assert!(vpc.apply(&wanted).unwrap().is_empty());
    assert!(reaches(&one, "10.9.9.9"));
    assert_eq!(tries(&one, "10.7.0.1"), std::io::ErrorKind::HostUnreachable);

    wanted.addresses.pop();
    wanted.rules.clear();
    wanted.routes.retain(|route| route.table == Route::MAIN);
    assert_eq!(vpc.apply(&wanted).unwrap().lines().len(), 3);
    assert!(!reaches(&one, "10.9.9.9"));
}

#[test]
fn a_half_made_namespace_is_made_whole_and_a_deleted_one_is_gone() {
    let Some(place) = Place::new() else { return };
    std::fs::write(place.0.path("half"), "").unwrap();
    assert!(place.0.open("half").unwrap().is_none());
    place.0.ensure("half").unwrap();
    assert!(place.0.open("half").unwrap().is_some());
    place.0.delete("half").unwrap();
    place.0.delete("half").unwrap();
    assert!(place.0.list().unwrap().is_empty());
}
