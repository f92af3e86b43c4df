//! The objects: clusters, who may enter them, and the control planes that hosts run.

use std::collections::BTreeMap;

use kube::CustomResource;
use reks_kinds::{Kind, NameRule, Subresource};
use serde::{Deserialize, Serialize};

/// The API group.
pub const GROUP: &str = "eks.reks.dev";

/// The rows of the kinds, for the region's API server.
#[must_use]
pub fn kinds() -> &'static [&'static Kind] {
    const fn kind(kind: &'static str, plural: &'static str, singular: &'static str) -> Kind {
        Kind {
            name_rule: NameRule::PathSegment,
            subresources: &[Subresource::Status],
            generation: true,
            ..Kind::new(GROUP, "v1", kind, plural, singular, true)
        }
    }
    static KINDS: [Kind; 3] = [
        kind("Cluster", "clusters", "cluster"),
        kind("AccessEntry", "accessentries", "accessentry"),
        kind("ControlPlane", "controlplanes", "controlplane"),
    ];
    static ROWS: [&Kind; 3] = [&KINDS[0], &KINDS[1], &KINDS[2]];
    &ROWS
}

/// How callers are let into a cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthenticationMode {
    /// By access entries alone.
    Api,
    /// By access entries and the `aws-auth` ConfigMap.
    #[default]
    ApiAndConfigMap,
    /// By the `aws-auth` ConfigMap alone.
    ConfigMap,
}

/// A cluster, by name.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "eks.reks.dev",
    version = "v1",
    kind = "Cluster",
    namespaced,
    status = "ClusterStatus",
    schema = "disabled"
)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterSpec {
    /// Minor version, e.g. `1.36`.
    pub version: String,
    /// The role that the cluster acts in.
    pub role_arn: String,
    /// Subnets for its interfaces.
    pub subnets: Vec<String>,
    /// The VPC of those.
    pub vpc: String,
    /// Security groups of its interfaces beside its own.
    pub security_groups: Vec<String>,
    /// Whether its endpoint is public.
    pub public_access: bool,
    /// Whether its endpoint is in the VPC.
    pub private_access: bool,
    /// Networks that the public endpoint is open to.
    pub public_cidrs: Vec<String>,
    /// How callers are let in.
    pub authentication_mode: AuthenticationMode,
    /// Addresses of Services.
    pub service_cidr: String,
    /// Whether DeleteCluster is refused.
    pub deletion_protection: bool,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// What makes a repeated request the same request.
    pub client_request_token: Option<String>,
    /// The request's own content, to tell a repetition from another request with the same token.
    pub request_digest: String,
    /// Identifies the cluster in names that must be unique over time.
    pub unique_id: String,
}

/// How a cluster is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterStatus {
    /// `CREATING`, `ACTIVE`, `DELETING` or `FAILED`.
    pub phase: String,
    /// Why it is not `ACTIVE`, where that needs saying.
    pub message: String,
    /// The cluster's security group.
    pub security_group: Option<String>,
    /// Where its API server is.
    pub endpoint: Option<String>,
    /// The authority of its API server's certificate, PEM.
    pub certificate_authority: Option<String>,
    /// Who issues its service accounts' tokens.
    pub issuer: Option<String>,
}

/// Who may enter a cluster, and as whom: by `<cluster>.<digest of the principal>`.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(group = "eks.reks.dev", version = "v1", kind = "AccessEntry", namespaced, schema = "disabled")]
#[serde(rename_all = "camelCase", default)]
pub struct AccessEntrySpec {
    /// The cluster.
    pub cluster: String,
    /// The IAM principal.
    pub principal_arn: String,
    /// The user's name in the cluster; may have `{{SessionName}}` in it.
    pub username: String,
    /// The user's groups in the cluster.
    pub groups: Vec<String>,
    /// `STANDARD`, `EC2_LINUX` …
    pub entry_type: String,
    /// Access policies that are associated, by ARN, for the whole cluster.
    pub policies: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was changed.
    pub modified_at: String,
}

/// An interface of a control plane in the user's VPC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Interface {
    /// `eni-…`.
    pub id: String,
    /// Its address there.
    pub address: String,
}

/// A cluster's control plane, by the cluster's name: what a host runs.
#[derive(CustomResource, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "eks.reks.dev",
    version = "v1",
    kind = "ControlPlane",
    namespaced,
    status = "ControlPlaneStatus",
    schema = "disabled"
)]
#[serde(rename_all = "camelCase", default)]
pub struct ControlPlaneSpec {
    /// `gitVersion` of its API server.
    pub version: String,
    /// Identifies the cluster in names that must be unique over time.
    pub unique_id: String,
    /// Its authority: certificate, PEM.
    pub ca_certificate: String,
    /// Its authority: private key, PEM.
    pub ca_key: String,
    /// The key of its service accounts' tokens: PKCS#8 in base64.
    pub token_key: String,
    /// Who issues those tokens.
    pub issuer: String,
    /// Addresses of Services.
    pub service_cidr: String,
    /// Its interfaces.
    pub interfaces: Vec<Interface>,
}

/// How a control plane is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ControlPlaneStatus {
    /// Whether its API server is ready.
    pub ready: bool,
    /// The port of its public endpoint on the host's loopback.
    pub port: Option<u16>,
    /// The user that its process runs as.
    pub user: Option<u32>,
    /// What it waits for, or what went wrong.
    pub message: String,
}
