//! Kinds of `networking.k8s.io`.

use crate::Kind;

mod ingress;
mod ingress_class;
mod ip_address;
mod network_policy;
mod service_cidr;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] =
    &[&ingress::KIND, &ingress_class::KIND, &ip_address::KIND, &network_policy::KIND, &service_cidr::KIND];
