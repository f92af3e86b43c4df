//! The roles and bindings that every API server starts with, from the table in `policy.txt`.

use serde_json::{Value, json};

use crate::rbac::Rule;

const POLICY: &str = include_str!("policy.txt");
const API_VERSION: &str = "rbac.authorization.k8s.io/v1";
const GROUP: &str = "rbac.authorization.k8s.io";
/// Set to `false` on an object of the default policy, it keeps the server from putting back what is missing.
pub const AUTO_UPDATE: &str = "rbac.authorization.kubernetes.io/autoupdate";

/// Every object of the default policy: cluster roles, roles and bindings, the roles first.
#[must_use]
pub fn objects() -> Vec<Value> {
    let mut objects: Vec<Value> = Vec::new();
    let mut bindings = Vec::new();
    for line in POLICY.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with(' ') {
            if let (Some(rules), Some(rule)) =
                (objects.last_mut().and_then(|role| role["rules"].as_array_mut()), rule(&words))
            {
                rules.push(json!(rule));
            }
            continue;
        }
        match words.as_slice() {
            ["role", name, options @ ..] => {
                let (role, binding) = cluster_role(name, options);
                objects.push(role);
                bindings.extend(binding);
            }
            ["bind", role, subjects] => bindings.push(binding("", role, ("ClusterRole", role), subjects)),
            ["bindas", name, role, subjects] => bindings.push(binding("", name, ("ClusterRole", role), subjects)),
            ["nsrole", namespace, name] => objects.push(object("Role", namespace, name, json!({"rules": []}))),
            ["nsbind", namespace, name, role, subjects] => {
                bindings.push(binding(namespace, name, ("Role", role), subjects));
            }
            _ => {}
        }
    }
    objects.extend(bindings);
    objects
}

/// What an object of the policy that is there already lacks: the object with the missing rules or subjects added, or none
/// if it has them all or may not be touched.
#[must_use]
pub fn reconciled(existing: &Value, wanted: &Value) -> Option<Value> {
    if existing["metadata"]["annotations"][AUTO_UPDATE] == "false" || !existing["aggregationRule"].is_null() {
        return None;
    }
    let mut new = existing.clone();
    if wanted["roleRef"].is_null() {
        let missing = crate::rbac::uncovered(&Rule::list(&existing["rules"]), &Rule::list(&wanted["rules"]));
        if missing.is_empty() {
            return None;
        }
        extend(&mut new["rules"], missing.into_iter().map(|rule| json!(rule)));
    } else {
        let has = |subject: &&Value| existing["subjects"].as_array().is_some_and(|own| own.contains(subject));
        let missing: Vec<Value> =
            wanted["subjects"].as_array().into_iter().flatten().filter(|one| !has(one)).cloned().collect();
        if missing.is_empty() {
            return None;
        }
        extend(&mut new["subjects"], missing.into_iter());
    }
    Some(new)
}

fn extend(list: &mut Value, items: impl Iterator<Item = Value>) {
    if !list.is_array() {
        *list = json!([]);
    }
    if let Some(list) = list.as_array_mut() {
        list.extend(items);
    }
}

fn cluster_role(name: &str, options: &[&str]) -> (Value, Option<Value>) {
    let mut role = object("ClusterRole", "", name, json!({"rules": []}));
    let mut bound = None;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match *option {
            "labeled" => {
                let label = options.next().copied().unwrap_or_default();
                role["metadata"]["labels"][format!("{GROUP}/{label}")] = "true".into();
            }
            "aggregates" => {
                let label = format!("{GROUP}/{}", options.next().copied().unwrap_or_default());
                role["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]});
            }
            "bound" => {
                let account = name.rsplit(':').next().unwrap_or(name);
                bound = Some(binding("", name, ("ClusterRole", name), &format!("s=kube-system/{account}")));
            }
            _ => {}
        }
    }
    (role, bound)
}

fn binding(namespace: &str, name: &str, (kind, role): (&str, &str), subjects: &str) -> Value {
    let subjects: Vec<Value> = subjects
        .split(',')
        .filter_map(|subject| {
            Some(match subject.split_once('=')? {
                ("g", name) => json!({"apiGroup": GROUP, "kind": "Group", "name": name}),
                ("u", name) => json!({"apiGroup": GROUP, "kind": "User", "name": name}),
                (_, account) => {
                    let (namespace, name) = account.split_once('/')?;
                    json!({"kind": "ServiceAccount", "namespace": namespace, "name": name})
                }
            })
        })
        .collect();
    let mut body = json!({"roleRef": {"apiGroup": GROUP, "kind": kind, "name": role}});
    if !subjects.is_empty() {
        body["subjects"] = subjects.into();
    }
    object(if namespace.is_empty() { "ClusterRoleBinding" } else { "RoleBinding" }, namespace, name, body)
}

fn object(kind: &str, namespace: &str, name: &str, mut body: Value) -> Value {
    body["apiVersion"] = API_VERSION.into();
    body["kind"] = kind.into();
    body["metadata"] = json!({
        "name": name, "annotations": {AUTO_UPDATE: "true"}, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
    });
    if !namespace.is_empty() {
        body["metadata"]["namespace"] = namespace.into();
    }
    body
}

fn rule(words: &[&str]) -> Option<Rule> {
    let list = |text: &str| -> Vec<String> {
        text.split(',').map(|word| if word == "core" { String::new() } else { word.to_owned() }).collect()
    };
    let verbs = |text: &str| match text {
        "R" => list("get,list,watch"),
        "W" => list("create,update,patch,delete,deletecollection"),
        "RW" => list("get,list,watch,create,update,patch,delete,deletecollection"),
        other => list(other),
    };
    Some(match words {
        [names, "url", paths] => Rule { verbs: verbs(names), non_resource_urls: list(paths), ..Rule::default() },
        [names, groups, resources, rest @ ..] => Rule {
            verbs: verbs(names),
            api_groups: list(groups),
            resources: list(resources),
            resource_names: rest.first().map(|names| list(names)).unwrap_or_default(),
            ..Rule::default()
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(kind: &str, name: &str) -> Value {
        let found = objects().into_iter().find(|one| one["kind"] == kind && one["metadata"]["name"] == name);
        found.unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    #[test]
    fn every_line_of_the_table_is_understood() {
        let objects = objects();
        let lines = |start: &str| POLICY.lines().filter(|line| line.starts_with(start)).count();
        let rules: usize = objects.iter().filter_map(|one| one["rules"].as_array()).map(Vec::len).sum();
        assert_eq!(rules, lines(" "));
        let bound = POLICY.lines().filter(|line| line.starts_with("role ") && line.ends_with(" bound")).count();
        assert_eq!(objects.len(), lines("role ") + lines("bind") + lines("ns") + bound);
        for role in objects.iter().filter(|one| one["kind"] == "ClusterRole" && one["aggregationRule"].is_null()) {
            assert!(role["rules"].as_array().is_some_and(|rules| !rules.is_empty()), "{role}");
        }
    }

    #[test]
    fn roles_say_what_upstreams_say() {
        assert_eq!(find("ClusterRole", "cluster-admin")["rules"][1]["nonResourceURLs"], json!(["*"]));
        assert_eq!(find("ClusterRole", "view")["metadata"]["labels"][format!("{GROUP}/aggregate-to-edit")], "true");
        let subjects = &find("ClusterRoleBinding", "system:controller:job-controller")["subjects"];
        assert_eq!(subjects[0]["name"], "job-controller");
        assert!(find("ClusterRoleBinding", "system:node")["subjects"].is_null());
    }

    #[test]
    fn what_is_missing_is_put_back_unless_told_not_to() {
        let wanted = find("ClusterRole", "system:kube-dns");
        assert_eq!(reconciled(&wanted, &wanted), None);
        let mut poor = wanted.clone();
        poor["rules"] = json!([]);
        let rules = reconciled(&poor, &wanted).map(|new| new["rules"].clone());
        assert!(crate::rbac::uncovered(&Rule::list(&rules.unwrap()), &Rule::list(&wanted["rules"])).is_empty());
        poor["metadata"]["annotations"][AUTO_UPDATE] = "false".into();
        assert_eq!(reconciled(&poor, &wanted), None);
    }
}
