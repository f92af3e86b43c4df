//! Rules of containers, init containers and ephemeral containers.

use std::collections::HashSet;

use super::{Within, env, probes, resources, security, volumes::Volumes};
use crate::validation::{At, Errors, names};

/// What a container's rules depend on beyond the container.
pub(super) struct Scope<'a> {
    pub volumes: &'a Volumes<'a>,
    /// Names of the pod's resource claims, in their order.
    pub claims: Vec<&'a str>,
    /// Seconds that the pod has to stop.
    pub grace_seconds: Option<i64>,
    pub never_restarts: bool,
    pub host_users: bool,
    pub os: &'a str,
}

const NOT_FOR_INIT: &str = "may not be set for init containers without restartPolicy=Always";
const NOT_FOR_EPHEMERAL: &str = "cannot be set for an Ephemeral Container";

/// Every container of a spec.
pub(super) fn validate(spec: &At<'_>, volumes: &Volumes<'_>, within: Within<'_>, errors: &mut Errors) {
    let scope = Scope {
        volumes,
        claims: spec.get("resourceClaims").items().map(|claim| claim.get("name").text()).collect(),
        grace_seconds: spec.get("terminationGracePeriodSeconds").int(),
        never_restarts: spec.get("restartPolicy").text() == "Never",
        host_users: !spec.get("hostUsers").is_set() || spec.get("hostUsers").is_true(),
        os: spec.get("os").get("name").text(),
    };
    let containers = spec.get("containers");
    if containers.is_empty() {
        errors.required(&containers, "");
    }
    let mut names = HashSet::new();
    let mut host_ports = HashSet::new();
    for container in containers.items() {
        common(&container, &scope, within, errors);
        unique_name(&container, &mut names, errors);
        probes::all(&container, &scope, errors);
        restart_rules(&container, errors);
        unique_host_ports(&container, &mut host_ports, errors);
    }
    for container in spec.get("initContainers").items() {
        init(&container, &scope, within, errors);
        unique_name(&container, &mut names, errors);
        unique_host_ports(&container, &mut HashSet::new(), errors);
    }
    let targets = names.clone();
    for container in spec.get("ephemeralContainers").items() {
        common(&container, &scope, within, errors);
        ephemeral(&container, errors);
        unique_name(&container, &mut names, errors);
        let target = container.get("targetContainerName");
        if !target.is_empty() && !targets.contains(target.text()) {
            errors.not_found(&target);
        }
    }
}

fn common(container: &At<'_>, scope: &Scope<'_>, within: Within<'_>, errors: &mut Errors) {
    let name = container.get("name");
    if errors.require(&name) {
        errors.rule(&name, names::label);
    }
    let image = container.get("image");
    if errors.require(&image) && within != Within::Template && image.text().trim() != image.text() {
        errors.invalid(&image, "must not have leading or trailing whitespace");
    }
    errors.one_of(&container.get("terminationMessagePolicy"), &["File", "FallbackToLogsOnError"]);
    ports(&container.get("ports"), errors);
    env::validate(container, errors);
    scope.volumes.mounts(container, errors);
    errors.one_of(&container.get("imagePullPolicy"), &["Always", "IfNotPresent", "Never"]);
    resources::of_container(&container.get("resources"), &scope.claims, errors);
    resize_policy(&container.get("resizePolicy"), scope, errors);
    security::of_container(&container.get("securityContext"), scope.host_users, errors);
}

fn init(container: &At<'_>, scope: &Scope<'_>, within: Within<'_>, errors: &mut Errors) {
    common(container, scope, within, errors);
    restart_rules(container, errors);
    let sidecar = container.get("restartPolicy").text() == "Always";
    if sidecar {
        probes::all(container, scope, errors);
        return;
    }
    for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        let field = container.get(field);
        if field.is_set() {
            errors.forbidden(&field, NOT_FOR_INIT);
        }
    }
    for policy in container.get("resizePolicy").items() {
        let restart = policy.get("restartPolicy");
        if restart.text() == "RestartContainer" {
            errors.invalid(&restart, "must not be set to 'RestartContainer' for non-sidecar initContainers");
        }
    }
}

fn ephemeral(container: &At<'_>, errors: &mut Errors) {
    for field in ["ports", "resources", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
        let field = container.get(field);
        if !field.is_empty() {
            errors.forbidden(&field, NOT_FOR_EPHEMERAL);
        }
    }
    for mount in container.get("volumeMounts").items() {
        for field in ["subPath", "subPathExpr"] {
            let field = mount.get(field);
            if !field.is_empty() {
                errors.forbidden(&field, NOT_FOR_EPHEMERAL);
            }
        }
    }
}

fn unique_name<'a>(container: &At<'a>, names: &mut HashSet<&'a str>, errors: &mut Errors) {
    let name = container.get("name");
    if !name.is_empty() && !names.insert(name.text()) {
        errors.duplicate(&name);
    }
}

fn ports(ports: &At<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for port in ports.items() {
        let name = port.get("name");
        if !name.is_empty() {
            let before = errors.0.len();
            errors.rule(&name, names::port_name);
            if errors.0.len() == before && !seen.insert(name.text()) {
                errors.duplicate(&name);
            }
        }
        let number = port.get("containerPort");
        if number.int().unwrap_or(0) == 0 {
            errors.required(&number, "");
        } else {
            errors.in_range(&number, 1, 65535);
        }
        let host = port.get("hostPort");
        if host.int() != Some(0) {
            errors.in_range(&host, 1, 65535);
        }
        errors.one_of(&port.get("protocol"), &["SCTP", "TCP", "UDP"]);
    }
}

/// Two containers of a pod cannot have one port of the host.
fn unique_host_ports(container: &At<'_>, seen: &mut HashSet<String>, errors: &mut Errors) {
    for port in container.get("ports").items() {
        let host = port.get("hostPort");
        let number = host.int().unwrap_or(0);
        if number == 0 {
            continue;
        }
        let key = format!("{}/{}/{number}", port.get("protocol").text(), port.get("hostIP").text());
        if !seen.insert(key.clone()) {
            errors.0.push(crate::FieldError::duplicate(&host.path, &key.into()));
        }
    }
}

fn restart_rules(container: &At<'_>, errors: &mut Errors) {
    let (policy, rules) = (container.get("restartPolicy"), container.get("restartPolicyRules"));
    if !policy.is_set() && !rules.is_empty() {
        errors.required(&policy, "must specify restartPolicy when restart rules are used");
    }
    errors.one_of(&policy, &["Always", "Never", "OnFailure"]);
    if policy.text() == "Always" && container.path.contains("initContainers") && !rules.is_empty() {
        errors.forbidden(&rules, "restartPolicyRules are not allowed for init containers with restart policy Always");
        return;
    }
    errors.too_many(&rules, 20);
    for rule in rules.items() {
        errors.one_of(&rule.get("action"), &["Restart"]);
        let codes = rule.get("exitCodes");
        if codes.is_set() {
            errors.one_of(&codes.get("operator"), &["In", "NotIn"]);
            errors.too_many(&codes.get("values"), 255);
        } else {
            errors.required(&codes, "must be specified");
        }
    }
}

fn resize_policy(policies: &At<'_>, scope: &Scope<'_>, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for policy in policies.items() {
        let (resource, restart) = (policy.get("resourceName"), policy.get("restartPolicy"));
        if !seen.insert(resource.text()) {
            errors.0.push(crate::FieldError::duplicate(&policy.path, resource.value));
        }
        for (field, supported) in
            [(&resource, &["cpu", "memory"][..]), (&restart, &["NotRequired", "RestartContainer"][..])]
        {
            if field.is_empty() {
                errors.required(policies, "");
            } else if !supported.contains(&field.text()) {
                errors.0.push(crate::FieldError::not_supported(&policies.path, field.value, supported));
            }
        }
        if scope.never_restarts && restart.text() != "NotRequired" {
            let detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
            errors.invalid_value(&policies.path, restart.value.clone(), detail);
        }
    }
}
