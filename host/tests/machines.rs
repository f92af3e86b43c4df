//! The agent on an API made of a map: objects become networks, machines and processes, survive the agent, and go. Needs root.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::stream;
use http_body_util::{BodyExt as _, StreamBody, combinators::UnsyncBoxBody};
use reks_host::{Cgroup, Machines, Options, teardown};
use reks_hostnet::{Namespace, Namespaces};
use serde_json::{Value, json};
use tokio::sync::broadcast;

/// The region's API: objects by plural and name, and a channel of changes.
struct Api {
    objects: Mutex<BTreeMap<(String, String), Value>>,
    changes: broadcast::Sender<(String, Value)>,
}

impl Api {
    fn put(&self, group: &str, kind: &str, name: &str, spec: Value) {
        let object = json!({
            "apiVersion": format!("{group}/v1"), "kind": kind, "spec": spec,
            "metadata": { "name": name, "namespace": "123456789012", "resourceVersion": "1", "uid": name },
        });
        let plural = format!("{}s", kind.to_lowercase());
        self.objects.lock().unwrap().insert((plural.clone(), name.into()), object.clone());
        let _ = self.changes.send((plural, json!({ "type": "MODIFIED", "object": object })));
    }

    fn delete(&self, plural: &str, name: &str) {
        let object = self.objects.lock().unwrap().remove(&(plural.into(), name.into())).unwrap();
        let _ = self.changes.send((plural.into(), json!({ "type": "DELETED", "object": object })));
    }

    fn status(&self, plural: &str, name: &str) -> Value {
        self.objects.lock().unwrap()[&(plural.to_owned(), name.to_owned())]["status"].clone()
    }

    async fn answer(
        self: Arc<Self>,
        request: http::Request<kube::client::Body>,
    ) -> http::Response<UnsyncBoxBody<bytes::Bytes, Infallible>> {
        let whole = |value: Value| http_body_util::Full::new(bytes::Bytes::from(value.to_string())).boxed_unsync();
        let path: Vec<_> = request.uri().path().split('/').map(ToOwned::to_owned).collect();
        let query = request.uri().query().unwrap_or_default().to_owned();
        if request.method() == http::Method::PATCH {
            let (plural, name) = (path[6].clone(), path[7].clone());
            let patch: Value =
                serde_json::from_slice(&request.into_body().collect().await.unwrap().to_bytes()).unwrap();
            let mut objects = self.objects.lock().unwrap();
            let object = objects.get_mut(&(plural.clone(), name)).unwrap();
            for (key, value) in patch["status"].as_object().unwrap() {
                object["status"][key] = value.clone();
            }
            let _ = self.changes.send((plural, json!({ "type": "MODIFIED", "object": object })));
            return http::Response::new(whole(object.clone()));
        }
        let plural = path.last().unwrap().clone();
        if query.contains("watch=true") {
            let lines = stream::unfold((self.changes.subscribe(), plural), |(mut changes, plural)| async {
                loop {
                    let (of, event) = changes.recv().await.ok()?;
                    if of == plural {
                        let frame = http_body::Frame::data(bytes::Bytes::from(format!("{event}\n")));
                        return Some((Ok::<_, Infallible>(frame), (changes, plural)));
                    }
                }
            });
            return http::Response::new(StreamBody::new(lines).boxed_unsync());
        }
        let objects = self.objects.lock().unwrap();
        let items: Vec<_> =
            objects.iter().filter(|((of, _), _)| *of == plural).map(|(_, object)| object.clone()).collect();
        http::Response::new(whole(json!({
            "apiVersion": "v1", "kind": "List", "metadata": { "resourceVersion": "1" }, "items": items,
        })))
    }
}

const GROUP: &str = "reks-test-agent";
const MACHINE: &str = "REKS_HOST_TEST_AGENT_MACHINE";

#[test]
#[ignore = "a machine that the agent starts"]
fn machine_process() {
    let file = std::env::var_os(MACHINE).expect("the machine's description, in the environment");
    let _ = reks_host::machine::main(file.as_ref());
}

fn options(folder: &std::path::Path) -> Options {
    let exe = std::env::current_exe().unwrap().display().to_string();
    let variable = format!("{MACHINE}={{description}}");
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    Options {
        state_folder: folder.join("state"),
        run_folder: folder.join("run"),
        group: GROUP.into(),
        host_network: Some(folder.join("host/host")),
        machine_command: words(&["/usr/bin/env", &variable, &exe, "--ignored", "--exact", "machine_process"]),
        machine_programs: vec![("node".into(), words(&["/bin/sleep", "1000"]))],
        machine_files: BTreeMap::new(),
        machine_symlinks: BTreeMap::new(),
        relays: vec![(4566, "127.0.0.1:9".parse().unwrap())],
    }
}

async fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "not within ten seconds: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn fill(api: &Api) {
    api.put("ec2.reks.dev", "Vpc", "vpc-00000000000000001", json!({ "cidr": "10.0.0.0/16" }));
    for at in [1, 2] {
        let spec = json!({ "vpc": "vpc-00000000000000001", "cidr": format!("10.0.{at}.0/24") });
        api.put("ec2.reks.dev", "Subnet", &format!("subnet-0000000000000000{at}"), spec);
    }
    let gateway = json!({ "vpc": "vpc-00000000000000001" });
    api.put("ec2.reks.dev", "InternetGateway", "igw-00000000000000001", gateway);
    let table = json!({
        "vpc": "vpc-00000000000000001", "associations": [{}],
        "routes": [{ "destination": "0.0.0.0/0", "target": "igw-00000000000000001" }],
    });
    api.put("ec2.reks.dev", "RouteTable", "rtb-00000000000000001", table);
    let group = json!({
        "vpc": "vpc-00000000000000001",
        "rules": [
            { "egress": true, "protocol": "-1", "cidr": "0.0.0.0/0" },
            { "egress": false, "protocol": "-1", "group": "sg-00000000000000001" },
        ],
    });
    api.put("ec2.reks.dev", "SecurityGroup", "sg-00000000000000001", group);
    let interface = |at: u32, attachment: &str| {
        let spec = json!({
            "vpc": "vpc-00000000000000001", "subnet": format!("subnet-0000000000000000{at}"), "address": format!("10.0.{at}.10"), "mac": format!("0a:00:00:00:00:0{at}"),
            "groups": ["sg-00000000000000001"], "attachedTo": attachment,
        });
        api.put("ec2.reks.dev", "NetworkInterface", &format!("eni-0000000000000000{at}"), spec);
    };
    interface(1, "i-00000000000000001");
    interface(2, "eks:demo");
    api.put("ec2.reks.dev", "Instance", "i-00000000000000001", json!({ "instanceType": "t3.medium" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_become_real_survive_the_agent_and_go() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("SKIPPED: needs root to make namespaces and control groups; run the tests as root to run this one");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // The user of a control plane has to reach its own folder.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let host = Namespaces::new(folder.path().join("host"));
    host.ensure("host").unwrap();
    let options = options(folder.path());
    let api = Arc::new(Api { objects: Mutex::default(), changes: broadcast::channel(1000).0 });
    fill(&api);
    let start = || {
        let api = api.clone();
        let service = tower::service_fn(move |request| {
            let api = api.clone();
            async move { Ok::<_, Infallible>(api.answer(request).await) }
        });
        tokio::spawn(Machines::run(kube::Client::new(service, "default"), options.clone()))
    };
    let agent = start();
    let running = || api.status("instances", "i-00000000000000001")["state"] == "running";
    wait_until("it is reported", running).await;
    let pids = || Cgroup::new(GROUP, "i-00000000000000001").processes();
    wait_until("it runs", || pids().len() == 2).await;
    // The control plane's namespace is made by whoever runs it, after the interface was asked for.
    let namespaces = Namespaces::new(folder.path().join("run/netns"));
    namespaces.ensure("demo").unwrap();
    let plane = "demo";
    wait_until("it is attached", || namespaces.open(plane).unwrap().unwrap().links().unwrap().len() == 2).await;
    let try_connect = |from: &str, to: &str| {
        let (namespace, to) = (namespaces.open(from).unwrap().unwrap(), to.parse().unwrap());
        let connect =
            || TcpStream::connect_timeout(&to, Duration::from_secs(1)).map(drop).map_err(|error| error.kind());
        namespace.run(connect).unwrap()
    };
    let reached = || try_connect("i-00000000000000001", "10.0.2.10:9") == Err(ErrorKind::ConnectionRefused);
    wait_until("it has its address", reached).await;
    assert_eq!(
        try_connect("i-00000000000000001", "10.0.2.10:9"),
        Err(ErrorKind::ConnectionRefused),
        "instance → control plane"
    );
    let neighbours = || std::fs::read_to_string("/proc/thread-self/net/arp").unwrap();
    let seen = namespaces.open("vpc-00000000000000001").unwrap().unwrap().run(neighbours).unwrap();
    assert!(seen.contains("0a:00:00:00:00:02"), "its hardware address: {seen}");
    assert_eq!(try_connect(plane, "10.0.1.10:9"), Err(ErrorKind::ConnectionRefused), "control plane → instance");
    assert_eq!(try_connect("i-00000000000000001", "169.254.169.250:4566"), Ok(()), "instance → region");
    let before = pids();
    agent.abort();
    let _ = agent.await;
    let agent = start();
    // Changes that only the new agent can have seen.
    api.delete("networkinterfaces", "eni-00000000000000002");
    wait_until("it is detached", || namespaces.open(plane).unwrap().unwrap().links().unwrap() == ["lo"]).await;
    assert_eq!(before, pids(), "the instance was adopted");
    api.delete("instances", "i-00000000000000001");
    wait_until("the instance is gone", || pids().is_empty()).await;
    wait_until("its folder is gone", || !folder.path().join("state/instances/i-00000000000000001").exists()).await;
    wait_until("its network is gone", || namespaces.open("i-00000000000000001").unwrap().is_none()).await;

    agent.abort();
    let _ = agent.await;
    teardown(&options).unwrap();
    teardown(&options).unwrap();
    assert!(Cgroup::list(GROUP).is_empty());
    assert_eq!(Namespace::open(folder.path().join("host/host")).unwrap().links().unwrap(), ["lo"]);
    namespaces.delete("demo").unwrap();
    assert!(namespaces.list().unwrap().is_empty());
    host.delete("host").unwrap();
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains(&folder.path().display().to_string()), "{mounts}");
}
