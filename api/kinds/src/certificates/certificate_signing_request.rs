//! The row of CertificateSigningRequest.

use serde_json::Value;

use crate::{
    Column, Kind, Subresource, columns,
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
    columns: &[
        columns::AGE,
        Column::string("SignerName", "Who is asked to sign.", |object, _| {
            columns::text_or(&object["spec"]["signerName"], "<none>")
        }),
        Column::string("Requestor", "Who asks.", |object, _| columns::text(&object["spec"]["username"]).into()),
        Column::string("RequestedDuration", "For how long the certificate is asked.", |object, _| {
            duration(object).into()
        }),
        Column::string("Condition", "Whether it is approved, and whether it is issued.", |object, _| {
            state(object).into()
        }),
    ],
    ..Kind::new(
        "certificates.k8s.io",
        "v1",
        "CertificateSigningRequest",
        "certificatesigningrequests",
        "certificatesigningrequest",
        false,
    )
};

fn duration(request: &Value) -> String {
    request["spec"]["expirationSeconds"].as_i64().map_or_else(|| "<none>".to_owned(), columns::human_duration)
}

/// Denial wins over approval; failure and the certificate come after.
fn state(request: &Value) -> String {
    let has = |kind: &str| columns::condition(&request["status"], kind).is_some();
    let decision = match (has("Denied"), has("Approved")) {
        (true, _) => "Denied",
        (_, true) => "Approved",
        _ => "Pending",
    };
    let failed = if has("Failed") { ",Failed" } else { "" };
    let issued = if columns::text(&request["status"]["certificate"]).is_empty() { "" } else { ",Issued" };
    format!("{decision}{failed}{issued}")
}
