//! Nobody writes a role, or binds one, that gives more than they have (Kubernetes, "Privilege escalation prevention").

use reks_auth::Attributes as Access;
use reks_auth::rbac::{Kind, Rule, uncovered};
use serde_json::Value;

use super::{Attributes, Operation};
use crate::server::Server;
use crate::status::{Result, Status};

const GROUP: &str = "rbac.authorization.k8s.io";

pub fn admit(server: &Server, attributes: &Attributes<'_>, new: &mut Value, old: Option<&Value>) -> Result<()> {
    let kind = attributes.resource.kind;
    if kind.group != GROUP || attributes.operation == Operation::Delete {
        return Ok(());
    }
    let Some(rbac) = Kind::of_plural(kind.plural) else { return Ok(()) };
    let namespace = attributes.context.info.namespace.as_str();
    let rules = match rbac {
        Kind::Role | Kind::ClusterRole => {
            if old.is_some_and(|old| old["rules"] == new["rules"] && old["aggregationRule"] == new["aggregationRule"]) {
                return Ok(());
            }
            // Whoever writes an aggregated role gives whatever is aggregated.
            let mut rules = Rule::list(&new["rules"]);
            if !new["aggregationRule"].is_null() {
                rules.extend(Rule::everything());
            }
            rules
        }
        Kind::RoleBinding | Kind::ClusterRoleBinding => {
            if old.is_some_and(|old| old["subjects"] == new["subjects"]) {
                return Ok(());
            }
            let role = match new["roleRef"]["kind"].as_str() {
                Some("Role") => Kind::Role,
                _ => Kind::ClusterRole,
            };
            let name = new["roleRef"]["name"].as_str().unwrap_or_default();
            if may(server, attributes, "bind", role, name) {
                return Ok(());
            }
            let found = server.access.rbac.rules_of(role, namespace, name);
            found.map(|rules| rules.to_vec()).ok_or_else(|| {
                let plural = if role == Kind::Role { "roles" } else { "clusterroles" };
                Status::new(http::StatusCode::NOT_FOUND, "NotFound", format!("{plural}.{GROUP} \"{name}\" not found"))
            })?
        }
    };
    let name = new["metadata"]["name"].as_str().unwrap_or_default();
    if matches!(rbac, Kind::Role | Kind::ClusterRole) && may(server, attributes, "escalate", rbac, name) {
        return Ok(());
    }
    let user = &attributes.context.user;
    let missing = uncovered(&server.access.rbac.rules_for(user, namespace), &rules);
    if missing.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = missing.iter().map(described).collect();
    let message = format!(
        "{} \"{name}\" is forbidden: user \"{}\" (groups={:?}) is attempting to grant RBAC permissions not currently held:\n{}",
        crate::status::qualified(kind),
        user.name,
        user.groups,
        lines.join("\n")
    );
    Err(Status::forbidden(message).about(kind, name))
}

fn may(server: &Server, attributes: &Attributes<'_>, verb: &str, role: Kind, name: &str) -> bool {
    let cluster = role == Kind::ClusterRole;
    let request = Access {
        user: &attributes.context.user,
        verb,
        namespace: &attributes.context.info.namespace,
        group: GROUP,
        version: "v1",
        resource: if cluster { "clusterroles" } else { "roles" },
        subresource: "",
        name,
        path: "",
    };
    server.access.decide(&request, server).is_allowed()
}

/// A permission as upstream prints it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`.
fn described(rule: &Rule) -> String {
    let fields = [
        ("APIGroups", &rule.api_groups),
        ("Resources", &rule.resources),
        ("ResourceNames", &rule.resource_names),
        ("NonResourceURLs", &rule.non_resource_urls),
        ("Verbs", &rule.verbs),
    ];
    let fields: Vec<String> =
        fields.iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| format!("{name}:{list:?}")).collect();
    format!("{{{}}}", fields.join(", "))
}
