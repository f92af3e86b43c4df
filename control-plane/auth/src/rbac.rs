//! Role-based access control (`rbac.authorization.k8s.io/v1`): roles and bindings, kept as they are fed.

mod escalation;
mod rule;

pub use escalation::uncovered;
pub use rule::Rule;

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use serde::Deserialize;
use serde_json::Value;

use crate::{Attributes, Decision, User};

/// The four kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Rules in one namespace.
    Role,
    /// Rules everywhere.
    ClusterRole,
    /// Gives a role to subjects in one namespace.
    RoleBinding,
    /// Gives a cluster role to subjects everywhere.
    ClusterRoleBinding,
}

impl Kind {
    /// By the plural in paths.
    #[must_use]
    pub fn of_plural(plural: &str) -> Option<Self> {
        Some(match plural {
            "roles" => Self::Role,
            "clusterroles" => Self::ClusterRole,
            "rolebindings" => Self::RoleBinding,
            "clusterrolebindings" => Self::ClusterRoleBinding,
            _ => return None,
        })
    }
}

/// Who a binding is for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subject {
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: String,
}

#[derive(Debug, Clone)]
struct Binding {
    name: String,
    role: (Kind, String),
    subjects: Vec<Subject>,
}

#[derive(Debug, Default)]
struct State {
    /// Rules by namespace (empty for cluster roles) and name.
    roles: HashMap<(String, String), Arc<[Rule]>>,
    /// Bindings by namespace, empty for those that hold everywhere.
    bindings: HashMap<String, Vec<Binding>>,
}

/// Everything that roles and bindings say.
#[derive(Debug, Default)]
pub struct Rbac {
    state: RwLock<State>,
}

impl Rbac {
    /// Takes in a role or binding, new or changed.
    pub fn upsert(&self, kind: Kind, object: &Value) {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        let (namespace, name) = (text("namespace"), text("name"));
        let mut state = self.state.write();
        match kind {
            Kind::Role | Kind::ClusterRole => {
                state.roles.insert((namespace, name), Rule::list(&object["rules"]).into());
            }
            Kind::RoleBinding | Kind::ClusterRoleBinding => {
                let role = match object["roleRef"]["kind"].as_str() {
                    Some("Role") => Kind::Role,
                    _ => Kind::ClusterRole,
                };
                let subjects = object["subjects"].as_array().into_iter().flatten();
                let binding = Binding {
                    name,
                    role: (role, object["roleRef"]["name"].as_str().unwrap_or_default().to_owned()),
                    subjects: subjects.filter_map(|subject| Subject::deserialize(subject).ok()).collect(),
                };
                let bindings = state.bindings.entry(namespace).or_default();
                match bindings.iter_mut().find(|one| one.name == binding.name) {
                    Some(one) => *one = binding,
                    None => bindings.push(binding),
                }
            }
        }
    }

    /// Forgets a role or binding.
    pub fn remove(&self, kind: Kind, namespace: &str, name: &str) {
        let mut state = self.state.write();
        match kind {
            Kind::Role | Kind::ClusterRole => {
                state.roles.remove(&(namespace.to_owned(), name.to_owned()));
            }
            Kind::RoleBinding | Kind::ClusterRoleBinding => {
                if let Some(bindings) = state.bindings.get_mut(namespace) {
                    bindings.retain(|binding| binding.name != name);
                    if bindings.is_empty() {
                        state.bindings.remove(namespace);
                    }
                }
            }
        }
    }

    /// Whether the roles of a request's user allow it.
    #[must_use]
    pub fn authorize(&self, attributes: &Attributes<'_>) -> Decision {
        if attributes.user.is_in(User::MASTERS) {
            return Decision::Allow(String::new());
        }
        let mut found = None;
        self.visit(attributes.user, attributes.namespace, |binding, namespace, rules| {
            if rules.iter().any(|rule| rule.allows(attributes)) {
                found = Some(reason(binding, namespace));
            }
            found.is_none()
        });
        found.map_or_else(|| Decision::NoOpinion(String::new()), Decision::Allow)
    }

    /// Every rule that a user has in a namespace (or in none), for reviews and for escalation checks.
    #[must_use]
    pub fn rules_for(&self, user: &User, namespace: &str) -> Vec<Rule> {
        let mut all = Vec::new();
        if user.is_in(User::MASTERS) {
            all.extend(Rule::everything());
        }
        self.visit(user, namespace, |_, _, rules| {
            all.extend(rules.iter().cloned());
            true
        });
        all
    }

    /// The rules of a role that a binding in a namespace names; none where there is no such role.
    #[must_use]
    pub fn rules_of(&self, kind: Kind, namespace: &str, name: &str) -> Option<Arc<[Rule]>> {
        let namespace = if kind == Kind::Role { namespace } else { "" };
        self.state.read().roles.get(&(namespace.to_owned(), name.to_owned())).cloned()
    }

    /// Shows each binding of a user with its rules, until told to stop.
    fn visit(&self, user: &User, namespace: &str, mut see: impl FnMut(&Binding, &str, &[Rule]) -> bool) {
        let state = self.state.read();
        let scopes: &[&str] = if namespace.is_empty() { &[""] } else { &["", namespace] };
        for scope in scopes {
            for binding in state.bindings.get(*scope).into_iter().flatten() {
                if !binding.subjects.iter().any(|subject| subject.is(user, scope)) {
                    continue;
                }
                let (kind, name) = &binding.role;
                let role_scope = if *kind == Kind::Role { *scope } else { "" };
                let Some(rules) = state.roles.get(&(role_scope.to_owned(), name.clone())) else { continue };
                if !see(binding, scope, rules) {
                    return;
                }
            }
        }
    }
}

impl Subject {
    fn is(&self, user: &User, binding_namespace: &str) -> bool {
        match self.kind.as_str() {
            "User" => self.name == user.name,
            "Group" => user.is_in(&self.name),
            "ServiceAccount" => {
                let namespace = if self.namespace.is_empty() { binding_namespace } else { &self.namespace };
                let name = user.name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
                !namespace.is_empty() && name == Some((namespace, self.name.as_str()))
            }
            _ => false,
        }
    }
}

fn reason(binding: &Binding, namespace: &str) -> String {
    let kind = if binding.role.0 == Kind::Role { "Role" } else { "ClusterRole" };
    let role = &binding.role.1;
    let name = &binding.name;
    if namespace.is_empty() {
        format!("RBAC: allowed by ClusterRoleBinding \"{name}\" of {kind} \"{role}\"")
    } else {
        format!("RBAC: allowed by RoleBinding \"{name}/{namespace}\" of {kind} \"{role}\"")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rbac() -> Rbac {
        let rbac = Rbac::default();
        let role = |name: &str, namespace: &str, rules: Value| json!({"metadata": {"name": name, "namespace": namespace}, "rules": rules});
        rbac.upsert(
            Kind::Role,
            &role("reader", "a", json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["pods", "pods/log"]}])),
        );
        rbac.upsert(
            Kind::ClusterRole,
            &role(
                "one-secret",
                "",
                json!([
            {"verbs": ["*"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["s"]}]),
            ),
        );
        rbac.upsert(
            Kind::ClusterRole,
            &role(
                "scaler",
                "",
                json!([
            {"verbs": ["get"], "apiGroups": ["*"], "resources": ["*/scale"]},
            {"verbs": ["get"], "nonResourceURLs": ["/healthz", "/livez/*"]}]),
            ),
        );
        let binding = |kind: &str, name: &str, namespace: &str, subject: Value| {
            json!({
            "metadata": {"name": name, "namespace": namespace}, "roleRef": {"kind": kind, "name": name}, "subjects": [subject]})
        };
        rbac.upsert(Kind::RoleBinding, &binding("Role", "reader", "a", json!({"kind": "User", "name": "jane"})));
        rbac.upsert(
            Kind::RoleBinding,
            &binding(
                "ClusterRole",
                "one-secret",
                "a",
                json!({"kind": "ServiceAccount", "name": "bot", "namespace": "a"}),
            ),
        );
        rbac.upsert(
            Kind::ClusterRoleBinding,
            &binding("ClusterRole", "scaler", "", json!({"kind": "Group", "name": "ops"})),
        );
        rbac
    }

    #[test]
    fn roles_allow_what_they_say_and_no_more() {
        let rbac = rbac();
        let check = |user: &User, request: &str, expected: bool| {
            let parts: Vec<&str> = request.split(' ').collect();
            let [verb, namespace, group, resource, name] = parts[..] else { panic!("{request}") };
            let empty = |text: &'static str| text;
            let of = |text: &'_ str| if text == "-" { empty("").to_owned() } else { text.to_owned() };
            let (namespace, group, name) = (of(namespace), of(group), of(name));
            let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
            let attributes = Attributes {
                user,
                verb,
                namespace: &namespace,
                group: &group,
                version: "v1",
                resource,
                subresource,
                name: &name,
                path: "",
            };
            assert_eq!(rbac.authorize(&attributes).is_allowed(), expected, "{} {request}", user.name);
        };
        let jane = User::new("jane", &[]);
        check(&jane, "get a - pods p", true);
        check(&jane, "get a - pods/log p", true);
        check(&jane, "get a - pods/exec p", false);
        check(&jane, "get b - pods p", false);
        check(&jane, "list a - pods -", false);
        check(&jane, "get - - pods p", false);
        let bot = User::new("system:serviceaccount:a:bot", &[]);
        check(&bot, "delete a - secrets s", true);
        check(&bot, "delete a - secrets t", false);
        check(&bot, "list a - secrets -", false);
        let ops = User::new("x", &["ops"]);
        check(&ops, "get a apps deployments/scale d", true);
        check(&ops, "get a apps deployments d", false);
        check(&User::new("root", &["system:masters"]), "delete - - nodes n", true);
    }

    #[test]
    fn paths_are_allowed_by_their_beginning() {
        let rbac = rbac();
        let user = User::new("x", &["ops"]);
        for (path, expected) in [("/healthz", true), ("/healthz/x", false), ("/livez/ping", true), ("/metrics", false)]
        {
            let attributes = Attributes {
                user: &user,
                verb: "get",
                namespace: "",
                group: "",
                version: "",
                resource: "",
                subresource: "",
                name: "",
                path,
            };
            assert_eq!(rbac.authorize(&attributes).is_allowed(), expected, "{path}");
        }
    }

    #[test]
    fn what_is_removed_allows_nothing() {
        let rbac = rbac();
        let user = User::new("jane", &[]);
        assert_eq!(rbac.rules_for(&user, "a").len(), 1);
        rbac.remove(Kind::RoleBinding, "a", "reader");
        assert!(rbac.rules_for(&user, "a").is_empty());
    }
}
