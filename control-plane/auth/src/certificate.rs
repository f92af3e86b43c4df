//! Users by their client certificate (Kubernetes, "Authenticating", X.509 client certificates).

use aws_lc_rs::digest::{SHA256, digest};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::User;

/// The user that a certificate, which TLS has verified, is for: the common name, in the groups that its organizations name.
///
/// None for a certificate without a common name.
#[must_use]
pub fn user(der: &[u8]) -> Option<User> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let subject = certificate.subject();
    let name = subject.iter_common_name().next()?.as_str().ok()?.to_owned();
    if name.is_empty() {
        return None;
    }
    let groups = subject.iter_organization().filter_map(|group| group.as_str().ok().map(str::to_owned)).collect();
    let fingerprint = hex::encode(digest(&SHA256, der));
    let id = ("authentication.kubernetes.io/credential-id".to_owned(), vec![format!("X509SHA256={fingerprint}")]);
    Some(User { name, uid: String::new(), groups, extra: [id].into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_names_user_and_group() {
        use reks_pki::{Authority, Profile, Usage, Validity};
        let now = time::OffsetDateTime::now_utc();
        let validity = Validity { from: now, until: now + time::Duration::MINUTE };
        let authority = Authority::generate("ca", validity).unwrap();
        let profile = Profile {
            common_name: "jane".to_owned(),
            organization: Some("ops".to_owned()),
            names: Vec::new(),
            usage: Usage::Client,
            validity,
        };
        let pem = authority.issue(&profile).unwrap().certificate_pem;
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
        let user = user(&pem.contents).unwrap();
        assert_eq!((user.name.as_str(), user.groups.as_slice()), ("jane", ["ops".to_owned()].as_slice()));
        assert!(user.extra["authentication.kubernetes.io/credential-id"][0].starts_with("X509SHA256="));
    }

    #[test]
    fn what_is_no_certificate_is_nobody() {
        assert_eq!(user(b"no certificate"), None);
    }
}
