//! Kinds of `networking.k8s.io`.

use crate::{
    Kind,
    validation::{At, Errors, names},
};

mod ingress;
mod ingress_class;
mod ip_address;
mod network_policy;
mod service_cidr;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] =
    &[&ingress::KIND, &ingress_class::KIND, &ip_address::KIND, &network_policy::KIND, &service_cidr::KIND];

/// A domain and a path: `example.com/controller`.
fn domain_prefixed_path(at: &At<'_>, errors: &mut Errors) {
    if !errors.require(at) {
        return;
    }
    let Some((host, path)) = at.text().split_once('/').filter(|(host, path)| !host.is_empty() && !path.is_empty())
    else {
        return errors.invalid(at, "must be a domain-prefixed path (such as \"acme.io/foo\")");
    };
    for message in names::subdomain(host) {
        errors.invalid_value(&at.path, host, &message);
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte);
    if !path.bytes().all(allowed) {
        let detail = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
        errors.invalid_value(&at.path, path, detail);
    }
}
