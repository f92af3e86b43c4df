//! Nobody gives away what they do not have (`k8s.io/component-helpers/auth/rbac/validation`).

use super::Rule;
use super::rule::{covers_path, has};

/// Which of the wanted rules, cut into single permissions, the owned ones do not cover.
#[must_use]
pub fn uncovered(owned: &[Rule], wanted: &[Rule]) -> Vec<Rule> {
    wanted.iter().flat_map(single).filter(|rule| !owned.iter().any(|own| covers(own, rule))).collect()
}

/// A rule as rules of one verb on one resource, name or path each.
fn single(rule: &Rule) -> Vec<Rule> {
    let mut singles = Vec::new();
    for verb in &rule.verbs {
        let verbs = vec![verb.clone()];
        for group in &rule.api_groups {
            for resource in &rule.resources {
                let one = Rule {
                    verbs: verbs.clone(),
                    api_groups: vec![group.clone()],
                    resources: vec![resource.clone()],
                    ..Rule::default()
                };
                if rule.resource_names.is_empty() {
                    singles.push(one.clone());
                }
                singles.extend(
                    rule.resource_names.iter().map(|name| Rule { resource_names: vec![name.clone()], ..one.clone() }),
                );
            }
        }
        singles.extend(rule.non_resource_urls.iter().map(|url| Rule {
            verbs: verbs.clone(),
            non_resource_urls: vec![url.clone()],
            ..Rule::default()
        }));
    }
    singles
}

/// Whether a rule covers one permission.
fn covers(own: &Rule, wanted: &Rule) -> bool {
    let all = |list: &[String], items: &[String]| items.iter().all(|item| has(list, item));
    let resources = wanted.resources.iter().all(|resource| {
        own.resources.contains(resource) || {
            let (main, sub) = resource.split_once('/').unwrap_or((resource, ""));
            own.has_resource(main, sub)
        }
    });
    let names = own.resource_names.is_empty()
        || !wanted.resource_names.is_empty()
            && wanted.resource_names.iter().all(|name| own.resource_names.contains(name));
    let paths =
        wanted.non_resource_urls.iter().all(|path| own.non_resource_urls.iter().any(|own| covers_path(own, path)));
    all(&own.verbs, &wanted.verbs) && all(&own.api_groups, &wanted.api_groups) && resources && names && paths
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_owned_can_be_given() {
        let check = |owned: serde_json::Value, wanted: serde_json::Value, missing: usize| {
            let found = uncovered(&Rule::list(&owned), &Rule::list(&wanted));
            assert_eq!(found.len(), missing, "{owned} {wanted}: {found:?}");
        };
        let pods = |verbs: &[&str]| json!([{"verbs": verbs, "apiGroups": [""], "resources": ["pods"]}]);
        check(pods(&["get", "list"]), pods(&["get"]), 0);
        check(pods(&["get"]), pods(&["get", "list"]), 1);
        check(json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]), pods(&["*"]), 0);
        check(pods(&["*"]), json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["*"]}]), 1);
        let named = json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]}]);
        check(named.clone(), pods(&["get"]), 1);
        check(pods(&["get"]), named, 0);
        check(
            json!([{"verbs": ["get"], "nonResourceURLs": ["/a/*"]}]),
            json!([{"verbs": ["get"], "nonResourceURLs": ["/a/b", "/c"]}]),
            1,
        );
    }
}
