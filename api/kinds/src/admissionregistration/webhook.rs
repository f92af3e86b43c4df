//! Rules of webhooks.

use std::collections::HashSet;

use super::rules;
use crate::validation::{At, Errors, names, selector};

/// The webhooks of a configuration.
pub(super) fn webhooks(configuration: &At<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for hook in configuration.get("webhooks").items() {
        let name = hook.get("name");
        webhook(&hook, errors);
        if !name.is_empty() && !seen.insert(name.text()) {
            errors.duplicate(&name);
        }
    }
}

fn webhook(hook: &At<'_>, errors: &mut Errors) {
    const SIDE_EFFECTS: &[&str] = &["None", "NoneOnDryRun"];
    full_name(&hook.get("name"), errors);
    for rule in hook.get("rules").items() {
        rules::rule(&rule, errors);
    }
    errors.one_of(&hook.get("failurePolicy"), &["Fail", "Ignore"]);
    errors.one_of(&hook.get("matchPolicy"), &["Equivalent", "Exact"]);
    errors.one_of(&hook.get("reinvocationPolicy"), &["IfNeeded", "Never"]);
    let effects = hook.get("sideEffects");
    if !effects.is_set() {
        errors.required(&effects, "must specify one of None, NoneOnDryRun");
    }
    errors.one_of(&effects, SIDE_EFFECTS);
    let timeout = hook.get("timeoutSeconds");
    if timeout.int().is_some_and(|seconds| !(1..=30).contains(&seconds)) {
        errors.invalid(&timeout, "the timeout value must be between 1 and 30 seconds");
    }
    selector::label_selector(&hook.get("namespaceSelector"), errors);
    selector::label_selector(&hook.get("objectSelector"), errors);
    client(&hook.get("clientConfig"), errors);
    rules::match_conditions(&hook.get("matchConditions"), errors);
    let versions = hook.get("admissionReviewVersions");
    review_versions(&versions, "must specify one of v1, v1beta1", errors);
}

/// A domain name of at least three labels.
fn full_name(name: &At<'_>, errors: &mut Errors) {
    if !errors.require(name) {
        return;
    }
    let messages = names::subdomain(name.text());
    if !messages.is_empty() {
        errors.invalid(name, &messages.join(","));
    } else if name.text().split('.').count() < 3 {
        errors.invalid(name, "should be a domain with at least three segments separated by dots");
    }
}

/// Versions of the request that the webhook understands; one of them must be one that the server speaks.
pub(crate) fn review_versions(versions: &At<'_>, if_none: &str, errors: &mut Errors) {
    if versions.is_empty() {
        return errors.required(versions, if_none);
    }
    let mut seen = HashSet::new();
    for version in versions.items() {
        if seen.insert(version.text()) {
            errors.rule(&version, names::label_1035);
        } else {
            errors.invalid(&version, "duplicate version");
        }
    }
    if !seen.contains("v1") && !seen.contains("v1beta1") {
        errors.invalid(versions, "must include at least one of v1, v1beta1");
    }
}

/// Where a webhook is: a URL or a service.
pub(crate) fn client(config: &At<'_>, errors: &mut Errors) {
    let (url, service) = (config.get("url"), config.get("service"));
    match (url.is_set(), service.is_set()) {
        (true, false) => check_url(&url, errors),
        (false, true) => check_service(&service, errors),
        _ => errors.required(config, "exactly one of url or service is required"),
    }
}

fn check_url(url: &At<'_>, errors: &mut Errors) {
    const FORM: &str = "; desired format: https://host[/path]";
    let (scheme, rest) = url.text().split_once("://").unwrap_or(("", url.text()));
    if scheme != "https" {
        errors.invalid_value(&url.path, scheme, &format!("'https' is the only allowed URL scheme{FORM}"));
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = rest.split('/').next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    if host.is_empty() {
        errors.invalid_value(&url.path, host, &format!("host must be specified{FORM}"));
    }
    if let Some(user) = user {
        errors.invalid_value(&url.path, user, "user information is not permitted in the URL");
    }
    if !fragment.is_empty() {
        errors.invalid_value(&url.path, fragment, "fragments are not permitted in the URL");
    }
    if !query.is_empty() {
        errors.invalid_value(&url.path, query, "query parameters are not permitted in the URL");
    }
}

fn check_service(service: &At<'_>, errors: &mut Errors) {
    errors.require(&service.get("name"));
    errors.require(&service.get("namespace"));
    let port = service.get("port");
    if port.int().is_some_and(|port| !(1..=65535).contains(&port)) {
        errors.invalid(&port, "port is not valid: must be between 1 and 65535, inclusive");
    }
    let path = service.get("path");
    let text = path.text();
    if text.is_empty() || text == "/" {
        return;
    }
    if !text.starts_with('/') {
        errors.invalid(&path, "must start with a '/'");
    }
    let inner = text.get(1..).unwrap_or_default();
    for (index, step) in inner.strip_suffix('/').unwrap_or(inner).split('/').enumerate() {
        if step.is_empty() {
            errors.invalid(&path, &format!("segment[{index}] may not be empty"));
            continue;
        }
        for message in names::subdomain(step) {
            errors.invalid(&path, &format!("segment[{index}]: {message}"));
        }
    }
}
