//! EndpointSlices, and the old Endpoints: where the pods of a Service are.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    EndpointAddress, EndpointPort as OldPort, EndpointSubset, Endpoints, ObjectReference, Pod, Service,
};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::api::{DeleteParams, PostParams};
use kube::runtime::watcher::Config;
use kube::{Api, Resource, ResourceExt};

use crate::informer::{Informer, Key};
use crate::owners::{controller_reference, is_controlled_by};
use crate::queue::Queue;
use crate::{Result, Shared, pods};

const WORKERS: usize = 4;
/// Endpoints of one slice (upstream's default).
const SLICE: usize = 100;
/// Addresses of one Endpoints object (upstream's limit).
const OLD_LIMIT: usize = 1000;
const SERVICE: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";
const OLD_MANAGER: &str = "endpoints.kubernetes.io/managed-by";
const ZONE: &str = "topology.kubernetes.io/zone";

/// Runs forever.
pub async fn run(shared: Shared) {
    let queue = Queue::default();
    let slices: Informer<EndpointSlice> =
        Informer::start(shared.client.clone(), Config::default().labels(&format!("{MANAGED_BY}={MANAGER}")));
    let old: Informer<Endpoints> = Informer::start(shared.client.clone(), Config::default());
    slices.synced().await;
    old.synced().await;
    let own = queue.clone();
    shared.services.listen(move |before, after| {
        if let Some(service) = after.or(before) {
            own.add(Key::of(&**service));
        }
    });
    let (own, services) = (queue.clone(), shared.services.clone());
    shared.pods.listen(move |before, after| {
        if before.zip(after).is_some_and(|(before, after)| same_endpoint(before, after)) {
            return;
        }
        for pod in [before, after].into_iter().flatten() {
            for service in services.select(|service| selects(service, pod)) {
                own.add(Key::of(&*service));
            }
        }
    });
    let own = queue.clone();
    slices.listen(move |before, after| {
        let slice = after.or(before);
        if let Some(name) = slice.and_then(|slice| slice.labels().get(SERVICE)) {
            own.add(Key::new(&slice.and_then(|slice| slice.namespace()).unwrap_or_default(), name));
        }
    });
    queue
        .run("endpointslice", WORKERS, move |key| {
            let (shared, slices, old) = (shared.clone(), slices.clone(), old.clone());
            async move { look(&shared, &slices, &old, key).await }
        })
        .await;
}

fn selects(service: &Service, pod: &Pod) -> bool {
    let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref()).filter(|one| !one.is_empty());
    service.namespace() == pod.namespace()
        && selector.is_some_and(|selector| selector.iter().all(|(key, value)| pod.labels().get(key) == Some(value)))
}

/// Whether a change of a pod changes nothing of its endpoint.
fn same_endpoint(before: &Pod, after: &Pod) -> bool {
    let ips = |pod: &Pod| pod.status.as_ref().and_then(|status| status.pod_ips.clone());
    before.metadata.labels == after.metadata.labels
        && ips(before) == ips(after)
        && pods::is_ready(before) == pods::is_ready(after)
        && pods::phase(before) == pods::phase(after)
        && pods::node(before) == pods::node(after)
        && before.metadata.deletion_timestamp.is_some() == after.metadata.deletion_timestamp.is_some()
}

async fn look(shared: &Shared, slices: &Informer<EndpointSlice>, old: &Informer<Endpoints>, key: Key) -> Result<()> {
    // What belongs to a Service that is gone goes by its owner reference, and the old Endpoints by its name.
    let Some(service) = shared.services.get(&key) else { return remove_old(shared, old, &key).await };
    let (Some(uid), Some(spec)) = (service.uid(), service.spec.as_ref()) else { return Ok(()) };
    if spec.selector.as_ref().is_none_or(BTreeMap::is_empty)
        || spec.type_.as_deref() == Some("ExternalName")
        || service.metadata.deletion_timestamp.is_some()
    {
        return Ok(());
    }
    let mut members = shared.pods.select(|pod| selects(&service, pod) && !pods::is_finished(pod) && has_address(pod));
    members.sort_by_key(|pod| pod.name_any());
    let wanted = wanted_slices(shared, &service, &members);
    let present =
        slices.select(|slice| slice.namespace() == service.namespace() && is_controlled_by(&slice.metadata, &uid));
    write_slices(shared, slices, &service, present, wanted).await?;
    write_old(shared, old, &service, &members).await
}

fn has_address(pod: &Pod) -> bool {
    pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()).is_some_and(|address| !address.is_empty())
}

type Ports = Vec<EndpointPort>;

/// The slices that should be there: their ports and endpoints.
fn wanted_slices(shared: &Shared, service: &Arc<Service>, members: &[Arc<Pod>]) -> Vec<(Ports, Vec<Endpoint>)> {
    let mut by_ports: Vec<(Ports, Vec<Endpoint>)> = Vec::new();
    for pod in members {
        let ports = ports(service, pod);
        let endpoint = endpoint(shared, service, pod);
        match by_ports.iter_mut().find(|(own, _)| *own == ports) {
            Some((_, endpoints)) => endpoints.push(endpoint),
            None => by_ports.push((ports, vec![endpoint])),
        }
    }
    let chunk = |(ports, endpoints): (Ports, Vec<Endpoint>)| {
        endpoints.chunks(SLICE).map(|chunk| (ports.clone(), chunk.to_vec())).collect::<Vec<_>>()
    };
    let wanted: Vec<_> = by_ports.into_iter().flat_map(chunk).collect();
    // A Service without pods has an empty slice, so that everyone can see that there are none.
    if wanted.is_empty() { vec![(Vec::new(), Vec::new())] } else { wanted }
}

fn ports(service: &Service, pod: &Pod) -> Ports {
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    ports
        .filter_map(|port| {
            let number = match port.target_port.as_ref() {
                None => Some(port.port),
                Some(IntOrString::Int(number)) => Some(*number),
                Some(IntOrString::String(name)) => named_port(pod, name, port.protocol.as_deref().unwrap_or("TCP")),
            }?;
            Some(EndpointPort {
                name: Some(port.name.clone().unwrap_or_default()),
                port: Some(number),
                protocol: Some(port.protocol.clone().unwrap_or_else(|| "TCP".to_owned())),
                app_protocol: port.app_protocol.clone(),
            })
        })
        .collect()
}

fn named_port(pod: &Pod, name: &str, protocol: &str) -> Option<i32> {
    let spec = pod.spec.as_ref()?;
    let sidecars = spec.init_containers.iter().flatten().filter(|one| one.restart_policy.as_deref() == Some("Always"));
    let mut ports = spec.containers.iter().chain(sidecars).flat_map(|container| container.ports.iter().flatten());
    let found =
        ports.find(|port| port.name.as_deref() == Some(name) && port.protocol.as_deref().unwrap_or("TCP") == protocol);
    found.map(|port| port.container_port)
}

fn endpoint(shared: &Shared, service: &Service, pod: &Pod) -> Endpoint {
    let unready = service.spec.as_ref().and_then(|spec| spec.publish_not_ready_addresses).unwrap_or(false);
    let serving = pods::is_ready(pod);
    let terminating = pod.metadata.deletion_timestamp.is_some();
    let node = pods::node(pod).map(str::to_owned);
    let zone = node.as_ref().and_then(|node| shared.nodes.get(&Key::new("", node)));
    let zone = zone.and_then(|node| node.labels().get(ZONE).cloned());
    let spec = pod.spec.as_ref();
    let hostname = spec.and_then(|spec| spec.hostname.clone()).filter(|hostname| !hostname.is_empty());
    let in_subdomain = spec.and_then(|spec| spec.subdomain.as_ref()) == service.metadata.name.as_ref();
    Endpoint {
        addresses: pod.status.iter().filter_map(|status| status.pod_ip.clone()).collect(),
        conditions: Some(EndpointConditions {
            ready: Some(unready || (serving && !terminating)),
            serving: Some(serving),
            terminating: Some(terminating),
        }),
        hostname: hostname.filter(|_| in_subdomain),
        node_name: node,
        zone,
        target_ref: Some(reference(pod)),
        ..Endpoint::default()
    }
}

fn reference(pod: &Pod) -> ObjectReference {
    ObjectReference {
        kind: Some("Pod".to_owned()),
        namespace: pod.namespace(),
        name: pod.metadata.name.clone(),
        uid: pod.uid(),
        ..ObjectReference::default()
    }
}

async fn write_slices(
    shared: &Shared,
    informer: &Informer<EndpointSlice>,
    service: &Arc<Service>,
    mut present: Vec<Arc<EndpointSlice>>,
    wanted: Vec<(Ports, Vec<Endpoint>)>,
) -> Result<()> {
    let namespace = service.namespace().unwrap_or_default();
    let api: Api<EndpointSlice> = Api::namespaced(shared.client.clone(), &namespace);
    present.sort_by_key(|slice| slice.name_any());
    let mut present = present.into_iter();
    for (ports, endpoints) in wanted {
        let mut labels = service.metadata.labels.clone().unwrap_or_default();
        labels.insert(SERVICE.to_owned(), service.name_any());
        labels.insert(MANAGED_BY.to_owned(), MANAGER.to_owned());
        if service.spec.as_ref().and_then(|spec| spec.cluster_ip.as_deref()) == Some("None") {
            labels.insert("service.kubernetes.io/headless".to_owned(), String::new());
        }
        let written = if let Some(slice) = present.next() {
            let mut new = EndpointSlice::clone(&slice);
            new.metadata.labels = Some(labels);
            new.endpoints = Some(endpoints).filter(|all| !all.is_empty());
            new.ports = Some(ports).filter(|all| !all.is_empty());
            let mut old = EndpointSlice::clone(&slice);
            old.endpoints = old.endpoints.filter(|all| !all.is_empty());
            old.ports = old.ports.filter(|all| !all.is_empty());
            if new == old {
                continue;
            }
            api.replace(&slice.name_any(), &PostParams::default(), &new).await?
        } else {
            let slice = EndpointSlice {
                metadata: ObjectMeta {
                    generate_name: Some(format!("{}-", service.name_any())),
                    namespace: Some(namespace.clone()),
                    labels: Some(labels),
                    owner_references: Some(vec![controller_reference(&**service)]),
                    ..ObjectMeta::default()
                },
                address_type: "IPv4".to_owned(),
                endpoints: Some(endpoints),
                ports: Some(ports),
            };
            api.create(&PostParams::default(), &slice).await?
        };
        informer.saw(&written).await;
    }
    for surplus in present {
        match api.delete(&surplus.name_any(), &DeleteParams::default()).await {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
        informer.saw_deleted(&Key::of(&*surplus), surplus.uid().as_deref()).await;
    }
    Ok(())
}

async fn write_old(
    shared: &Shared,
    informer: &Informer<Endpoints>,
    service: &Arc<Service>,
    members: &[Arc<Pod>],
) -> Result<()> {
    let unready = service.spec.as_ref().and_then(|spec| spec.publish_not_ready_addresses).unwrap_or(false);
    let mut subsets: Vec<EndpointSubset> = Vec::new();
    for pod in members.iter().take(OLD_LIMIT) {
        if pod.metadata.deletion_timestamp.is_some() && !unready {
            continue;
        }
        let ports: Vec<OldPort> = ports(service, pod)
            .into_iter()
            .map(|port| OldPort {
                name: port.name.filter(|name| !name.is_empty()),
                port: port.port.unwrap_or(0),
                protocol: port.protocol,
                app_protocol: port.app_protocol,
            })
            .collect();
        let address = EndpointAddress {
            ip: pod.status.as_ref().and_then(|status| status.pod_ip.clone()).unwrap_or_default(),
            node_name: pods::node(pod).map(str::to_owned),
            target_ref: Some(reference(pod)),
            hostname: None,
        };
        let index = subsets.iter().position(|subset| subset.ports.as_ref() == Some(&ports)).unwrap_or_else(|| {
            subsets.push(EndpointSubset { ports: Some(ports), ..EndpointSubset::default() });
            subsets.len() - 1
        });
        let subset = &mut subsets[index];
        let list = if unready || pods::is_ready(pod) { &mut subset.addresses } else { &mut subset.not_ready_addresses };
        list.get_or_insert_default().push(address);
    }
    let mut labels = service.metadata.labels.clone().unwrap_or_default();
    labels.insert(OLD_MANAGER.to_owned(), "endpoint-controller".to_owned());
    let key = Key::of(&**service);
    let subsets = Some(subsets).filter(|all| !all.is_empty());
    let api: Api<Endpoints> = Api::namespaced(shared.client.clone(), &key.namespace);
    let written = match informer.get(&key) {
        Some(present) if present.subsets == subsets && present.metadata.labels.as_ref() == Some(&labels) => {
            return Ok(());
        }
        Some(present) => {
            let mut new = Endpoints::clone(&present);
            new.subsets = subsets;
            new.metadata.labels = Some(labels);
            api.replace(&key.name, &PostParams::default(), &new).await?
        }
        None => {
            let metadata = ObjectMeta {
                name: Some(key.name.clone()),
                namespace: Some(key.namespace.clone()),
                labels: Some(labels),
                ..ObjectMeta::default()
            };
            api.create(&PostParams::default(), &Endpoints { metadata, subsets }).await?
        }
    };
    informer.saw(&written).await;
    Ok(())
}

async fn remove_old(shared: &Shared, informer: &Informer<Endpoints>, key: &Key) -> Result<()> {
    let managed = informer
        .get(key)
        .is_some_and(|old| old.meta().labels.as_ref().is_some_and(|all| all.contains_key(OLD_MANAGER)));
    if !managed {
        return Ok(());
    }
    let api: Api<Endpoints> = Api::namespaced(shared.client.clone(), &key.namespace);
    match api.delete(&key.name, &DeleteParams::default()).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}
