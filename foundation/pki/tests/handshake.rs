//! The certificates at work: rustls, as server and as client, takes those of the authority that it trusts and no others.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use reks_pki::{Authority, Error, Issued, Profile, Usage, Validity};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use time::{Duration, OffsetDateTime};

fn validity() -> Validity {
    let now = OffsetDateTime::now_utc();
    Validity { from: now - Duration::minutes(5), until: now + Duration::hours(1) }
}

fn authority() -> Authority {
    Authority::generate("kubernetes", validity()).unwrap()
}

fn issue(authority: &Authority, usage: Usage) -> Issued {
    let profile = Profile {
        common_name: "system:node:ip-10-0-0-7".into(),
        organization: Some("system:nodes".into()),
        names: vec!["kubernetes.default.svc".into(), "10.100.0.1".into()],
        usage,
        validity: validity(),
    };
    authority.issue(&profile).unwrap()
}

fn parts(issued: &Issued) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let certificate = CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap();
    (vec![certificate], PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).unwrap())
}

fn roots(authority: &Authority) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes()).unwrap()).unwrap();
    Arc::new(roots)
}

/// A whole handshake in memory in which both sides trust `trusted`.
fn handshake(trusted: &Authority, server: &Issued, client: &Issued, name: &'static str) -> Result<(), rustls::Error> {
    let (chain, key) = parts(server);
    let verifier = WebPkiClientVerifier::builder(roots(trusted)).build().unwrap();
    let config = ServerConfig::builder().with_client_cert_verifier(verifier).with_single_cert(chain, key)?;
    let mut server = ServerConnection::new(Arc::new(config))?;
    let (chain, key) = parts(client);
    let config = ClientConfig::builder().with_root_certificates(roots(trusted)).with_client_auth_cert(chain, key)?;
    let mut client = ClientConnection::new(Arc::new(config), ServerName::try_from(name).unwrap())?;
    let mut bytes = Vec::new();
    while client.is_handshaking() || server.is_handshaking() {
        client.write_tls(&mut bytes).unwrap();
        server.read_tls(&mut bytes.as_slice()).unwrap();
        server.process_new_packets()?;
        bytes.clear();
        server.write_tls(&mut bytes).unwrap();
        client.read_tls(&mut bytes.as_slice()).unwrap();
        client.process_new_packets()?;
        bytes.clear();
    }
    Ok(())
}

#[test]
fn certificates_of_the_trusted_authority_are_taken() {
    let made = authority();
    // As after a restart: the authority read back from its documents.
    let read = Authority::from_pem(made.certificate_pem(), &made.key_pem()).unwrap();
    let (server, client) = (issue(&made, Usage::Server), issue(&read, Usage::Client));
    for name in ["kubernetes.default.svc", "10.100.0.1"] {
        handshake(&made, &server, &client, name).unwrap();
    }
}

#[test]
fn other_certificates_are_not() {
    let (trusted, other) = (authority(), authority());
    let (server, client) = (issue(&trusted, Usage::Server), issue(&trusted, Usage::Client));
    let check = |server: &Issued, client: &Issued, name| {
        assert!(handshake(&trusted, server, client, name).is_err(), "{name}");
    };
    check(&issue(&other, Usage::Server), &client, "kubernetes.default.svc");
    check(&server, &issue(&other, Usage::Client), "kubernetes.default.svc");
    check(&server, &client, "kubernetes.default");
    check(&issue(&trusted, Usage::Client), &client, "kubernetes.default.svc");
    check(&server, &issue(&trusted, Usage::Server), "kubernetes.default.svc");
}

#[test]
fn a_certificate_says_who_its_owner_is() {
    let issued = issue(&authority(), Usage::Client);
    let (chain, _) = parts(&issued);
    let (_, certificate) = x509_parser::parse_x509_certificate(&chain[0]).unwrap();
    let subject = certificate.subject();
    let texts = |found: Vec<&str>| found.join(" ");
    assert_eq!(
        texts(subject.iter_common_name().map(|name| name.as_str().unwrap()).collect()),
        "system:node:ip-10-0-0-7"
    );
    assert_eq!(texts(subject.iter_organization().map(|name| name.as_str().unwrap()).collect()), "system:nodes");
}

/// What a node asks for: a certificate for a key that never leaves it.
fn request(is_ca: rcgen::IsCa) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["10.0.0.7".to_owned()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "system:node:ip-10-0-0-7");
    params.is_ca = is_ca;
    (params.serialize_request(&key).unwrap().pem().unwrap(), key.serialize_pem())
}

#[test]
fn a_signed_request_serves() {
    let authority = authority();
    let (request_pem, key_pem) = request(rcgen::IsCa::NoCa);
    let certificate_pem = authority.sign_request(&request_pem, Usage::Server, validity()).unwrap();
    let server = Issued { certificate_pem, key_pem };
    handshake(&authority, &server, &issue(&authority, Usage::Client), "10.0.0.7").unwrap();
}

#[test]
fn a_request_to_be_an_authority_is_refused() {
    let authority = authority();
    let (request_pem, _) = request(rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained));
    let refused = authority.sign_request(&request_pem, Usage::Server, validity());
    assert!(matches!(refused, Err(Error::AsksToBeAuthority)), "{refused:?}");
    assert!(authority.sign_request("no request", Usage::Server, validity()).is_err());
}

#[test]
fn an_authority_with_anothers_key_is_refused() {
    let (one, other) = (authority(), authority());
    let mixed = Authority::from_pem(one.certificate_pem(), &other.key_pem());
    assert!(matches!(mixed.err(), Some(Error::KeyOfAnother)));
    let unreadable = Authority::from_pem("no certificate", &one.key_pem());
    assert!(matches!(unreadable.err(), Some(Error::Certificate(_))));
}

/// Even a request that asks to sign others gets a certificate that cannot.
#[test]
fn a_signed_request_cannot_sign_others() {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["10.0.0.7".to_owned()]).unwrap();
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
    let request_pem = params.serialize_request(&key).unwrap().pem().unwrap();
    let certificate_pem = authority().sign_request(&request_pem, Usage::Client, validity()).unwrap();
    let (chain, _) = parts(&Issued { certificate_pem, key_pem: key.serialize_pem() });
    let (_, certificate) = x509_parser::parse_x509_certificate(&chain[0]).unwrap();
    assert!(!certificate.is_ca());
    assert!(!certificate.key_usage().unwrap().unwrap().value.key_cert_sign());
}
