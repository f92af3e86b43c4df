//! The quality of service of a pod, which follows from its requests and limits (`pkg/apis/core/v1/helper/qos`).

use std::fmt;

use serde_json::Value;

use crate::{columns::items, quantity::Quantity};

/// How a pod is treated when its node runs out of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QosClass {
    /// Every container has limits of CPU and memory, and requests that equal them.
    Guaranteed,
    /// Something is requested or limited.
    Burstable,
    /// Nothing is.
    BestEffort,
}

impl fmt::Display for QosClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The class of a pod, as `status.qosClass` shows it. Resources of the pod as a whole win over those of its containers.
#[must_use]
pub fn qos_class(pod: &Value) -> QosClass {
    let spec = &pod["spec"];
    let whole = &spec["resources"];
    let has_whole = ["requests", "limits"].iter().any(|kind| !whole[*kind].is_null());
    let containers = items(&spec["containers"]).iter().chain(items(&spec["initContainers"]));
    let all: Vec<_> =
        if has_whole { vec![whole] } else { containers.map(|container| &container["resources"]).collect() };
    let amount = |resources: &Value, kind: &str, name: &str| {
        Quantity::from_value(&resources[kind][name]).ok().filter(|quantity| !quantity.is_zero())
    };
    let asks = |resources: &Value| {
        ["requests", "limits"]
            .iter()
            .any(|kind| ["cpu", "memory"].iter().any(|name| amount(resources, kind, name).is_some()))
    };
    let is_guaranteed = |resources: &Value| {
        ["cpu", "memory"].iter().all(|name| {
            let limit = amount(resources, "limits", name);
            limit.is_some() && amount(resources, "requests", name).is_none_or(|request| Some(request) == limit)
        })
    };
    match () {
        () if !all.iter().any(|resources| asks(resources)) => QosClass::BestEffort,
        () if all.iter().all(|resources| is_guaranteed(resources)) => QosClass::Guaranteed,
        () => QosClass::Burstable,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(resources: &[Value], expected: QosClass) {
        let containers: Vec<_> = resources.iter().map(|resources| json!({"resources": resources})).collect();
        assert_eq!(qos_class(&json!({"spec": {"containers": containers}})), expected, "{resources:?}");
    }

    #[test]
    fn the_class_follows_from_the_containers() {
        let full = json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1000m", "memory": "1Gi"}});
        let limits_only = json!({"limits": {"cpu": "1", "memory": "1Gi"}});
        let cpu_only = json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}});
        let less = json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "1Gi"}});
        check(&[json!(null)], QosClass::BestEffort);
        check(&[json!({"requests": {"cpu": "0"}})], QosClass::BestEffort);
        check(&[json!({"requests": {"ephemeral-storage": "1Gi"}})], QosClass::BestEffort);
        check(std::slice::from_ref(&full), QosClass::Guaranteed);
        check(&[limits_only], QosClass::Guaranteed);
        check(&[full.clone(), json!({})], QosClass::Burstable);
        check(&[cpu_only], QosClass::Burstable);
        check(&[less], QosClass::Burstable);
        let whole = json!({"spec": {"resources": full, "containers": [{}]}});
        assert_eq!(qos_class(&whole), QosClass::Guaranteed);
    }
}
