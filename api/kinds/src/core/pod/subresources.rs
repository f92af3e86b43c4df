//! What the subresources of pods change: debugging containers, and resources in place.

use serde_json::Value;

use crate::{
    FieldError,
    columns::items,
    pod_spec, strategy,
    validation::{At, Errors, cursor::same},
};

/// Annotation of pods that a kubelet runs by itself.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// Upstream's path of the object as a whole.
const WHOLE: &str = "[]";

/// Everything but the ephemeral containers stays.
pub(super) fn prepare_ephemeral_containers(new: &mut Value, old: &Value) {
    let containers = new["spec"]["ephemeralContainers"].take();
    strategy::keep(new, old, "spec");
    strategy::keep_status(new, old);
    new["spec"]["ephemeralContainers"] = containers;
    drop_nulls(&mut new["spec"]);
}

/// Ephemeral containers are added, never changed or removed.
pub(super) fn ephemeral_containers(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    if old.get("metadata").get("annotations").key(MIRROR).is_set() {
        return errors.0.push(FieldError::forbidden(WHOLE, "static pods do not support ephemeral containers"));
    }
    super::spec_and_annotations(new, errors);
    let list = new.get("spec").get("ephemeralContainers");
    for before in items(&old.value["spec"]["ephemeralContainers"]) {
        let name = before["name"].as_str().unwrap_or_default();
        match items(list.value).iter().find(|container| container["name"] == name) {
            None => errors.forbidden(&list, &format!("existing ephemeral containers {name:?} may not be removed\n")),
            Some(now) if !same(now, before) => {
                errors.forbidden(&list, &format!("existing ephemeral containers {name:?} may not be changed\n"));
            }
            Some(_) => {}
        }
    }
}

/// Everything but the resources of the containers and of the pod stays.
pub(super) fn prepare_resize(new: &mut Value, old: &Value) {
    let mut spec = old["spec"].clone();
    for list in ["containers", "initContainers"] {
        let (now, then) = (items(&new["spec"][list]), items(&old["spec"][list]));
        let names = |list: &[Value]| list.iter().map(|container| container["name"].clone()).collect::<Vec<_>>();
        // Containers that come, go or change places are left in, for the validation to refuse.
        if names(now) != names(then) {
            return;
        }
        for (index, container) in now.iter().enumerate() {
            for field in ["resources", "resizePolicy"] {
                let value = container[field].clone();
                spec[list][index][field] = value;
                drop_nulls(&mut spec[list][index]);
            }
        }
    }
    spec["resources"] = new["spec"]["resources"].take();
    drop_nulls(&mut spec);
    new["spec"] = spec;
    strategy::keep_status(new, old);
}

fn drop_nulls(fields: &mut Value) {
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
}

/// CPU and memory change, without changing the class of the pod.
pub(super) fn resize(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    const ONLY: &str = "only cpu and memory resources are mutable";
    if old.get("metadata").get("annotations").key(MIRROR).is_set() {
        return errors.0.push(FieldError::forbidden(WHOLE, "static pods cannot be resized"));
    }
    super::spec_and_annotations(new, errors);
    let spec = new.get("spec");
    if pod_spec::qos_class(new.value) != pod_spec::qos_class(old.value) {
        let class = new.get("status").get("qosClass").value.clone();
        errors.invalid_value(&spec.path, class, "Pod QOS Class may not change as a result of resizing");
    }
    let mut rest = spec.value.clone();
    let before = &old.value["spec"];
    keep_cpu_and_memory(&mut rest["resources"], &before["resources"]);
    for list in ["containers", "initContainers"] {
        if items(&spec.value[list]).len() != items(&before[list]).len() {
            return errors.forbidden(&spec, "containers may not be added or removed");
        }
        for (index, container) in items(&before[list]).iter().enumerate() {
            let at = At {
                value: &spec.value[list][index]["resources"],
                path: format!("{}[{index}].resources", spec.get(list).path),
            };
            nothing_removed(&at, &container["resources"], errors);
            keep_cpu_and_memory(&mut rest[list][index]["resources"], &container["resources"]);
            let sidecar = list == "containers" || container["restartPolicy"] == "Always";
            if !sidecar && !same(&spec.value[list][index], container) {
                errors.forbidden(&spec, "resources for non-sidecar init containers are immutable");
            }
        }
    }
    if errors.0.is_empty() && !same(&rest, before) {
        errors.forbidden(&spec, ONLY);
    }
}

fn nothing_removed(resources: &At<'_>, before: &Value, errors: &mut Errors) {
    for kind in ["requests", "limits"] {
        let removed = |name: &String| resources.value[kind][name.as_str()].is_null();
        if before[kind].as_object().is_some_and(|amounts| amounts.keys().any(removed)) {
            errors.forbidden(&resources.get(kind), &format!("resource {kind} cannot be removed"));
        }
    }
}

/// Puts the former CPU and memory in the place of the new ones, so that only other changes are left.
fn keep_cpu_and_memory(resources: &mut Value, before: &Value) {
    for kind in ["requests", "limits"] {
        for name in ["cpu", "memory"] {
            let former = &before[kind][name];
            if !former.is_null() {
                resources[kind][name] = former.clone();
            } else if let Some(amounts) = resources[kind].as_object_mut() {
                amounts.remove(name);
            }
        }
    }
}
