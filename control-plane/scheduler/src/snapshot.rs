//! The nodes with what runs on them, at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::ResourceExt;

use crate::resources::{Amounts, requests, scored_requests};

/// A node and its pods.
#[derive(Debug, Clone)]
pub struct NodeInfo {
    /// The node.
    pub node: Arc<Node>,
    /// What can be given to pods.
    pub allocatable: Amounts,
    /// What its pods ask for.
    pub requested: Amounts,
    /// The same for comparing nodes.
    pub scored: Amounts,
    /// Its pods that have not ended.
    pub pods: Vec<Arc<Pod>>,
}

impl NodeInfo {
    /// A node with its pods.
    #[must_use]
    pub fn new(node: Arc<Node>, pods: Vec<Arc<Pod>>) -> Self {
        let (mut requested, mut scored) = (Amounts::default(), Amounts::default());
        for pod in &pods {
            requested.add(&requests(pod));
            scored.add(&scored_requests(pod));
        }
        let allocatable = Amounts::of(node.status.as_ref().and_then(|status| status.allocatable.as_ref()));
        Self { node, allocatable, requested, scored, pods }
    }

    /// The node's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.node.name_any()
    }

    /// The node's labels.
    #[must_use]
    pub fn labels(&self) -> &BTreeMap<String, String> {
        self.node.labels()
    }
}

/// Everything that a decision looks at.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The nodes, by name.
    pub nodes: Vec<NodeInfo>,
    /// Labels of namespaces, for selectors of them.
    pub namespaces: BTreeMap<String, BTreeMap<String, String>>,
}
