//! Selectors of nodes and of pods.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Node, NodeSelectorRequirement, NodeSelectorTerm};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::ResourceExt;

/// Whether a node fits one term: all of its expressions. An empty term fits nothing.
#[must_use]
pub fn term_fits(term: &NodeSelectorTerm, node: &Node) -> bool {
    let expressions = term.match_expressions.iter().flatten();
    let fields = term.match_fields.iter().flatten();
    if expressions.clone().next().is_none() && fields.clone().next().is_none() {
        return false;
    }
    let name = node.name_any();
    expressions.into_iter().all(|one| requirement_fits(one, node.labels().get(&one.key).map(String::as_str)))
        && fields.into_iter().all(|one| one.key == "metadata.name" && requirement_fits(one, Some(&name)))
}

fn requirement_fits(requirement: &NodeSelectorRequirement, found: Option<&str>) -> bool {
    let values = || requirement.values.iter().flatten();
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    match requirement.operator.as_str() {
        "In" => found.is_some_and(|found| values().any(|one| one == found)),
        "NotIn" => found.is_none_or(|found| values().all(|one| one != found)),
        "Exists" => found.is_some(),
        "DoesNotExist" => found.is_none(),
        "Gt" => number(found).zip(number(values().next().map(String::as_str))).is_some_and(|(own, bound)| own > bound),
        "Lt" => number(found).zip(number(values().next().map(String::as_str))).is_some_and(|(own, bound)| own < bound),
        _ => false,
    }
}

/// Whether labels fit a selector; an absent selector fits nothing.
#[must_use]
pub fn labels_fit(selector: Option<&LabelSelector>, labels: &BTreeMap<String, String>) -> bool {
    selector.is_some_and(|selector| reks_controllers::selects(selector, Some(labels)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn terms_are_matched() {
        let node: Node =
            serde_json::from_value(json!({"metadata": {"name": "n", "labels": {"zone": "a", "cores": "4"}}})).unwrap();
        let check = |expression: serde_json::Value, expected: bool| {
            let term: NodeSelectorTerm = serde_json::from_value(json!({"matchExpressions": [expression]})).unwrap();
            assert_eq!(term_fits(&term, &node), expected, "{term:?}");
        };
        check(json!({"key": "zone", "operator": "In", "values": ["a", "b"]}), true);
        check(json!({"key": "zone", "operator": "NotIn", "values": ["a"]}), false);
        check(json!({"key": "none", "operator": "NotIn", "values": ["a"]}), true);
        check(json!({"key": "cores", "operator": "Gt", "values": ["3"]}), true);
        check(json!({"key": "cores", "operator": "Lt", "values": ["4"]}), false);
        check(json!({"key": "zone", "operator": "DoesNotExist"}), false);
        assert!(!term_fits(&NodeSelectorTerm::default(), &node));
    }
}
