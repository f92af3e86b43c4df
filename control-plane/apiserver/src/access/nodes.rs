//! The node authorizer, asking the store itself which pods are bound to a node: it never lags behind a binding.

use reks_auth::node::{self, Verdict};
use reks_auth::rbac::Rule;
use reks_auth::{Attributes, Decision};
use serde_json::Value;

use crate::registry::ListOptions;
use crate::selectors::FieldSelector;
use crate::server::Server;

const NO_RELATIONSHIP: &str = "no relationship found between this node and this object";

/// What the node authorizer says.
pub fn decide(node: &str, attributes: &Attributes<'_>, rules: &[Rule], server: &Server) -> Decision {
    let yes = |fine: bool, otherwise: &str| {
        if fine { Decision::Allow("node".to_owned()) } else { Decision::NoOpinion(otherwise.to_owned()) }
    };
    match node::judge(node, attributes) {
        Verdict::Allow => yes(true, ""),
        Verdict::Refuse(reason) => yes(false, reason),
        Verdict::ByRules => yes(rules.iter().any(|rule| rule.allows(attributes)), ""),
        Verdict::IfBound => {
            let bound = pod(attributes, server).is_some_and(|pod| pod["spec"]["nodeName"] == node);
            // A pod that is gone already answers `NotFound` rather than a riddle.
            let gone = pod(attributes, server).is_none();
            yes(bound || gone, NO_RELATIONSHIP)
        }
        Verdict::IfReferred(what) => {
            let related = pods_of(node, attributes.namespace, server);
            let related = related.iter().any(|pod| node::refers(pod, what, attributes.name));
            yes(related && rules.iter().any(|rule| rule.allows(attributes)), NO_RELATIONSHIP)
        }
    }
}

fn pod(attributes: &Attributes<'_>, server: &Server) -> Option<Value> {
    let pods = server.catalog.get("", "v1", "pods")?;
    server.registry.find(&pods, Some(attributes.namespace), attributes.name).ok()??.parse().ok()
}

/// The pods of a namespace that are bound to a node.
fn pods_of(node: &str, namespace: &str, server: &Server) -> Vec<Value> {
    let Some(pods) = server.catalog.get("", "v1", "pods") else { return Vec::new() };
    let Ok(fields) = FieldSelector::parse(&format!("spec.nodeName={node}"), pods.kind.field_names) else {
        return Vec::new();
    };
    let options = ListOptions { fields, ..ListOptions::default() };
    let list = server.registry.list(&pods, Some(namespace), &options);
    list.map(|list| list.items.iter().filter_map(|stored| stored.parse().ok()).collect()).unwrap_or_default()
}
