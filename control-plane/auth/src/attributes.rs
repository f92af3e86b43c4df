//! What a request wants to do.

use crate::User;

/// What a request wants to do, as authorizers see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes<'a> {
    /// Who asks.
    pub user: &'a User,
    /// `get`, `list`, `create` and so on.
    pub verb: &'a str,
    /// Namespace; empty for none or all.
    pub namespace: &'a str,
    /// API group; empty for core.
    pub group: &'a str,
    /// API version.
    pub version: &'a str,
    /// Resource in the plural; empty for a request on a path.
    pub resource: &'a str,
    /// Subresource; empty for none.
    pub subresource: &'a str,
    /// Object's name; empty for none.
    pub name: &'a str,
    /// The path, for a request that names no resource.
    pub path: &'a str,
}

/// What an authorizer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes, and why.
    Allow(String),
    /// No rule says yes; why not, as far as it is known.
    NoOpinion(String),
}

impl Decision {
    /// Whether it is yes.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow(_))
    }
}

/// The message of a refusal, in upstream's words. It follows the `<resource> "<name>" is forbidden: ` that the API adds.
#[must_use]
pub fn forbidden(attributes: &Attributes<'_>, reason: &str) -> String {
    let Attributes { user, verb, namespace, group, resource, subresource, name, path, .. } = *attributes;
    let user = &user.name;
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    if resource.is_empty() {
        return format!("forbidden: User \"{user}\" cannot {verb} path \"{path}\"{reason}");
    }
    let qualified = if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") };
    let object = if name.is_empty() { qualified } else { format!("{qualified} \"{name}\"") };
    let full = if subresource.is_empty() { resource.to_owned() } else { format!("{resource}/{subresource}") };
    let scope = if namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{namespace}\"")
    };
    format!(
        "{object} is forbidden: User \"{user}\" cannot {verb} resource \"{full}\" in API group \"{group}\" {scope}{reason}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_read_as_upstream_words_them() {
        let user = User::new("jane", &[]);
        let pods = Attributes {
            user: &user,
            verb: "list",
            namespace: "default",
            group: "",
            version: "v1",
            resource: "pods",
            subresource: "",
            name: "",
            path: "",
        };
        assert_eq!(
            forbidden(&pods, ""),
            "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\""
        );
        let scale = Attributes {
            group: "apps",
            resource: "deployments",
            subresource: "scale",
            name: "web",
            namespace: "",
            ..pods
        };
        assert_eq!(
            forbidden(&scale, ""),
            "deployments.apps \"web\" is forbidden: User \"jane\" cannot list resource \"deployments/scale\" in API group \
             \"apps\" at the cluster scope"
        );
        let path = Attributes { resource: "", verb: "get", path: "/metrics", ..pods };
        assert_eq!(forbidden(&path, ""), "forbidden: User \"jane\" cannot get path \"/metrics\"");
    }
}
