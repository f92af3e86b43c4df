//! Signs certificate requests with the cluster's authority (Kubernetes, "Certificate Signing Requests", "Kubernetes signers").

use std::sync::Arc;

use reks_controllers::{Signer, SigningRequest};
use reks_pki::{Authority, Usage, Validity};
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer, X509CertificationRequest};

use super::config::Config;

/// How far clocks may be behind.
const BACKDATED: Duration = Duration::minutes(5);
/// How long what is signed holds (upstream's default).
const LIFE: Duration = Duration::days(365);
const SERVING: &str = "kubernetes.io/kubelet-serving";
const KUBELET_CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";

/// The signer of a cluster.
pub fn of(config: &Config) -> anyhow::Result<Signer> {
    let authority = Authority::from_pem(&config.ca_certificate, &config.ca_key)?;
    Ok(Arc::new(move |request: &SigningRequest<'_>| {
        let usage = if request.signer_name == SERVING { Usage::Server } else { Usage::Client };
        check(request)?;
        let now = OffsetDateTime::now_utc();
        let validity = Validity { from: now - BACKDATED, until: now + LIFE };
        authority.sign_request(request.pem, usage, validity).map_err(|error| error.to_string())
    }))
}

/// A kubelet's certificate is for the node that asks, and no other. Nobody's is for the masters' group.
fn check(request: &SigningRequest<'_>) -> Result<(), String> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(request.pem.as_bytes()).map_err(|error| error.to_string())?;
    let (_, parsed) = X509CertificationRequest::from_der(&pem.contents).map_err(|error| error.to_string())?;
    let subject = &parsed.certification_request_info.subject;
    let name = subject.iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or_default();
    let groups: Vec<&str> = subject.iter_organization().filter_map(|group| group.as_str().ok()).collect();
    if groups.contains(&"system:masters") {
        return Err("organization system:masters is never signed: use an access entry".to_owned());
    }
    if matches!(request.signer_name, SERVING | KUBELET_CLIENT) {
        if groups != ["system:nodes"] {
            return Err(format!("organization is {groups:?}, and must be system:nodes alone"));
        }
        if name != request.username {
            return Err(format!("common name is {name}, and must be that of the node that asks, {}", request.username));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_nodes_own_certificate_is_signed() {
        let request = |name: &str, group: &str| {
            let key = rcgen::KeyPair::generate().unwrap();
            let mut parameters = rcgen::CertificateParams::default();
            parameters.distinguished_name = rcgen::DistinguishedName::new();
            parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
            parameters.distinguished_name.push(rcgen::DnType::OrganizationName, group);
            parameters.serialize_request(&key).unwrap().pem().unwrap()
        };
        let verdict = |name: &str, group: &str, signer_name: &str| {
            let pem = request(name, group);
            check(&SigningRequest { pem: &pem, signer_name, username: "system:node:n1" }).is_ok()
        };
        assert!(verdict("system:node:n1", "system:nodes", SERVING));
        assert!(!verdict("system:node:n2", "system:nodes", SERVING));
        assert!(!verdict("system:node:n1", "ops", KUBELET_CLIENT));
        assert!(verdict("jane", "ops", "kubernetes.io/kube-apiserver-client"));
        assert!(!verdict("jane", "system:masters", "kubernetes.io/kube-apiserver-client"));
    }
}
