//! Certificates of the server, issued anew at every start, and whose certificates count.

use std::sync::Arc;

use anyhow::Context;
use reks_apiserver::kubelet_client::Kubelets;
use reks_apiserver::services::Network;
use reks_pki::{Authority, Profile, Usage, Validity};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use time::{Duration, OffsetDateTime};

use super::config::Config;

/// Names of the `kubernetes` Service, by which pods reach the API server.
const SERVICE_NAMES: &[&str] = &[
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
];
/// How far clocks may be behind.
const BACKDATED: Duration = Duration::HOUR;
/// A year; a control plane is upgraded, and so started anew, more often.
const LIFE: Duration = Duration::days(365);

/// The TLS of a replica: HTTP/2 and HTTP/1.1, client certificates of the cluster's authority welcome and not required.
pub fn config(config: &Config) -> anyhow::Result<Arc<ServerConfig>> {
    let authority = Authority::from_pem(&config.ca_certificate, &config.ca_key)?;
    let now = OffsetDateTime::now_utc();
    let addresses = config.public.iter().chain(&config.private).map(|address| address.ip().to_string());
    let service = Network::parse(&config.service_cidr).map(|network| network.at(1).to_string());
    let mut names: Vec<String> = SERVICE_NAMES.iter().map(|name| (*name).to_owned()).collect();
    names.extend(addresses.chain(service).chain(config.names.iter().cloned()));
    names.sort();
    names.dedup();
    let issued = authority.issue(&Profile {
        common_name: "kube-apiserver".to_owned(),
        organization: None,
        names,
        usage: Usage::Server,
        validity: Validity { from: now - BACKDATED, until: now + LIFE },
    })?;

    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(
        CertificateDer::from_pem_slice(config.ca_certificate.as_bytes()).context("the authority's certificate")?,
    )?;
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()?;
    let chain = vec![CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes())?];
    let key = PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes())?;
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(tls))
}

/// The TLS towards kubelets: the server shows a certificate of its own, and takes those that the cluster's authority issued.
pub fn kubelets(config: &Config) -> anyhow::Result<Kubelets> {
    let authority = Authority::from_pem(&config.ca_certificate, &config.ca_key)?;
    let now = OffsetDateTime::now_utc();
    let issued = authority.issue(&Profile {
        common_name: "kube-apiserver-kubelet-client".to_owned(),
        organization: Some("system:masters".to_owned()),
        names: Vec::new(),
        usage: Usage::Client,
        validity: Validity { from: now - BACKDATED, until: now + LIFE },
    })?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(config.ca_certificate.as_bytes())?)?;
    let chain = vec![CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes())?];
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes())?)?;
    Ok(Kubelets { tls: Arc::new(tls) })
}
