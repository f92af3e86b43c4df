//! What a pod requests and may use in all (`k8s.io/component-helpers/resource`).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{columns::items, quantity::Quantity};

/// Amounts by the names of the resources.
pub type Resources = BTreeMap<String, Quantity>;

/// What a pod requests in all, which is what the scheduler reserves: the containers together, or the init containers where
/// those need more at some moment, and the overhead. What the pod requests as a whole wins.
#[must_use]
pub fn pod_requests(pod: &Value) -> Resources {
    let spec = &pod["spec"];
    let mut total = container_requests(spec);
    override_with(&mut total, &spec["resources"]["requests"]);
    add(&mut total, &of(&spec["overhead"]));
    total
}

/// What a pod may use in all. A resource that some container may use without limit has a limit only as far as others have
/// one, so that it is no bound of the pod; the overhead is added to what is limited.
#[must_use]
pub fn pod_limits(pod: &Value) -> Resources {
    let spec = &pod["spec"];
    let mut total = aggregate(spec, "limits");
    override_with(&mut total, &spec["resources"]["limits"]);
    for (name, overhead) in of(&spec["overhead"]) {
        if let Some(limit) = total.get_mut(&name) {
            *limit = *limit + overhead;
        }
    }
    total
}

/// What the containers of a spec request together.
pub(super) fn container_requests(spec: &Value) -> Resources {
    aggregate(spec, "requests")
}

/// Containers run together; init containers one after the other, before them; sidecars from their turn on until the end.
fn aggregate(spec: &Value, kind: &str) -> Resources {
    let mut total = Resources::new();
    for container in items(&spec["containers"]) {
        add(&mut total, &of(&container["resources"][kind]));
    }
    let mut sidecars = Resources::new();
    let mut most = Resources::new();
    for container in items(&spec["initContainers"]) {
        let mut needed = of(&container["resources"][kind]);
        if container["restartPolicy"] == "Always" {
            add(&mut total, &needed);
            add(&mut sidecars, &needed);
            needed.clone_from(&sidecars);
        } else {
            add(&mut needed, &sidecars);
        }
        raise(&mut most, &needed);
    }
    raise(&mut total, &most);
    total
}

/// The amounts of a list of resources.
fn of(resources: &Value) -> Resources {
    let entries = resources.as_object().into_iter().flatten();
    entries.filter_map(|(name, amount)| Some((name.clone(), Quantity::from_value(amount).ok()?))).collect()
}

fn add(total: &mut Resources, more: &Resources) {
    for (name, amount) in more {
        let sum = total.get(name).copied().map_or(*amount, |sum| sum + *amount);
        total.insert(name.clone(), sum);
    }
}

fn raise(total: &mut Resources, least: &Resources) {
    for (name, amount) in least {
        let most = total.get(name).copied().map_or(*amount, |most| most.max(*amount));
        total.insert(name.clone(), most);
    }
}

fn override_with(total: &mut Resources, whole: &Value) {
    total.extend(of(whole));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(spec: Value, requests: &str, limits: &str) {
        let pod = json!({ "spec": spec });
        let show = |resources: Resources| {
            resources.into_iter().map(|(name, amount)| format!("{name}={amount}")).collect::<Vec<_>>().join(",")
        };
        assert_eq!(show(pod_requests(&pod)), requests, "requests of {pod}");
        assert_eq!(show(pod_limits(&pod)), limits, "limits of {pod}");
    }

    #[test]
    fn containers_add_up_and_init_containers_do_not() {
        let asks = |cpu: &str| json!({"resources": {"requests": {"cpu": cpu}, "limits": {"cpu": cpu}}});
        let sidecar = |cpu: &str| json!({"restartPolicy": "Always", "resources": {"requests": {"cpu": cpu}}});
        check(json!({"containers": [{}]}), "", "");
        check(json!({"containers": [asks("500m"), asks("1")]}), "cpu=1500m", "cpu=1500m");
        check(json!({"containers": [asks("1")], "initContainers": [asks("3"), asks("2")]}), "cpu=3", "cpu=3");
        check(json!({"containers": [asks("1")], "initContainers": [sidecar("2"), asks("2")]}), "cpu=4", "cpu=2");
        check(json!({"containers": [asks("3")], "initContainers": [sidecar("2"), asks("2")]}), "cpu=5", "cpu=3");
        check(json!({"containers": [asks("3")], "initContainers": [asks("2"), sidecar("2")]}), "cpu=5", "cpu=3");
        check(
            json!({"containers": [asks("1")], "overhead": {"cpu": "100m", "memory": "1Mi"}}),
            "cpu=1100m,memory=1Mi",
            "cpu=1100m",
        );
        check(json!({"containers": [asks("1")], "resources": {"requests": {"cpu": "4"}}}), "cpu=4", "cpu=1");
    }
}
