//! Makes clusters real: what a cluster needs of EC2, a control plane for it, and the end of all that when it is deleted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use kube::api::{Api, Patch, PatchParams};
use kube::runtime::controller::{Action, Controller};
use kube::runtime::reflector::ObjectRef;
use kube::runtime::watcher::Config;
use kube::{Client, ResourceExt};
use reks_ec2::objects::{NetworkInterface, NetworkInterfaceSpec, Rule, SecurityGroup, SecurityGroupSpec, Subnet};
use reks_objects::{Objects, Part, ids, named};
use reks_pki::{Authority, TokenKey, Validity};
use serde_json::json;
use time::{Duration as Span, OffsetDateTime};

use crate::objects::{AccessEntry, Cluster, ClusterStatus, ControlPlane, ControlPlaneSpec, Interface};
use crate::{Region, versions};

/// Keeps a cluster until all of it is gone.
pub const FINALIZER: &str = "eks.reks.dev/cluster";
/// How soon a look that failed is repeated, and how often one that waits.
const AGAIN: Duration = Duration::from_secs(2);
/// Interfaces of a cluster.
const INTERFACES: usize = 2;
/// How long an authority holds (EKS's do ten years).
const AUTHORITY_LIFE: Span = Span::days(3650);

/// Why a look at a cluster failed. It is repeated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The region's objects could not be read or written.
    #[error(transparent)]
    Objects(#[from] reks_objects::Error),
    /// The region's API server refused or did not answer.
    #[error("the region's own API server says: {0}")]
    Api(#[from] kube::Error),
    /// EC2 refuses.
    #[error("EC2 says {}: {}", .0.code, .0.message)]
    Ec2(reks_wire::Error),
    /// Keys could not be made.
    #[error("cannot make the cluster's keys: {0}")]
    Pki(#[from] reks_pki::Error),
}

type Result<T> = std::result::Result<T, Error>;

struct Context {
    region: Region,
    objects: Objects,
}

/// Reconciles every cluster until the future is dropped.
pub async fn run(client: Client, region: Region) {
    let objects = Objects::new(client.clone(), &region.account);
    let clusters: Api<Cluster> = Api::namespaced(client.clone(), &region.account);
    let planes: Api<ControlPlane> = Api::namespaced(client, &region.account);
    let of_plane = |plane: ControlPlane| {
        let namespace = plane.namespace().unwrap_or_default();
        Some(ObjectRef::new(&plane.name_any()).within(&namespace))
    };
    Controller::new(clusters, Config::default())
        .watches(planes, Config::default(), of_plane)
        .run(
            look,
            |_, error, _| {
                tracing::warn!(%error, "a cluster waits");
                Action::requeue(AGAIN)
            },
            Arc::new(Context { region, objects }),
        )
        .for_each(|_| async {})
        .await;
}

async fn look(cluster: Arc<Cluster>, context: Arc<Context>) -> Result<Action> {
    if cluster.metadata.deletion_timestamp.is_some() {
        return context.remove(&cluster).await;
    }
    context.build(&cluster).await
}

impl Context {
    async fn build(&self, cluster: &Cluster) -> Result<Action> {
        let name = cluster.name_any();
        let group = self.ensure_group(cluster).await?;
        let interfaces = self.ensure_interfaces(cluster, &group).await?;
        let plane = self.ensure_plane(cluster, interfaces).await?;
        let status = plane.status.clone().unwrap_or_default();
        let ready = status.port.filter(|_| status.ready);
        let phase = if ready.is_some() || cluster.status.as_ref().is_some_and(|own| own.phase == "ACTIVE") {
            "ACTIVE"
        } else {
            "CREATING"
        };
        let wanted = ClusterStatus {
            phase: phase.to_owned(),
            message: status.message.clone(),
            security_group: Some(group),
            endpoint: status.port.map(|port| format!("https://127.0.0.1:{port}")),
            certificate_authority: Some(plane.spec.ca_certificate.clone()),
            issuer: Some(plane.spec.issuer.clone()),
        };
        if cluster.status.as_ref() != Some(&wanted) {
            let change = |own: &mut Cluster| -> std::result::Result<(), std::convert::Infallible> {
                own.status = Some(wanted.clone());
                Ok(())
            };
            self.objects.change::<Cluster, _>(&name, Part::Status, change).await?;
        }
        Ok(Action::await_change())
    }

    /// The cluster's own security group: its members may talk to each other, and to everyone.
    async fn ensure_group(&self, cluster: &Cluster) -> Result<String> {
        let name = cluster.name_any();
        // Its id follows from the cluster's, so that a look that was cut off makes no second one.
        let id = format!("sg-{}", ids::digest(&["cluster security group", &cluster.spec.unique_id], 17));
        if self.objects.get::<SecurityGroup>(&id).await?.is_some() {
            return Ok(id);
        }
        let all = |egress: bool| Rule {
            id: ids::resource("sgr"),
            egress,
            protocol: "-1".to_owned(),
            cidr: egress.then(|| "0.0.0.0/0".to_owned()),
            group: (!egress).then(|| id.clone()),
            ..Rule::default()
        };
        let full_name = format!("eks-cluster-sg-{name}-{}", short(&cluster.spec.unique_id));
        let spec = SecurityGroupSpec {
            vpc: cluster.spec.vpc.clone(),
            name: full_name.clone(),
            description:
                "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well \
                          as any managed workloads."
                    .to_owned(),
            rules: vec![all(false), all(true)],
            tags: [
                (format!("kubernetes.io/cluster/{name}"), "owned".to_owned()),
                ("Name".to_owned(), full_name),
                ("aws:eks:cluster-name".to_owned(), name),
            ]
            .into(),
        };
        self.objects.create(&SecurityGroup { metadata: named(&id), spec }).await?;
        Ok(id)
    }

    /// Interfaces in two of the cluster's subnets, in two zones.
    async fn ensure_interfaces(&self, cluster: &Cluster, group: &str) -> Result<Vec<Interface>> {
        let name = cluster.name_any();
        let owner = format!("eks:{}", cluster.spec.unique_id);
        let mut present: Vec<NetworkInterface> = self.interfaces(&owner).await?;
        let mut zones = BTreeSet::new();
        for id in &cluster.spec.subnets {
            if present.len() >= INTERFACES {
                break;
            }
            let Some(subnet) = self.objects.get::<Subnet>(id).await? else { continue };
            let covered = present.iter().any(|interface| interface.spec.subnet == *id);
            if !zones.insert(subnet.spec.zone.clone()) || covered {
                continue;
            }
            let spec = NetworkInterfaceSpec {
                subnet: id.clone(),
                groups: std::iter::once(group.to_owned()).chain(cluster.spec.security_groups.iter().cloned()).collect(),
                description: format!("Amazon EKS {name}"),
                requester: Some("amazon-eks".to_owned()),
                attached_to: Some(owner.clone()),
                tags: [("cluster.k8s.amazonaws.com/name".to_owned(), name.clone())].into(),
                ..NetworkInterfaceSpec::default()
            };
            present.push(reks_ec2::allocate_interface(&self.objects, spec).await.map_err(Error::Ec2)?);
        }
        present.sort_by_key(ResourceExt::name_any);
        let show = |interface: &NetworkInterface| Interface {
            id: interface.name_any(),
            address: interface.spec.address.clone(),
        };
        Ok(present.iter().map(show).collect())
    }

    async fn interfaces(&self, owner: &str) -> Result<Vec<NetworkInterface>> {
        let all = self.objects.list::<NetworkInterface>().await?;
        Ok(all.into_iter().filter(|interface| interface.spec.attached_to.as_deref() == Some(owner)).collect())
    }

    async fn ensure_plane(&self, cluster: &Cluster, interfaces: Vec<Interface>) -> Result<ControlPlane> {
        let name = cluster.name_any();
        if let Some(plane) = self.objects.get::<ControlPlane>(&name).await? {
            return Ok(plane);
        }
        let now = OffsetDateTime::now_utc();
        let authority =
            Authority::generate("kubernetes", Validity { from: now - Span::HOUR, until: now + AUTHORITY_LIFE })?;
        let unique_id = cluster.spec.unique_id.clone();
        let version = versions::find(&cluster.spec.version).unwrap_or(&versions::VERSIONS[0]);
        let spec = ControlPlaneSpec {
            version: version.git.to_owned(),
            ca_certificate: authority.certificate_pem().to_owned(),
            ca_key: authority.key_pem(),
            token_key: STANDARD.encode(TokenKey::generate()?.pkcs8()),
            issuer: format!("https://oidc.eks.{}.amazonaws.com/id/{unique_id}", self.region.name),
            service_cidr: cluster.spec.service_cidr.clone(),
            interfaces,
            unique_id,
        };
        let made = self.objects.create(&ControlPlane { metadata: named(&name), spec, status: None }).await?;
        match made {
            Some(plane) => Ok(plane),
            // Made in between by a look that was cut off.
            None => Ok(Api::<ControlPlane>::namespaced(self.objects.client().clone(), &self.region.account)
                .get(&name)
                .await?),
        }
    }

    /// Takes apart what [`Context::build`] made, in the opposite order.
    async fn remove(&self, cluster: &Cluster) -> Result<Action> {
        let name = cluster.name_any();
        if self.objects.get::<ControlPlane>(&name).await?.is_some() {
            self.objects.delete::<ControlPlane>(&name).await?;
            if self.objects.get::<ControlPlane>(&name).await?.is_some() {
                // The host takes it down; its end wakes us.
                return Ok(Action::requeue(AGAIN));
            }
        }
        for interface in self.interfaces(&format!("eks:{}", cluster.spec.unique_id)).await? {
            self.objects.delete::<NetworkInterface>(&interface.name_any()).await?;
        }
        let group = format!("sg-{}", ids::digest(&["cluster security group", &cluster.spec.unique_id], 17));
        self.objects.delete::<SecurityGroup>(&group).await?;
        for entry in self.objects.list::<AccessEntry>().await?.iter().filter(|entry| entry.spec.cluster == name) {
            self.objects.delete::<AccessEntry>(&entry.name_any()).await?;
        }
        let rest: Vec<&String> = cluster.finalizers().iter().filter(|one| *one != FINALIZER).collect();
        let patch = Patch::Merge(json!({"metadata": {"finalizers": rest}}));
        match self.objects.api::<Cluster>().patch(&name, &PatchParams::default(), &patch).await {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
        Ok(Action::await_change())
    }
}

/// The part of a unique id that names carry.
fn short(unique_id: &str) -> String {
    unique_id.chars().take(10).collect::<String>().to_ascii_lowercase()
}
