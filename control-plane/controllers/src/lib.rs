//! The controllers of a cluster: what kube-controller-manager does, one file a controller.
//!
//! All of one shape: informers fill a queue with names; a worker takes a name, looks at what is there, and does the next thing
//! that is missing. Nothing is remembered that could not be read again, so a restart at any instant does no harm.

mod certificates;
mod cluster_roles;
mod deployment;
mod endpoints;
mod events;
mod garbage;
mod informer;
mod job;
mod namespace;
mod node_lifecycle;
mod owners;
mod pod_garbage;
mod pods;
mod queue;
mod replica_set;
mod service_accounts;
mod template;

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod, Service};
use kube::Client;
use kube::runtime::watcher::Config;

pub use events::Recorder;
pub use informer::{Informer, Key};
pub use owners::selects;
pub use queue::Queue;

/// A certificate request that is approved.
#[derive(Debug, Clone, Copy)]
pub struct SigningRequest<'a> {
    /// The request, PEM.
    pub pem: &'a str,
    /// Who is to sign it, e.g. `kubernetes.io/kubelet-serving`.
    pub signer_name: &'a str,
    /// Who asked for it.
    pub username: &'a str,
}

/// Checks that a request asks for no more than its signer gives, and signs it. Gives the certificate (PEM), or says why not.
pub type Signer = Arc<dyn Fn(&SigningRequest<'_>) -> std::result::Result<String, String> + Send + Sync>;

/// What the controllers are told.
#[derive(Clone)]
pub struct Options {
    /// The cluster's authority (PEM), for `kube-root-ca.crt`.
    pub root_ca: String,
    /// Signs what is approved.
    pub signer: Signer,
}

/// Why a look at an object failed. It is repeated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server refused or did not answer.
    #[error("the API server says: {0}")]
    Api(#[from] kube::Error),
    /// An object cannot be made into JSON.
    #[error("an object cannot be encoded: {0}")]
    Encode(#[from] serde_json::Error),
    /// An object lacks what every object has.
    #[error("{0} has no {1}")]
    Lacks(String, &'static str),
}

/// What most controllers return.
pub type Result<T> = std::result::Result<T, Error>;

/// What several controllers read.
#[derive(Clone)]
pub(crate) struct Shared {
    pub client: Client,
    pub pods: Informer<Pod>,
    pub nodes: Informer<Node>,
    pub services: Informer<Service>,
    pub namespaces: Informer<Namespace>,
    pub deployments: Informer<Deployment>,
    pub replica_sets: Informer<ReplicaSet>,
    pub jobs: Informer<Job>,
}

/// Runs every controller until the future is dropped.
pub async fn run(client: Client, options: Options) {
    let shared = Shared {
        pods: Informer::start(client.clone(), Config::default()),
        nodes: Informer::start(client.clone(), Config::default()),
        services: Informer::start(client.clone(), Config::default()),
        namespaces: Informer::start(client.clone(), Config::default()),
        deployments: Informer::start(client.clone(), Config::default()),
        replica_sets: Informer::start(client.clone(), Config::default()),
        jobs: Informer::start(client.clone(), Config::default()),
        client,
    };
    tokio::join!(
        shared.pods.synced(),
        shared.nodes.synced(),
        shared.services.synced(),
        shared.namespaces.synced(),
        shared.deployments.synced(),
        shared.replica_sets.synced(),
        shared.jobs.synced(),
    );
    tokio::join!(
        deployment::run(shared.clone()),
        replica_set::run(shared.clone()),
        job::run(shared.clone()),
        endpoints::run(shared.clone()),
        namespace::run(shared.clone()),
        service_accounts::run(shared.clone(), options.root_ca.clone()),
        node_lifecycle::run(shared.clone()),
        pod_garbage::run(shared.clone()),
        garbage::run(shared.clone()),
        certificates::run(shared.client.clone(), options.signer.clone()),
        cluster_roles::run(shared.client.clone()),
    );
}
