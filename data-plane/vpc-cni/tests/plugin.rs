//! Pods made of namespaces, joined to a node made of one. Needs root: without it the tests say so and end.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use reks_hostnet::{Link, Namespace, Namespaces, Wanted};
use reks_vpc_cni::{Call, run};
use serde_json::{Value, json};

struct Node(Namespaces, tempfile::TempDir);

impl Node {
    fn new() -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("SKIPPED: needs root to make network namespaces; run the tests as root to run this one");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let node = Self(Namespaces::new(folder.path().join("netns")), folder);
        let wanted = Wanted { links: vec![Link::existing("lo")], ..Wanted::default() };
        node.0.ensure("node").unwrap().apply(&wanted).unwrap();
        // A way out, without which the kernel answers no ARP for the gateway.
        node.namespace("node")
            .run(|| {
                let script = [
                    "link add out type veth peer name far",
                    "link set out up",
                    "route add default dev out",
                    "addr add 10.0.0.5/32 dev lo",
                ];
                script.map(|words| std::process::Command::new("ip").args(words.split(' ')).status().unwrap().success())
            })
            .unwrap();
        Some(node)
    }

    fn namespace(&self, name: &str) -> Namespace {
        self.0.open(name).unwrap().unwrap()
    }

    fn state(&self) -> &Path {
        self.1.path()
    }

    fn call(&self, command: &str, container: &str, ports: Value) -> Result<Option<Value>, reks_vpc_cni::Error> {
        let netns = self.0.path(container);
        let environment = |name: &str| match name {
            "CNI_COMMAND" => Some(command.to_owned()),
            "CNI_CONTAINERID" => Some(container.to_owned()),
            "CNI_NETNS" => netns.exists().then(|| netns.display().to_string()),
            "CNI_IFNAME" => Some("eth0".into()),
            _ => None,
        };
        let config = json!({
            "cniVersion": "1.0.0", "name": "reks", "prefixes": ["10.0.1.16/28"], "stateFolder": self.state(),
            "runtimeConfig": { "portMappings": ports },
        });
        let call = Call::parse(environment, &config.to_string()).unwrap();
        self.namespace("node").run(|| run(&call)).unwrap()
    }

    fn add(&self, container: &str, ports: Value) -> String {
        self.0.ensure(container).unwrap();
        let answer = self.call("ADD", container, ports).unwrap().unwrap();
        answer["ips"][0]["address"].as_str().unwrap().trim_end_matches("/32").to_owned()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for name in self.0.list().unwrap() {
            self.0.delete(&name).unwrap();
        }
    }
}

fn connect(from: &Namespace, to: &str) -> Result<(), ErrorKind> {
    let to: SocketAddr = to.parse().unwrap();
    let result = from.run(|| TcpStream::connect_timeout(&to, Duration::from_secs(1))).unwrap();
    result.map(drop).map_err(|error| error.kind())
}

#[test]
fn pods_reach_each_other_and_leave_nothing() {
    let Some(node) = Node::new() else { return };
    let (one, two) = (node.add("one", json!([])), node.add("two", json!([])));
    assert_eq!((one.as_str(), two.as_str()), ("10.0.1.16", "10.0.1.17"));
    let _listener = node.namespace("two").run(|| TcpListener::bind("10.0.1.17:80").unwrap()).unwrap();
    assert_eq!(connect(&node.namespace("one"), "10.0.1.17:80"), Ok(()));
    assert_eq!(connect(&node.namespace("node"), "10.0.1.17:80"), Ok(()));
    assert_eq!(node.add("one", json!([])), one, "the same call again");
    node.call("CHECK", "one", json!([])).unwrap();

    node.call("DEL", "one", json!([])).unwrap();
    node.call("DEL", "one", json!([])).unwrap();
    assert!(node.call("CHECK", "one", json!([])).is_err());
    assert_eq!(node.namespace("one").links().unwrap(), ["lo"]);
    node.0.delete("two").unwrap();
    node.call("DEL", "two", json!([])).unwrap();
    let left: Vec<_> = node.namespace("node").links().unwrap();
    assert!(!left.iter().any(|name| name.starts_with("eni")), "{left:?}");
    assert_eq!(node.add("three", json!([])), "10.0.1.18");
}

#[test]
fn a_pod_whose_namespace_was_made_anew_is_joined_again() {
    let Some(node) = Node::new() else { return };
    let one = node.add("one", json!([]));
    node.0.delete("one").unwrap();
    assert_eq!(node.add("one", json!([])), one);
    assert_eq!(connect(&node.namespace("node"), &format!("{one}:9")), Err(ErrorKind::ConnectionRefused));
}

#[test]
fn a_host_port_leads_to_the_pod() {
    let Some(node) = Node::new() else { return };
    let ports = json!([
        { "hostPort": 8080, "containerPort": 80, "protocol": "tcp" },
        { "hostPort": 9090, "containerPort": 80, "protocol": "tcp", "hostIP": "10.0.0.6" },
    ]);
    let one = node.add("one", ports);
    let _client = node.add("two", json!([]));
    let _listener = node.namespace("one").run(|| TcpListener::bind(format!("{one}:80")).unwrap()).unwrap();
    for from in ["two", "node"] {
        assert_eq!(connect(&node.namespace(from), "10.0.0.5:8080"), Ok(()), "from {from}");
        assert_eq!(connect(&node.namespace(from), "10.0.0.5:9090"), Err(ErrorKind::ConnectionRefused), "from {from}");
    }
    node.call("DEL", "one", json!([])).unwrap();
    assert_eq!(connect(&node.namespace("two"), "10.0.0.5:8080"), Err(ErrorKind::ConnectionRefused));
}
