//! A whole control plane as a process of its own, with a real client over TLS.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{ConfigMap, Endpoints, Namespace, Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt};
use reks_pki::{Authority, Profile, TokenKey, Usage, Validity};
use serde_json::{Value, json};
use time::{Duration as Span, OffsetDateTime};

/// How long anything may take before a test gives up. Nothing should come near it.
const DEADLINE: Duration = Duration::from_secs(30);

struct ControlPlane {
    process: Child,
    config: PathBuf,
    port: u16,
    authority: Authority,
    _folder: tempfile::TempDir,
}

impl ControlPlane {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = OffsetDateTime::now_utc();
        let validity = Validity { from: now - Span::MINUTE, until: now + Span::HOUR };
        let authority = Authority::generate("kubernetes", validity).unwrap();
        // The port is free now, and nobody on loopback is likely to take it in between.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = folder.path().join("config.json");
        let content = json!({
            "cluster": "test", "version": "v1.36.0-eks-reks", "store": folder.path().join("store"),
            "ca_certificate": authority.certificate_pem(), "ca_key": authority.key_pem(),
            "token_key": STANDARD.encode(TokenKey::generate().unwrap().pkcs8()), "issuer": "https://issuer.test",
            "service_cidr": "10.100.0.0/16", "public": [format!("127.0.0.1:{port}")],
        });
        std::fs::write(&config, content.to_string()).unwrap();
        let process = Self::spawn(&config);
        let plane = Self { process, config, port, authority, _folder: folder };
        plane.ready().await;
        plane
    }

    fn spawn(config: &PathBuf) -> Child {
        Command::new(env!("CARGO_BIN_EXE_reks")).arg("control-plane").arg("--config").arg(config).spawn().unwrap()
    }

    fn client(&self) -> Client {
        let now = OffsetDateTime::now_utc();
        let issued = self
            .authority
            .issue(&Profile {
                common_name: "admin".to_owned(),
                organization: Some("system:masters".to_owned()),
                names: Vec::new(),
                usage: Usage::Client,
                validity: Validity { from: now - Span::MINUTE, until: now + Span::HOUR },
            })
            .unwrap();
        let kubeconfig: kube::config::Kubeconfig = serde_json::from_value(json!({
            "clusters": [{"name": "c", "cluster": {
                "server": format!("https://127.0.0.1:{}", self.port),
                "certificate-authority-data": STANDARD.encode(self.authority.certificate_pem()),
            }}],
            "users": [{"name": "u", "user": {
                "client-certificate-data": STANDARD.encode(issued.certificate_pem),
                "client-key-data": STANDARD.encode(issued.key_pem),
            }}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }))
        .unwrap();
        let options = kube::config::KubeConfigOptions::default();
        let config = futures::executor::block_on(kube::Config::from_custom_kubeconfig(kubeconfig, &options)).unwrap();
        Client::try_from(config).unwrap()
    }

    async fn ready(&self) {
        let client = self.client();
        until("the API server is ready", || async { client.apiserver_version().await.ok() }).await;
    }

    async fn kill_and_start(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = Self::spawn(&self.config);
        self.ready().await;
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until something is there.
async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("not in {DEADLINE:?}: {what}"))
}

fn object<K: serde::de::DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

fn deployment(replicas: i32, image: &str) -> Deployment {
    object(json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image, "ports": [{"containerPort": 80, "name": "http"}]}]},
            },
        },
    }))
}

/// A node that nobody runs: it takes pods, and a test plays its kubelet.
fn node(name: &str) -> Node {
    object(json!({"metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": name}}, "status": {
        "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "50"},
        "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
    }}))
}

async fn play_kubelet(pods: &Api<Pod>) {
    for pod in pods.list(&ListParams::default()).await.unwrap() {
        let placed = pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
        let started = pod.status.as_ref().is_some_and(|status| status.pod_ip.is_some());
        if pod.metadata.deletion_timestamp.is_some() {
            let at_once = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
            let _ = pods.delete(&pod.name_any(), &at_once).await;
        } else if placed && !started {
            let number =
                pod.uid().unwrap().bytes().fold(0_u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(u16::from(byte)));
            let address = format!("10.0.{}.{}", number >> 8, number & 255);
            let patch = json!({"status": {
                "phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
            }});
            let _ = pods.patch_status(&pod.name_any(), &PatchParams::default(), &Patch::Strategic(patch)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_runs_rolls_scales_and_goes() {
    let plane = ControlPlane::start().await;
    let client = plane.client();
    let nodes: Api<Node> = Api::all(client.clone());
    for name in ["n1", "n2"] {
        nodes.create(&PostParams::default(), &node(name)).await.unwrap();
        // A patch, since the node controller may be changing the node at the same time.
        let status = Patch::Merge(json!({"status": node(name).status}));
        nodes.patch_status(name, &PatchParams::default(), &status).await.unwrap();
    }
    until("both nodes take pods", || async {
        let all = nodes.list(&ListParams::default()).await.ok()?.items;
        let open = |node: &Node| node.spec.as_ref().is_none_or(|spec| spec.taints.as_ref().is_none_or(Vec::is_empty));
        (all.len() == 2 && all.iter().all(open)).then_some(())
    })
    .await;
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let sets: Api<ReplicaSet> = Api::default_namespaced(client.clone());
    deployments.create(&PostParams::default(), &deployment(3, "v1")).await.unwrap();
    let services: Api<Service> = Api::default_namespaced(client.clone());
    let service = json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}});
    services.create(&PostParams::default(), &object(service)).await.unwrap();

    let available = |wanted: i32, image: &'static str| {
        let (deployments, pods) = (deployments.clone(), pods.clone());
        async move {
            until("the deployment is available", || async {
                play_kubelet(&pods).await;
                let now = deployments.get("web").await.ok()?;
                let status = now.status.clone()?;
                let all = pods.list(&ListParams::default()).await.ok()?.items;
                let right =
                    all.iter().all(|pod| pod.spec.as_ref().unwrap().containers[0].image.as_deref() == Some(image));
                let fine = status.available_replicas == Some(wanted)
                    && status.updated_replicas == Some(wanted)
                    && status.observed_generation == now.metadata.generation;
                (fine && right && i32::try_from(all.len()) == Ok(wanted)).then_some(all)
            })
            .await
        }
    };
    let all = available(3, "v1").await;
    let on =
        |name: &str| all.iter().filter(|pod| pod.spec.as_ref().unwrap().node_name.as_deref() == Some(name)).count();
    assert!(on("n1") >= 1 && on("n2") >= 1, "the pods are not spread");

    let slices: Api<EndpointSlice> = Api::default_namespaced(client.clone());
    until("the service leads to the pods", || async {
        let labels = ListParams::default().labels("kubernetes.io/service-name=web");
        let found = slices.list(&labels).await.ok()?.items;
        let endpoints = found.first()?.endpoints.as_ref()?;
        (endpoints.len() == 3 && found[0].ports.as_ref()?[0].port == Some(80)).then_some(())
    })
    .await;

    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "v2"}]}}}});
    deployments.patch("web", &PatchParams::default(), &Patch::Strategic(image)).await.unwrap();
    available(3, "v2").await;
    assert_eq!(sets.list(&ListParams::default()).await.unwrap().items.len(), 2);
    deployments.patch("web", &PatchParams::default(), &Patch::Merge(json!({"spec": {"replicas": 1}}))).await.unwrap();
    available(1, "v2").await;

    deployments.delete("web", &DeleteParams::background()).await.unwrap();
    until("everything of the deployment is gone", || async {
        play_kubelet(&pods).await;
        let none = pods.list(&ListParams::default()).await.ok()?.items.is_empty()
            && sets.list(&ListParams::default()).await.ok()?.items.is_empty();
        none.then_some(())
    })
    .await;
    services.delete("web", &DeleteParams::default()).await.unwrap();
    let endpoints: Api<Endpoints> = Api::default_namespaced(client);
    until("the endpoints are gone", || async {
        let slices = slices.list(&ListParams::default().labels("kubernetes.io/service-name=web")).await.ok()?;
        (slices.items.is_empty() && endpoints.get_opt("web").await.ok()?.is_none()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_has_an_account_and_an_authority_and_goes_with_all_that_is_in_it() {
    let plane = ControlPlane::start().await;
    let client = plane.client();
    let namespaces: Api<Namespace> = Api::all(client.clone());
    namespaces.create(&PostParams::default(), &object(json!({"metadata": {"name": "n"}}))).await.unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "n");
    let map =
        until("kube-root-ca.crt is there", || async { maps.get_opt("kube-root-ca.crt").await.ok().flatten() }).await;
    assert_eq!(map.data.unwrap()["ca.crt"], plane.authority.certificate_pem());
    let accounts: Api<k8s_openapi::api::core::v1::ServiceAccount> = Api::namespaced(client.clone(), "n");
    until("the default account is there", || async { accounts.get_opt("default").await.ok().flatten() }).await;
    let pods: Api<Pod> = Api::namespaced(client, "n");
    let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    pods.create(&PostParams::default(), &object(pod)).await.unwrap();
    namespaces.delete("n", &DeleteParams::default()).await.unwrap();
    until("the namespace is gone", || async {
        namespaces.get_opt("n").await.ok().and_then(|found| found.is_none().then_some(()))
    })
    .await;
    assert!(maps.list(&ListParams::default()).await.unwrap().items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_write_is_lost_when_it_is_killed() {
    let mut plane = ControlPlane::start().await;
    for round in 0..3 {
        let maps: Api<ConfigMap> = Api::default_namespaced(plane.client());
        let writer = tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for number in 0.. {
                let name = format!("r{round}-{number}");
                if maps.create(&PostParams::default(), &object(json!({"metadata": {"name": name}}))).await.is_err() {
                    return acknowledged;
                }
                acknowledged.push(name);
            }
            acknowledged
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        plane.kill_and_start().await;
        let acknowledged = writer.await.unwrap();
        assert!(!acknowledged.is_empty());
        let maps: Api<ConfigMap> = Api::default_namespaced(plane.client());
        let present: std::collections::HashSet<String> =
            maps.list(&ListParams::default()).await.unwrap().items.iter().map(ResourceExt::name_any).collect();
        for name in acknowledged {
            assert!(present.contains(&name), "{name} was acknowledged and is lost");
        }
    }
}
