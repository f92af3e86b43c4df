//! What nodes may do: what they need for the pods that are bound to them, and no more (Node authorization mode).

use serde_json::Value;

use crate::Attributes;
use crate::rbac::Rule;

/// Something that a pod refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Referred {
    /// A Secret.
    Secret,
    /// A ConfigMap.
    ConfigMap,
    /// A PersistentVolumeClaim.
    Claim,
    /// A ServiceAccount.
    ServiceAccount,
}

/// What a node's request comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is allowed.
    Allow,
    /// It is not, and why.
    Refuse(&'static str),
    /// It is allowed if a pod that is bound to the node refers to this.
    IfReferred(Referred),
    /// It is allowed if a pod of this name, in the request's namespace, is bound to the node.
    IfBound,
    /// The node's general rules decide.
    ByRules,
}

/// Judges a request of a node by what can be seen from the request alone.
#[must_use]
pub fn judge(node: &str, attributes: &Attributes<'_>) -> Verdict {
    let reads = matches!(attributes.verb, "get" | "list" | "watch");
    match (attributes.group, attributes.resource, attributes.subresource) {
        ("", "secrets", "") => referred(Referred::Secret, attributes, reads),
        ("", "configmaps", "") => referred(Referred::ConfigMap, attributes, reads),
        ("", "persistentvolumeclaims", "" | "status") => referred(Referred::Claim, attributes, true),
        ("", "serviceaccounts", "") if attributes.verb == "get" => Verdict::IfReferred(Referred::ServiceAccount),
        ("", "serviceaccounts", "token") if attributes.verb == "create" => {
            Verdict::IfReferred(Referred::ServiceAccount)
        }
        ("", "nodes", "" | "status") if reads || attributes.verb == "create" => Verdict::ByRules,
        ("", "nodes", "" | "status") if attributes.name == node => Verdict::ByRules,
        ("", "nodes", _) => Verdict::Refuse("a node may change its own Node object alone"),
        ("coordination.k8s.io", "leases", "") => {
            if attributes.namespace == "kube-node-lease" && (attributes.name == node || attributes.verb == "create") {
                Verdict::Allow
            } else {
                Verdict::Refuse("a node has the lease of its own name in kube-node-lease alone")
            }
        }
        ("storage.k8s.io", "csinodes", "") if attributes.name == node || attributes.verb == "create" => Verdict::Allow,
        ("storage.k8s.io", "csinodes", "") => Verdict::Refuse("a node has the CSINode of its own name alone"),
        // Reading one pod and changing its status is for the node that it is bound to; lists and watches are let through by
        // the rules, as nodes ask for their own pods.
        ("", "pods", "") if attributes.verb == "get" => Verdict::IfBound,
        ("", "pods", "status") => Verdict::IfBound,
        ("", "pods", "") if attributes.verb == "delete" => Verdict::IfBound,
        _ => Verdict::ByRules,
    }
}

fn referred(what: Referred, attributes: &Attributes<'_>, fine: bool) -> Verdict {
    if !fine {
        return Verdict::Refuse("a node may read this alone");
    }
    if attributes.name.is_empty() {
        return Verdict::Refuse("a node may read only named objects that its pods refer to");
    }
    Verdict::IfReferred(what)
}

/// The rules that all nodes have, of the `system:node` role.
#[must_use]
pub fn rules() -> Vec<Rule> {
    let is_node = |object: &&Value| object["kind"] == "ClusterRole" && object["metadata"]["name"] == "system:node";
    crate::policy::objects().iter().find(is_node).map(|role| Rule::list(&role["rules"])).unwrap_or_default()
}

/// Whether a pod's spec refers to a named object of its namespace.
#[must_use]
pub fn refers(pod: &Value, what: Referred, name: &str) -> bool {
    let spec = &pod["spec"];
    match what {
        Referred::ServiceAccount => {
            let own = spec["serviceAccountName"].as_str().filter(|own| !own.is_empty()).unwrap_or("default");
            own == name
        }
        Referred::Claim => volumes(spec).any(|volume| {
            let generated = format!(
                "{}-{}",
                pod["metadata"]["name"].as_str().unwrap_or_default(),
                volume["name"].as_str().unwrap_or_default()
            );
            volume["persistentVolumeClaim"]["claimName"] == name
                || (!volume["ephemeral"].is_null() && generated == name)
        }),
        Referred::ConfigMap => refers_by(spec, name, "configMap", "name", "configMapRef", "configMapKeyRef"),
        Referred::Secret => {
            let pull = spec["imagePullSecrets"].as_array().into_iter().flatten();
            pull.into_iter().any(|secret| secret["name"] == name)
                || refers_by(spec, name, "secret", "secretName", "secretRef", "secretKeyRef")
        }
    }
}

fn volumes(spec: &Value) -> impl Iterator<Item = &Value> {
    spec["volumes"].as_array().into_iter().flatten()
}

fn refers_by(spec: &Value, name: &str, volume: &str, volume_name: &str, env_from: &str, env: &str) -> bool {
    let mounted = volumes(spec).any(|one| {
        let mut sources = one["projected"]["sources"].as_array().into_iter().flatten();
        one[volume][volume_name] == name || sources.any(|source| source[volume]["name"] == name)
    });
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let mut containers = lists.iter().flat_map(|list| spec[*list].as_array().into_iter().flatten());
    mounted
        || containers.any(|container| {
            let mut whole = container["envFrom"].as_array().into_iter().flatten();
            let mut single = container["env"].as_array().into_iter().flatten();
            whole.any(|one| one[env_from]["name"] == name) || single.any(|one| one["valueFrom"][env]["name"] == name)
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::User;

    #[test]
    fn a_nodes_request_is_judged() {
        let user = User::new("system:node:n1", &["system:nodes"]);
        let check = |verb: &str, group: &str, resource: &str, name: &str, expected: fn(&Verdict) -> bool| {
            let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
            let attributes = Attributes {
                user: &user,
                verb,
                namespace: "kube-node-lease",
                group,
                version: "v1",
                resource,
                subresource,
                name,
                path: "",
            };
            let verdict = judge("n1", &attributes);
            assert!(expected(&verdict), "{verb} {resource}/{subresource} {name}: {verdict:?}");
        };
        check("get", "", "secrets", "s", |verdict| *verdict == Verdict::IfReferred(Referred::Secret));
        check("list", "", "secrets", "", |verdict| matches!(verdict, Verdict::Refuse(_)));
        check("delete", "", "secrets", "s", |verdict| matches!(verdict, Verdict::Refuse(_)));
        check("update", "", "nodes/status", "n1", |verdict| *verdict == Verdict::ByRules);
        check("update", "", "nodes/status", "n2", |verdict| matches!(verdict, Verdict::Refuse(_)));
        check("update", "coordination.k8s.io", "leases", "n1", |verdict| *verdict == Verdict::Allow);
        check("update", "coordination.k8s.io", "leases", "n2", |verdict| matches!(verdict, Verdict::Refuse(_)));
        check("patch", "", "pods/status", "p", |verdict| *verdict == Verdict::IfBound);
        check("list", "", "services", "", |verdict| *verdict == Verdict::ByRules);
    }

    #[test]
    fn references_are_found_wherever_a_pod_has_them() {
        let pod = json!({"metadata": {"name": "p"}, "spec": {
            "serviceAccountName": "sa",
            "imagePullSecrets": [{"name": "pull"}],
            "volumes": [
                {"name": "a", "secret": {"secretName": "mounted"}},
                {"name": "b", "projected": {"sources": [{"configMap": {"name": "projected"}}]}},
                {"name": "c", "persistentVolumeClaim": {"claimName": "claim"}},
                {"name": "d", "ephemeral": {}},
            ],
            "initContainers": [{"envFrom": [{"secretRef": {"name": "whole"}}]}],
            "containers": [{"env": [{"valueFrom": {"configMapKeyRef": {"name": "single"}}}]}],
        }});
        for (what, name) in [
            (Referred::ServiceAccount, "sa"),
            (Referred::Secret, "pull"),
            (Referred::Secret, "mounted"),
            (Referred::Secret, "whole"),
            (Referred::ConfigMap, "projected"),
            (Referred::ConfigMap, "single"),
            (Referred::Claim, "claim"),
            (Referred::Claim, "p-d"),
        ] {
            assert!(refers(&pod, what, name), "{what:?} {name}");
            assert!(!refers(&pod, what, "other"), "{what:?}");
        }
    }
}
