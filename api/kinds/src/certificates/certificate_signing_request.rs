//! The row of CertificateSigningRequest.

use crate::{
    Kind, Subresource,
    fields::{self, Field},
};

const FIELDS: &[Field; 1] = &[Field { name: "spec.signerName", path: "spec.signerName", unset: "" }];

/// The row.
pub(crate) static KIND: Kind = Kind {
    short_names: &["csr"],
    subresources: &[
        Subresource::Named {
            name: "approval",
            kind: ("certificates.k8s.io", "v1", "CertificateSigningRequest"),
            verbs: &["get", "patch", "update"],
        },
        Subresource::Status,
    ],
    field_names: &fields::names(FIELDS),
    fields: |object| fields::at(object, FIELDS),
    ..Kind::new(
        "certificates.k8s.io",
        "v1",
        "CertificateSigningRequest",
        "certificatesigningrequests",
        "certificatesigningrequest",
        false,
    )
};
