//! The row of CertificateSigningRequest.

use std::collections::HashSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{
    Column, FieldError, Kind, NameRule, Subresource, SubresourceRules, columns,
    fields::{self, Field},
    strategy,
    validation::{At, Errors, cursor::same, names},
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
    name_rule: NameRule::PathSegment,
    prepare_create: strategy::clear_status,
    prepare_update,
    validate: |request| Errors::of(request, validate),
    validate_update: |new, old| {
        Errors::of_update(new, old, |new, old, errors| change(new, old, Through::Object, errors))
    },
    validate_status: |new, old| {
        Errors::of_update(new, old, |new, old, errors| whole(new, old, Through::Status, errors))
    },
    subresource_rules: &[SubresourceRules {
        name: "approval",
        prepare: prepare_approval,
        validate: |new, old| Errors::of_update(new, old, |new, old, errors| whole(new, old, Through::Approval, errors)),
    }],
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

/// Uses of a key, in the order in which upstream lists them.
const USAGES: &[&str] = &[
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

/// Only conditions and the certificate change, each through an endpoint of its own.
fn prepare_update(new: &mut Value, old: &Value) {
    strategy::keep(new, old, "spec");
    strategy::keep_status(new, old);
}

fn validate(request: &At<'_>, errors: &mut Errors) {
    let spec = request.get("spec");
    if !is_request(spec.get("request").text()) {
        errors.invalid(&spec.get("request"), "PEM block type must be CERTIFICATE REQUEST");
    }
    let usages = spec.get("usages");
    errors.require(&usages);
    let mut seen = HashSet::new();
    for usage in usages.items() {
        errors.one_of(&usage, USAGES);
        if !seen.insert(usage.text()) {
            errors.duplicate(&usage);
        }
    }
    let signer = spec.get("signerName");
    if signer.text() == "kubernetes.io/legacy-unknown" {
        errors.invalid(&signer, "the legacy signerName is not allowed via this API version");
    } else {
        signer_name(&signer, errors);
    }
    let seconds = spec.get("expirationSeconds");
    if seconds.int().is_some_and(|seconds| seconds < 600) {
        errors.invalid(&seconds, "may not specify a duration less than 600 seconds (10 minutes)");
    }
    conditions(&request.get("status").get("conditions"), errors);
}

/// Whether a base64 text holds a PEM block with a certificate request.
fn is_request(text: &str) -> bool {
    let bytes = STANDARD.decode(text).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    ["", "NEW "].iter().any(|kind| text.contains(&format!("-----BEGIN {kind}CERTIFICATE REQUEST-----")))
}

/// `example.com/signer`.
fn signer_name(at: &At<'_>, errors: &mut Errors) {
    const DOMAIN_MOST_BYTES: usize = 253;
    if !errors.require(at) {
        return;
    }
    let Some((domain, path)) = at.text().split_once('/').filter(|(_, path)| !path.contains('/')) else {
        let detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
        return errors.invalid(at, detail);
    };
    if domain.len() > DOMAIN_MOST_BYTES {
        errors.0.push(FieldError::too_long(&at.path, DOMAIN_MOST_BYTES));
    }
    for (text, rule) in [(domain, names::label as names::Rule), (path, names::subdomain)] {
        if let Some(label) = text.split('.').find(|label| !rule(label).is_empty()) {
            for message in rule(label) {
                errors.invalid_value(&at.path, text, &format!("validating label {label:?}: {message}"));
            }
        }
    }
    if !domain.contains('.') {
        errors.invalid_value(&at.path, domain, "should be a domain with at least two segments separated by dots");
    }
}

fn conditions(conditions: &At<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for condition in conditions.items() {
        let (kind, status) = (condition.get("type"), condition.get("status"));
        errors.require(&kind);
        let always = matches!(kind.text(), "Approved" | "Denied" | "Failed");
        errors.required_one_of(&status, if always { &["True"] } else { &["False", "True", "Unknown"] });
        if !seen.insert(kind.text()) {
            errors.duplicate(&kind);
        }
        let other = match kind.text() {
            "Approved" => "Denied",
            "Denied" => "Approved",
            _ => continue,
        };
        if seen.contains(other) {
            let detail = "Approved and Denied conditions are mutually exclusive";
            errors.invalid_value(&conditions.path, kind.text(), detail);
        }
    }
}

/// The endpoint through which a request changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Through {
    /// The request itself.
    Object,
    /// `status`, where signers put certificates.
    Status,
    /// `approval`, where approvers put their decision.
    Approval,
}

/// What is wrong with a request after a change through an endpoint, and with the change.
fn whole(new: &At<'_>, old: &At<'_>, through: Through, errors: &mut Errors) {
    validate(new, errors);
    change(new, old, through, errors);
}

/// What is wrong with a change through an endpoint.
fn change(new: &At<'_>, old: &At<'_>, through: Through, errors: &mut Errors) {
    let of = |request: &At<'_>, kind: &str| -> Vec<Value> {
        let conditions = columns::items(&request.value["status"]["conditions"]);
        conditions.iter().filter(|condition| condition["type"] == kind).cloned().collect()
    };
    let at = new.get("status").get("conditions");
    for kind in ["Approved", "Denied", "Failed"] {
        let (now, then) = (of(new, kind), of(old, kind));
        let decision = kind != "Failed" && through != Through::Approval;
        if now.len() < then.len() {
            errors.forbidden(&at, &format!("updates may not remove a condition of type {kind:?}"));
        } else if decision && now.len() > then.len() {
            errors.forbidden(&at, &format!("updates may not add a condition of type {kind:?}"));
        } else if decision && !now.iter().zip(&then).all(|(now, then)| same(now, then)) {
            errors.forbidden(&at, &format!("updates may not modify a condition of type {kind:?}"));
        }
    }
    let (now, then) = (new.get("status").get("certificate"), old.get("status").get("certificate"));
    if now.text() != then.text() {
        if through != Through::Status {
            errors.forbidden(&now, "updates may not set certificate content");
        } else if !then.is_empty() {
            errors.forbidden(&now, "updates may not modify existing certificate content");
        }
    }
}

/// Approvers change conditions and nothing else.
fn prepare_approval(new: &mut Value, old: &Value) {
    let conditions = new["status"]["conditions"].take();
    prepare_update(new, old);
    if !conditions.is_null() {
        new["status"]["conditions"] = conditions;
    }
}
