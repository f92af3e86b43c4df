//! Real connections through the rules, in namespaces. Needs root: without it the tests say so and end.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use reks_hostnet::{Address, Cidr, Link, LinkKind, Namespace, Namespaces, Route, Wanted};
use reks_proxy::{Backend, Rules, ServicePort, change, replace};

/// A node with two pods, each of which answers on port 8080 with its own name and the address that it saw.
struct Node(Namespaces, #[allow(dead_code)] tempfile::TempDir);

const CLUSTER: &str = "10.100.0.5:80";

impl Node {
    fn new() -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("SKIPPED: needs root to make network namespaces; run the tests as root to run this one");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let node = Self(Namespaces::new(folder.path()), folder);
        let here = node.0.ensure("node").unwrap();
        let mut wanted = Wanted::default();
        wanted.links.push(Link::existing("lo"));
        wanted.addresses.push(Address { link: "lo".into(), address: "10.0.0.9/32".parse().unwrap() });
        wanted.sysctl("net/ipv4/ip_forward", 1);
        for pod in [1, 2] {
            let name = format!("pod{pod}");
            let address = Ipv4Addr::new(10, 0, 1, pod);
            let inside = node.0.ensure(&name).unwrap();
            let kind = LinkKind::Veth { peer: "eth0".into(), peer_namespace: node.0.path(&name), peer_mac: None };
            wanted.links.push(Link { name: name.clone(), kind, mtu: None });
            wanted.routes.push(Route::on_link(Route::MAIN, Cidr::host(address), &name));
            here.apply(&wanted).unwrap();
            let links = vec![Link::existing("lo"), Link::existing("eth0")];
            let mut pod = Wanted { links, ..Wanted::default() };
            pod.addresses.push(Address { link: "eth0".into(), address: Cidr::host(address) });
            pod.routes.push(Route::via(Route::MAIN, Cidr::ALL, Ipv4Addr::new(10, 0, 0, 9), "eth0"));
            inside.apply(&pod).unwrap();
            let listener = inside.run(|| TcpListener::bind((address, 8080)).unwrap()).unwrap();
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    let mut stream = stream.unwrap();
                    let from = stream.peer_addr().unwrap().ip();
                    let _ = stream.write_all(format!("{name} saw {from}").as_bytes());
                }
            });
        }
        // The Service's address is nowhere: a route of the node's has to let packets in before they are led elsewhere.
        wanted.routes.push(Route::on_link(Route::MAIN, "10.100.0.0/16".parse().unwrap(), "pod1"));
        here.apply(&wanted).unwrap();
        Some(node)
    }

    fn at(&self, name: &str) -> Namespace {
        self.0.open(name).unwrap().unwrap()
    }

    fn ask(&self, from: &str, to: &str) -> Result<String, ErrorKind> {
        let to: SocketAddr = to.parse().unwrap();
        self.at(from)
            .run(|| {
                let mut stream =
                    TcpStream::connect_timeout(&to, Duration::from_millis(700)).map_err(|error| error.kind())?;
                stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).map_err(|error| error.kind())?;
                Ok(answer)
            })
            .unwrap()
    }

    fn answers(&self, from: &str, to: &str) -> BTreeSet<String> {
        (0..20).map(|_| self.ask(from, to).unwrap()).collect()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for name in self.0.list().unwrap() {
            self.0.delete(&name).unwrap();
        }
    }
}

fn port(pods: &[u8]) -> ServicePort {
    let backends: Vec<_> =
        pods.iter().map(|pod| Backend { address: Ipv4Addr::new(10, 0, 1, *pod), port: 8080 }).collect();
    ServicePort {
        name: "default/web/tcp/http".into(),
        protocol: "tcp",
        port: 80,
        cluster_addresses: vec!["10.100.0.5".parse().unwrap()],
        external_addresses: Vec::new(),
        node_port: Some(30080),
        internal: backends.clone(),
        external: backends,
        keeps_client_address: false,
        drops_internal: false,
        affinity_seconds: None,
    }
}

#[test]
fn connections_go_where_services_say() {
    let Some(node) = Node::new() else { return };
    let both = Rules::new(&[port(&[1, 2])]);
    node.at("node").nft(&replace(&both)).unwrap();
    let seen = node.answers("pod1", CLUSTER);
    // Itself under the node's address, the other under its own.
    assert_eq!(seen, ["pod1 saw 10.0.0.9", "pod2 saw 10.0.1.1"].map(String::from).into(), "from a pod of its own");
    assert_eq!(node.answers("node", CLUSTER).len(), 2, "from the node");
    let seen = node.answers("pod1", "10.0.0.9:30080");
    assert_eq!(seen, ["pod1 saw 10.0.0.9", "pod2 saw 10.0.0.9"].map(String::from).into(), "by the node's port");
    assert_eq!(node.ask("pod1", "10.100.0.5:81"), Err(ErrorKind::ConnectionRefused), "a port that it has not");

    let one = Rules::new(&[port(&[2])]);
    node.at("node").nft(&change(&both, &one)).unwrap();
    assert_eq!(node.answers("pod1", CLUSTER), ["pod2 saw 10.0.1.1".to_owned()].into());

    let none = Rules::new(&[port(&[])]);
    node.at("node").nft(&change(&one, &none)).unwrap();
    for to in [CLUSTER, "10.0.0.9:30080"] {
        assert_eq!(node.ask("pod1", to), Err(ErrorKind::ConnectionRefused), "without endpoints: {to}");
        assert_eq!(node.ask("node", to), Err(ErrorKind::ConnectionRefused), "without endpoints: {to}");
    }
    node.at("node").nft(&change(&none, &both)).unwrap();
    assert_eq!(node.answers("pod1", CLUSTER).len(), 2);
    node.at("node").nft(&change(&both, &Rules::default())).unwrap();
}

#[test]
fn a_client_stays_with_its_endpoint_and_local_policies_hold() {
    let Some(node) = Node::new() else { return };
    let sticky = Rules::new(&[ServicePort { affinity_seconds: Some(60), ..port(&[1, 2]) }]);
    node.at("node").nft(&replace(&sticky)).unwrap();
    assert_eq!(node.answers("pod1", CLUSTER).len(), 1);
    assert_eq!(node.answers("pod2", CLUSTER).len(), 1);

    let local = ServicePort { keeps_client_address: true, external: port(&[2]).external, ..port(&[1, 2]) };
    let local = Rules::new(&[local]);
    node.at("node").nft(&change(&sticky, &local)).unwrap();
    assert_eq!(node.answers("pod1", "10.0.0.9:30080"), ["pod2 saw 10.0.1.1".to_owned()].into());

    let nothing_here = ServicePort {
        keeps_client_address: true,
        external: vec![],
        drops_internal: true,
        internal: vec![],
        ..port(&[])
    };
    node.at("node").nft(&change(&local, &Rules::new(&[nothing_here]))).unwrap();
    assert_eq!(node.ask("pod1", "10.0.0.9:30080"), Err(ErrorKind::TimedOut));
    assert_eq!(node.ask("pod1", CLUSTER), Err(ErrorKind::TimedOut));
}

#[test]
fn a_thousand_services_load_and_one_changes_quickly() {
    let Some(node) = Node::new() else { return };
    let ports: Vec<_> = (0..1000u32)
        .map(|at| ServicePort {
            name: format!("default/s{at}/tcp/"),
            cluster_addresses: vec![Ipv4Addr::from_bits(0x0a64_0100 + at)],
            node_port: None,
            ..port(&[1, 2])
        })
        .collect();
    let all = Rules::new(&ports);
    let started = std::time::Instant::now();
    node.at("node").nft(&replace(&all)).unwrap();
    let loaded = started.elapsed();
    let fewer = Rules::new(&ports[1..]);
    let started = std::time::Instant::now();
    node.at("node").nft(&change(&all, &fewer)).unwrap();
    println!("1000 services loaded in {loaded:?}, one removed in {:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(1));
}
