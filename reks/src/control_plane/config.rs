//! What a control plane is told by whoever runs it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reks_pki::TokenKey;
use serde::{Deserialize, Serialize};

/// The configuration file of one replica. It holds keys: it is for root's eyes alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cluster's name.
    pub cluster: String,
    /// `gitVersion` of the API server, e.g. `v1.36.0-eks-reks`.
    pub version: String,
    /// The store's file.
    pub store: PathBuf,
    /// The store's cache, in bytes.
    #[serde(default = "default_cache")]
    pub cache_bytes: usize,
    /// The cluster's authority: certificate, PEM.
    pub ca_certificate: String,
    /// The cluster's authority: private key, PEM.
    pub ca_key: String,
    /// The key of service account tokens, PKCS#8 in base64.
    pub token_key: String,
    /// Who issues service account tokens: an https URL.
    pub issuer: String,
    /// Addresses of Services.
    pub service_cidr: String,
    /// Addresses to listen on in the host's network.
    pub public: Vec<SocketAddr>,
    /// The cluster's own network namespace, a path.
    #[serde(default)]
    pub network_namespace: Option<PathBuf>,
    /// Addresses to listen on in there.
    #[serde(default)]
    pub private: Vec<SocketAddr>,
    /// More names that the server's certificate is for, beside the addresses above.
    #[serde(default)]
    pub names: Vec<String>,
    /// The socket of whoever knows tokens that are not the cluster's own.
    #[serde(default)]
    pub token_webhook: Option<PathBuf>,
    /// The user (and group) to run as.
    #[serde(default)]
    pub user: Option<u32>,
}

/// Small, since a host has hundreds of clusters.
fn default_cache() -> usize {
    4 << 20
}

impl Config {
    /// Reads the file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a control plane's configuration", path.display()))
    }

    /// The key of service account tokens.
    pub fn token_key(&self) -> anyhow::Result<TokenKey> {
        let pkcs8 = STANDARD.decode(&self.token_key).context("token_key is not base64")?;
        Ok(TokenKey::from_pkcs8(&pkcs8)?)
    }
}
