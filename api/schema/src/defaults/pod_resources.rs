//! A pod's own resources, where it names some: what its containers need together, else its limits.
//! (Kubernetes enhancement 2837, "Proposed Validation & Defaulting Rules".)

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::object::{entries, made};
use crate::scalar::quantity::{self, Amount};

const HUGE_PAGES: &str = "hugepages-";

type Resources = BTreeMap<String, Amount>;

pub(super) fn default(spec: &mut Map<String, Value>) {
    let Some(resources) = spec.get("resources").and_then(Value::as_object) else { return };
    if entries(resources, "limits").is_none() && entries(resources, "requests").is_none() {
        return;
    }
    let (limits, requests) = (needed(spec, "limits"), needed(spec, "requests"));
    let Some(resources) = made(spec, "resources") else { return };
    for (name, amount) in limits.iter().filter(|(name, _)| name.starts_with(HUGE_PAGES)) {
        if !entries(resources, "requests").is_some_and(|requests| requests.contains_key(name)) {
            put(resources, "limits", name, quantity::text(*amount));
        }
    }
    let Some(limits) = entries(resources, "limits").cloned() else { return };
    for (name, amount) in requests.iter().filter(|(name, _)| is_counted(name) && !name.starts_with(HUGE_PAGES)) {
        put(resources, "requests", name, quantity::text(*amount));
    }
    for (name, limit) in limits.iter().filter(|(name, _)| is_counted(name)) {
        put(resources, "requests", name, limit.as_str().map(str::to_owned));
    }
}

/// The resources that a pod as a whole may name.
fn is_counted(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || name.starts_with(HUGE_PAGES)
}

fn put(resources: &mut Map<String, Value>, list: &str, name: &str, amount: Option<String>) {
    if let (Some(amount), Some(list)) = (amount, made(resources, list)) {
        list.entry(name).or_insert(Value::String(amount));
    }
}

/// What the containers need together: all that run at once, or the neediest moment of starting up.
fn needed(spec: &Map<String, Value>, list: &str) -> Resources {
    let containers = |name: &str| spec.get(name).and_then(Value::as_array).into_iter().flatten();
    let (mut running, mut sidecars, mut starting) = (Resources::new(), Resources::new(), Resources::new());
    for container in containers("containers") {
        add(&mut running, &amounts(container, list));
    }
    for container in containers("initContainers") {
        let amounts = amounts(container, list);
        if container["restartPolicy"] == "Always" {
            add(&mut running, &amounts);
            add(&mut sidecars, &amounts);
            raise(&mut starting, &sidecars);
        } else {
            let mut now = sidecars.clone();
            add(&mut now, &amounts);
            raise(&mut starting, &now);
        }
    }
    raise(&mut running, &starting);
    running
}

fn amounts(container: &Value, list: &str) -> Resources {
    let list = container["resources"][list].as_object().into_iter().flatten();
    list.filter_map(|(name, value)| Some((name.clone(), quantity::amount(value.as_str()?)?))).collect()
}

fn add(to: &mut Resources, more: &Resources) {
    for (name, amount) in more {
        to.entry(name.clone()).and_modify(|sum| *sum = sum.plus(*amount)).or_insert(*amount);
    }
}

fn raise(to: &mut Resources, other: &Resources) {
    for (name, amount) in other {
        to.entry(name.clone()).and_modify(|most| *most = most.max(*amount)).or_insert(*amount);
    }
}
