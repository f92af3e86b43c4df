//! Kinds of `resource.k8s.io`.

use std::collections::HashSet;

use crate::{
    Kind,
    validation::{At, Errors, names},
};

mod device_class;
mod resource_claim;
mod resource_claim_template;
mod resource_slice;

/// The rows of this group.
pub(crate) const KINDS: &[&Kind] =
    &[&device_class::KIND, &resource_claim::KIND, &resource_claim_template::KIND, &resource_slice::KIND];

/// What a claim asks for: requests with names of their own, each exactly one device class or a choice.
fn claim_spec(spec: &At<'_>, errors: &mut Errors) {
    const MOST_REQUESTS: usize = 32;
    let requests = spec.get("devices").get("requests");
    errors.too_many(&requests, MOST_REQUESTS);
    let mut seen = HashSet::new();
    for request in requests.items() {
        let name = request.get("name");
        if errors.require(&name) {
            errors.rule(&name, names::label);
        }
        if !seen.insert(name.text()) {
            errors.duplicate(&name);
        }
        let (exactly, first) = (request.get("exactly"), request.get("firstAvailable"));
        match (exactly.is_set(), !first.is_empty()) {
            (false, false) => errors.required(&request, "exactly one of `exactly` or `firstAvailable` is required"),
            (true, true) => {
                errors.invalid(
                    &request,
                    "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set",
                );
            }
            (true, false) => {
                if errors.require(&exactly.get("deviceClassName")) {
                    errors.rule(&exactly.get("deviceClassName"), names::subdomain);
                }
                errors.one_of(&exactly.get("allocationMode"), &["All", "ExactCount"]);
            }
            (false, true) => {}
        }
    }
}
