//! A VPC with machines made of namespaces. Needs root: without it the tests say so and end.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use reks_host::{Attachment, Interface, Permission, SecurityGroup, Subnet, Target, Vpc};
use reks_hostnet::{Address, Cidr, Namespace, Namespaces, Wanted};

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

    fn apply(&self, vpc: &Vpc) -> usize {
        let router = self.0.ensure("vpc").unwrap();
        for interface in vpc.interfaces.values() {
            self.0
                .ensure(&interface.attachment.as_ref().unwrap().namespace.file_name().unwrap().to_string_lossy())
                .unwrap();
        }
        let mut changes = router.apply(&vpc.router()).unwrap().lines().len();
        for interface in vpc.interfaces.values() {
            let namespace = &interface.attachment.as_ref().unwrap().namespace;
            changes += Namespace::open(namespace).unwrap().apply(&vpc.machine(namespace)).unwrap().lines().len();
        }
        changes
    }

    fn at(&self, name: &str) -> Namespace {
        self.0.open(name).unwrap().unwrap()
    }

    fn tries(&self, from: &str, to: &str) -> ErrorKind {
        let to: SocketAddr = to.parse().unwrap();
        let connect = || TcpStream::connect_timeout(&to, Duration::from_millis(400));
        self.at(from).run(connect).unwrap().unwrap_err().kind()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for name in self.0.list().unwrap() {
            self.0.delete(&name).unwrap();
        }
    }
}

const REACHES: ErrorKind = ErrorKind::ConnectionRefused;
const DROPPED: ErrorKind = ErrorKind::TimedOut;

fn all(cidr: &str) -> Permission {
    Permission { protocol: "-1".into(), ports: None, cidrs: vec![cidr.parse().unwrap()], groups: vec![] }
}

/// Two subnets; `one` and `two` in the first, `three` in the second; `one` has a prefix for pods.
fn vpc(place: &Place) -> Vpc {
    let interface = |subnet: &str, address: &str, name: &str, prefixes: &[&str]| Interface {
        subnet: subnet.into(),
        addresses: vec![address.parse().unwrap()],
        mac: None,
        prefixes: prefixes.iter().map(|prefix| prefix.parse().unwrap()).collect(),
        groups: vec!["sg-00000000000000001".into()],
        attachment: Some(Attachment { namespace: place.0.path(name), device_index: 0 }),
        source_check: true,
    };
    let subnet =
        |cidr: &str, table: &str| Subnet { cidr: cidr.parse().unwrap(), route_table: table.into(), routes: vec![] };
    let itself =
        Permission { protocol: "-1".into(), ports: None, cidrs: vec![], groups: vec!["sg-00000000000000001".into()] };
    let group = SecurityGroup { ingress: vec![itself], egress: vec![all("0.0.0.0/0")] };
    Vpc {
        id: "vpc-00000000000000001".into(),
        cidrs: vec!["10.0.0.0/16".parse().unwrap()],
        subnets: BTreeMap::from([
            ("subnet-1".into(), subnet("10.0.1.0/24", "rtb-0000000000000000a")),
            ("subnet-2".into(), subnet("10.0.2.0/24", "rtb-0000000000000000b")),
        ]),
        groups: BTreeMap::from([("sg-00000000000000001".into(), group)]),
        interfaces: BTreeMap::from([
            ("eni-00000000000000001".into(), interface("subnet-1", "10.0.1.10", "one", &["10.0.1.32/28"])),
            ("eni-00000000000000002".into(), interface("subnet-1", "10.0.1.11", "two", &[])),
            ("eni-00000000000000003".into(), interface("subnet-2", "10.0.2.10", "three", &[])),
        ]),
        uplink: None,
    }
}

#[test]
fn machines_reach_each_other_within_and_across_subnets() {
    let Some(place) = Place::new() else { return };
    let vpc = vpc(&place);
    assert!(place.apply(&vpc) > 0);
    assert_eq!(place.apply(&vpc), 0, "the same again changes nothing");
    for to in ["10.0.1.1:9", "10.0.1.11:9", "10.0.2.10:9", "169.254.169.250:9", "10.0.0.2:9"] {
        assert_eq!(place.tries("one", to), REACHES, "{to}");
    }
    assert_ne!(place.tries("one", "10.0.1.99:9"), REACHES, "an address that is nobody's");
    assert_ne!(place.tries("one", "192.0.2.1:9"), REACHES, "without a way out");
    // A pod's address of the prefix, put on the machine itself.
    let mut pod = Wanted::default();
    pod.addresses.push(Address { link: "lo".into(), address: Cidr::host(Ipv4Addr::new(10, 0, 1, 33)) });
    place.at("one").apply(&pod).unwrap();
    assert_eq!(place.tries("three", "10.0.1.33:9"), REACHES, "a pod");
}

#[test]
fn security_groups_decide_and_nobody_takes_anothers_address() {
    let Some(place) = Place::new() else { return };
    let mut vpc = vpc(&place);
    let group = "sg-00000000000000002".to_owned();
    let tcp = |from, to| Permission { protocol: "tcp".into(), ports: Some((from, to)), ..all("10.0.1.10/32") };
    vpc.groups.insert(group.clone(), SecurityGroup { ingress: vec![tcp(80, 90)], egress: vec![] });
    vpc.interfaces.get_mut("eni-00000000000000003").unwrap().groups = vec![group.clone()];
    place.apply(&vpc);
    assert_eq!(place.tries("one", "10.0.2.10:85"), REACHES);
    assert_eq!(place.tries("one", "10.0.2.10:91"), DROPPED, "another port");
    assert_eq!(place.tries("two", "10.0.2.10:85"), DROPPED, "another source");
    assert_eq!(place.tries("three", "10.0.1.10:85"), DROPPED, "nothing may go out");
    assert_eq!(place.tries("three", "10.0.2.1:85"), REACHES, "but to the gateway");

    let group = vpc.groups.get_mut(&group).unwrap();
    group.ingress = vec![Permission { groups: vec!["sg-00000000000000001".into()], cidrs: vec![], ..all("0.0.0.0/0") }];
    place.apply(&vpc);
    assert_eq!(place.tries("two", "10.0.2.10:91"), REACHES, "a member of the named group");

    // `two` takes the address of `one`.
    let stolen = Cidr::host(Ipv4Addr::new(10, 0, 1, 10));
    let thief = place.at("two");
    let mut wanted = Wanted::default();
    wanted.addresses.push(Address { link: "lo".into(), address: stolen });
    thief.apply(&wanted).unwrap();
    let from_stolen = thief.run(|| {
        let socket = std::net::UdpSocket::bind("10.0.1.10:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(400))).unwrap();
        socket.connect("10.0.1.1:9").unwrap();
        socket.send(b"x").unwrap();
        socket.recv(&mut [0; 9]).unwrap_err().kind()
    });
    assert_ne!(from_stolen.unwrap(), REACHES, "the gateway answered to a foreign source");
}

#[test]
fn a_route_table_counts_for_its_subnet_only() {
    let Some(place) = Place::new() else { return };
    let mut vpc = vpc(&place);
    let inside: Cidr = "10.0.2.10/32".parse().unwrap();
    vpc.subnets.get_mut("subnet-1").unwrap().routes = vec![("192.0.2.0/24".parse().unwrap(), Target::Blackhole)];
    place.apply(&vpc);
    assert_eq!(place.tries("one", &format!("{}:9", inside.address)), REACHES, "the local route goes first");
    vpc.interfaces.remove("eni-00000000000000002");
    place.apply(&vpc);
    assert_eq!(place.at("two").links().unwrap(), ["lo"], "a detached interface is gone");
}
