//! A certificate authority: a key, and a certificate that says whose it is.

use rcgen::PublicKeyData;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use time::OffsetDateTime;
use x509_parser::pem::parse_x509_pem;

use crate::Error;

/// When a certificate holds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first instant.
    pub from: OffsetDateTime,
    /// The last instant.
    pub until: OffsetDateTime,
}

/// What a certificate may be shown for (RFC 5280, 4.2.1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// By a server to its clients.
    Server,
    /// By a client to a server. Kubernetes reads the user's name from the common name, its group from the organization.
    Client,
}

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Whose it is.
    pub common_name: String,
    /// The organization: as a client of Kubernetes, the group that the user is in.
    pub organization: Option<String>,
    /// DNS names and IP addresses, as text; which is which is seen from the text.
    pub names: Vec<String>,
    /// What it may be shown for.
    pub usage: Usage,
    /// When it holds.
    pub validity: Validity,
}

/// A certificate and its private key.
#[derive(Clone)]
pub struct Issued {
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// The private key, PKCS#8 in PEM. Secret.
    pub key_pem: String,
}

/// A certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
}

impl Authority {
    /// Makes a new authority that signs itself.
    ///
    /// # Errors
    /// [`Error::Certificate`] where the name cannot stand in a certificate.
    pub fn generate(common_name: &str, validity: Validity) -> Result<Self, Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = params(common_name, None, Vec::new(), validity)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        let certificate_pem = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), certificate_pem })
    }

    /// Takes up an authority made before.
    ///
    /// # Errors
    /// [`Error::Certificate`] where either document is not PEM of its kind; [`Error::KeyOfAnother`].
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, Error> {
        let key = KeyPair::from_pem(key_pem)?;
        if public_key(certificate_pem)? != key.subject_public_key_info() {
            return Err(Error::KeyOfAnother);
        }
        let issuer = Issuer::from_ca_cert_pem(certificate_pem, key)?;
        Ok(Self { issuer, certificate_pem: certificate_pem.to_owned() })
    }

    /// The authority's certificate, PEM: what others need to trust it.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The authority's private key, PKCS#8 in PEM. Secret.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Issues a certificate with a key of its own.
    ///
    /// # Errors
    /// [`Error::Certificate`] where a name cannot stand in a certificate.
    pub fn issue(&self, profile: &Profile) -> Result<Issued, Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params =
            params(&profile.common_name, profile.organization.as_deref(), profile.names.clone(), profile.validity)?;
        restrict(&mut params, profile.usage);
        let certificate_pem = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Issued { certificate_pem, key_pem: key.serialize_pem() })
    }

    /// Signs a request (PKCS#10 in PEM): the subject and names are the request's, use and lifetime are not. Of
    /// several organizations in a request the last one stands, so a certificate never says more than was asked for.
    /// Whether the asker may have them is the caller's to decide.
    ///
    /// # Errors
    /// [`Error::Certificate`] where the request is not whole or its own signature is wrong; [`Error::AsksToBeAuthority`].
    pub fn sign_request(&self, request_pem: &str, usage: Usage, validity: Validity) -> Result<String, Error> {
        let mut request = CertificateSigningRequestParams::from_pem(request_pem)?;
        if matches!(request.params.is_ca, IsCa::Ca(_)) {
            return Err(Error::AsksToBeAuthority);
        }
        request.params.not_before = validity.from;
        request.params.not_after = validity.until;
        restrict(&mut request.params, usage);
        Ok(request.signed_by(&self.issuer)?.pem())
    }
}

/// The public key that a certificate is for: its SubjectPublicKeyInfo, DER.
fn public_key(certificate_pem: &str) -> Result<Vec<u8>, Error> {
    let unreadable = || Error::Certificate(rcgen::Error::CouldNotParseCertificate);
    let (_, document) = parse_x509_pem(certificate_pem.as_bytes()).map_err(|_| unreadable())?;
    let certificate = document.parse_x509().map_err(|_| unreadable())?;
    Ok(certificate.public_key().raw.to_vec())
}

fn params(
    common_name: &str,
    organization: Option<&str>,
    names: Vec<String>,
    validity: Validity,
) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(names)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, common_name);
    if let Some(organization) = organization {
        subject.push(DnType::OrganizationName, organization);
    }
    params.distinguished_name = subject;
    params.not_before = validity.from;
    params.not_after = validity.until;
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// An ordinary certificate for one use.
fn restrict(params: &mut CertificateParams, usage: Usage) {
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![match usage {
        Usage::Server => ExtendedKeyUsagePurpose::ServerAuth,
        Usage::Client => ExtendedKeyUsagePurpose::ClientAuth,
    }];
}
