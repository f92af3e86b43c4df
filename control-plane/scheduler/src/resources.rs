//! Amounts of resources: what pods ask for and nodes have.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// What a pod that says nothing is taken to need when nodes are compared, in billionths: 100m of a core, 200 MiB (upstream's).
const DEFAULT_CPU: i128 = 100_000_000;
const DEFAULT_MEMORY: i128 = (200 << 20) * 1_000_000_000;

/// Amounts by resource name, in billionths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Amounts(pub BTreeMap<String, i128>);

impl Amounts {
    /// Reads quantities. One that cannot be read counts as nothing; the API server let none through.
    #[must_use]
    pub fn of(quantities: Option<&BTreeMap<String, Quantity>>) -> Self {
        let read = |(name, quantity): (&String, &Quantity)| {
            (name.clone(), reks_schema::quantity_nanos(&quantity.0).unwrap_or(0))
        };
        Self(quantities.into_iter().flatten().map(read).collect())
    }

    /// The amount of one resource.
    #[must_use]
    pub fn get(&self, name: &str) -> i128 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Adds other amounts.
    pub fn add(&mut self, other: &Self) {
        for (name, amount) in &other.0 {
            *self.0.entry(name.clone()).or_insert(0) += amount;
        }
    }

    /// Takes the larger of each.
    fn raise(&mut self, other: &Self) {
        for (name, amount) in &other.0 {
            let own = self.0.entry(name.clone()).or_insert(0);
            *own = (*own).max(*amount);
        }
    }
}

/// What a pod asks for: the sum of its containers, or what starting it takes at one time, whichever is more
/// (KEP-753, "Resources calculation"), and the overhead of its runtime.
#[must_use]
pub fn requests(pod: &Pod) -> Amounts {
    let Some(spec) = &pod.spec else { return Amounts::default() };
    let mut total = sum(spec, &|container| requests_of(container));
    if let Some(pod_level) = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()) {
        total.0.extend(Amounts::of(Some(pod_level)).0);
    }
    total.add(&Amounts::of(spec.overhead.as_ref()));
    total
}

/// The same where a container that asks for no CPU or memory counts a little, so that such pods spread too.
#[must_use]
pub fn scored_requests(pod: &Pod) -> Amounts {
    let Some(spec) = &pod.spec else { return Amounts::default() };
    sum(spec, &|container| {
        let mut amounts = requests_of(container);
        amounts.0.entry("cpu".to_owned()).or_insert(DEFAULT_CPU);
        amounts.0.entry("memory".to_owned()).or_insert(DEFAULT_MEMORY);
        amounts
    })
}

fn sum(spec: &PodSpec, of: &dyn Fn(&Container) -> Amounts) -> Amounts {
    let mut total = Amounts::default();
    for container in &spec.containers {
        total.add(&of(container));
    }
    let mut sidecars = Amounts::default();
    let mut starting = Amounts::default();
    for container in spec.init_containers.iter().flatten() {
        let own = of(container);
        if container.restart_policy.as_deref() == Some("Always") {
            sidecars.add(&own);
            starting.raise(&sidecars);
        } else {
            let mut at_once = sidecars.clone();
            at_once.add(&own);
            starting.raise(&at_once);
        }
    }
    total.add(&sidecars);
    total.raise(&starting);
    total
}

fn requests_of(container: &Container) -> Amounts {
    Amounts::of(container.resources.as_ref().and_then(|resources| resources.requests.as_ref()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn starting_may_take_more_than_running() {
        let check = |spec: serde_json::Value, millicores: i128| {
            let pod: Pod = serde_json::from_value(json!({"spec": spec})).unwrap();
            assert_eq!(requests(&pod).get("cpu") / 1_000_000, millicores, "{spec}");
        };
        let one = |cpu: &str| json!({"name": "c", "resources": {"requests": {"cpu": cpu}}});
        let sidecar =
            |cpu: &str| json!({"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": cpu}}});
        check(json!({"containers": [one("100m"), one("0.2")]}), 300);
        check(json!({"containers": [one("100m")], "initContainers": [one("1")]}), 1000);
        check(json!({"containers": [one("100m")], "initContainers": [sidecar("50m"), one("1")]}), 1050);
        check(json!({"containers": [one("100m")], "initContainers": [one("120m"), sidecar("50m")]}), 150);
        check(json!({"containers": [one("100m")], "overhead": {"cpu": "10m"}}), 110);
    }
}
