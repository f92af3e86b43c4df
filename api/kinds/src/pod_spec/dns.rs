//! Rules of a pod's own DNS settings.

use crate::validation::{At, Errors, names, net};

const MOST_NAMESERVERS: usize = 3;
const MOST_SEARCH_PATHS: usize = 32;
/// Characters of all search paths and the spaces between them.
const MOST_SEARCH_CHARACTERS: usize = 2048;

/// `dnsConfig`, given `dnsPolicy`.
pub(super) fn validate(spec: &At<'_>, errors: &mut Errors) {
    let config = spec.get("dnsConfig");
    let (servers, searches) = (config.get("nameservers"), config.get("searches"));
    if spec.get("dnsPolicy").text() == "None" {
        if !config.is_set() {
            return errors.required(&config, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        if servers.is_empty() {
            return errors.required(&servers, "must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
    }
    if servers.len() > MOST_NAMESERVERS {
        errors.invalid(&servers, &format!("must not have more than {MOST_NAMESERVERS} nameservers"));
    }
    for server in servers.items() {
        net::ip(&server, errors);
    }
    if searches.len() > MOST_SEARCH_PATHS {
        errors.invalid(&searches, &format!("must not have more than {MOST_SEARCH_PATHS} search paths"));
    }
    let characters: usize = searches.items().map(|search| search.text().len() + 1).sum();
    if characters > MOST_SEARCH_CHARACTERS + 1 {
        let detail = format!(
            "must not have more than {MOST_SEARCH_CHARACTERS} characters (including spaces) in the search list"
        );
        errors.invalid(&searches, &detail);
    }
    for search in searches.items() {
        let domain = search.text().strip_suffix('.').unwrap_or(search.text());
        if search.text() == "." {
            continue;
        }
        for message in names::subdomain_with_underscore(domain) {
            errors.invalid_value(&search.path, domain, &message);
        }
    }
    for option in config.get("options").items() {
        if option.get("name").is_empty() {
            errors.required(&option, "must not be empty");
        }
    }
}
