//! What each kind may be, and what may change in it.
#![allow(clippy::unwrap_used, reason = "tests")]

use reks_kinds::{FieldError, Kind, all};
use serde_json::{Value, json};

fn row(group: &str, plural: &str) -> &'static Kind {
    all().iter().find(|kind| kind.group == group && kind.plural == plural).unwrap()
}

fn lines(errors: Vec<FieldError>) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

/// The errors of a new object.
fn check(group: &str, plural: &str, object: Value, expected: &[&str]) {
    let kind = row(group, plural);
    let errors = [(kind.validate)(&object), (kind.validate_create)(&object)].concat();
    assert_eq!(lines(errors), expected, "{plural} {object}");
}

/// The errors of a change.
fn check_update(group: &str, plural: &str, old: Value, new: Value, expected: &[&str]) {
    let kind = row(group, plural);
    let errors = [(kind.validate)(&new), (kind.validate_update)(&new, &old)].concat();
    assert_eq!(lines(errors), expected, "{plural} {new}");
}

/// `base` with the fields of `changes`; nested objects are merged.
fn with(base: &Value, changes: Value) -> Value {
    let mut merged = base.clone();
    match (merged.as_object_mut(), changes) {
        (Some(fields), Value::Object(changes)) => {
            for (name, change) in changes {
                let before = fields.get(&name).cloned().unwrap_or(Value::Null);
                fields.insert(name, with(&before, change));
            }
            merged
        }
        (_, changes) => changes,
    }
}

fn template() -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a", "image": "i"}], "restartPolicy": "Always"}})
}

fn selector() -> Value {
    json!({"matchLabels": {"app": "web"}})
}

#[test]
fn deployments() {
    let base = json!({"spec": {"selector": selector(), "template": template(), "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}, "progressDeadlineSeconds": 600}});
    let check = |changes: Value, expected: &[&str]| {
        check("apps", "deployments", with(&base, json!({ "spec": changes })), expected)
    };
    check(json!({}), &[]);
    check(json!({"replicas": -1}), &["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]);
    check(
        json!({"selector": {"matchLabels": {"app": "x"}}}),
        &[
            "spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` does not match template `labels`",
        ],
    );
    check(
        json!({"selector": {"matchLabels": null}}),
        &["spec.selector: Invalid value: {\"matchLabels\":null}: empty selector is invalid for deployment"],
    );
    check(json!({"template": {"spec": {"containers": []}}}), &["spec.template.spec.containers: Required value"]);
    check(
        json!({"template": {"spec": {"containers": [{"name": "a"}]}}}),
        &["spec.template.spec.containers[0].image: Required value"],
    );
    check(
        json!({"template": {"spec": {"restartPolicy": "Never"}}}),
        &["spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\""],
    );
    check(
        json!({"template": {"metadata": {"labels": {"b": "c d"}}}}),
        &[
            "spec.template.labels: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ],
    );
    check(
        json!({"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}),
        &["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
    );
    check(
        json!({"strategy": {"rollingUpdate": {"maxUnavailable": "101%"}}}),
        &["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%"],
    );
    check(
        json!({"strategy": {"rollingUpdate": {"maxSurge": "x"}}}),
        &[
            "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"x\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        ],
    );
    check(
        json!({"strategy": {"type": "Recreate"}}),
        &["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    );
    check(
        json!({"minReadySeconds": 600}),
        &["spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"],
    );
    let other = with(
        &base,
        json!({"spec": {"selector": {"matchLabels": {"app": "web", "tier": "x"}}, "template": {"metadata": {"labels": {"tier": "x"}}}}}),
    );
    check_update(
        "apps",
        "deployments",
        base.clone(),
        other,
        &["spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"web\",\"tier\":\"x\"}}: field is immutable"],
    );
    check_update("apps", "deployments", base.clone(), with(&base, json!({"spec": {"replicas": 3}})), &[]);
}

#[test]
fn daemon_sets_and_stateful_sets() {
    let set = json!({"spec": {"selector": selector(), "template": template(), "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}}});
    check("apps", "daemonsets", set.clone(), &[]);
    check(
        "apps",
        "daemonsets",
        with(&set, json!({"spec": {"updateStrategy": {"rollingUpdate": {"maxSurge": 1}}}})),
        &[
            "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
        ],
    );
    check(
        "apps",
        "daemonsets",
        with(&set, json!({"spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}}}})),
        &["spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"],
    );
    let set = json!({"spec": {"selector": selector(), "template": template(), "serviceName": "web", "podManagementPolicy": "OrderedReady", "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}});
    let mounted = with(
        &set,
        json!({"spec": {"template": {"spec": {"containers": [{"name": "a", "image": "i", "volumeMounts": [{"name": "data", "mountPath": "/d"}]}]}}}}),
    );
    check("apps", "statefulsets", mounted, &[]);
    check(
        "apps",
        "statefulsets",
        with(&set, json!({"spec": {"podManagementPolicy": "x"}})),
        &["spec.podManagementPolicy: Invalid value: \"x\": must be 'OrderedReady' or 'Parallel'"],
    );
    check_update(
        "apps",
        "statefulsets",
        set.clone(),
        with(&set, json!({"spec": {"replicas": 2, "minReadySeconds": 3}})),
        &[],
    );
    check_update(
        "apps",
        "statefulsets",
        set.clone(),
        with(&set, json!({"spec": {"serviceName": "y"}})),
        &[
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ],
    );
}

fn job() -> Value {
    let mut job = json!({
        "metadata": {"name": "j", "uid": "u"},
        "spec": {"completions": 1, "parallelism": 1, "completionMode": "NonIndexed", "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "i"}]}}},
    });
    (row("batch", "jobs").prepare_create)(&mut job);
    job
}

#[test]
fn jobs() {
    let base = job();
    assert_eq!(base["spec"]["selector"], json!({"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}}));
    assert_eq!(base["spec"]["template"]["metadata"]["labels"]["job-name"], "j");
    let check =
        |changes: Value, expected: &[&str]| check("batch", "jobs", with(&base, json!({ "spec": changes })), expected);
    check(json!({}), &[]);
    check(
        json!({"template": {"spec": {"restartPolicy": "Always"}}}),
        &["spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""],
    );
    check(json!({"parallelism": -1}), &["spec.parallelism: Invalid value: -1: must be greater than or equal to 0"]);
    check(
        json!({"completionMode": "x"}),
        &["spec.completionMode: Unsupported value: \"x\": supported values: \"NonIndexed\", \"Indexed\""],
    );
    check(
        json!({"completionMode": "Indexed", "completions": null}),
        &["spec.completions: Required value: when completion mode is Indexed"],
    );
    check(
        json!({"backoffLimitPerIndex": 1}),
        &["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"],
    );
    check(
        json!({"podFailurePolicy": {"rules": [{"action": "FailJob"}]}}),
        &[
            "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
        ],
    );
    check(
        json!({"podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [0]}}]}}),
        &["spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator"],
    );
    check(
        json!({"selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "x"}}}),
        &[
            "spec.selector: Invalid value: {\"matchLabels\":{\"batch.kubernetes.io/controller-uid\":\"x\"}}: `selector` not auto-generated",
            "spec.template.metadata.labels: Invalid value: {\"batch.kubernetes.io/controller-uid\":\"u\",\"batch.kubernetes.io/job-name\":\"j\",\"controller-uid\":\"u\",\"job-name\":\"j\"}: `selector` does not match template `labels`",
        ],
    );
    check_update("batch", "jobs", base.clone(), with(&base, json!({"spec": {"parallelism": 2}})), &[]);
    check_update(
        "batch",
        "jobs",
        base.clone(),
        with(&base, json!({"spec": {"completions": 2}})),
        &["spec.completions: Invalid value: 2: field is immutable"],
    );
    let suspended = with(&base, json!({"spec": {"suspend": true}}));
    check_update(
        "batch",
        "jobs",
        suspended.clone(),
        with(&suspended, json!({"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}}}}})),
        &[],
    );
}

#[test]
fn cron_jobs() {
    let base = json!({"metadata": {"name": "c"}, "spec": {"schedule": "* * * * *", "concurrencyPolicy": "Allow", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "i"}]}}}}}});
    let check = |changes: Value, expected: &[&str]| check("batch", "cronjobs", with(&base, changes), expected);
    check(json!({}), &[]);
    check(json!({"spec": {"schedule": ""}}), &["spec.schedule: Required value"]);
    check(
        json!({"spec": {"schedule": "x"}}),
        &["spec.schedule: Invalid value: \"x\": expected exactly 5 fields, found 1: [x]"],
    );
    check(
        json!({"spec": {"schedule": "TZ=UTC * * * * *"}}),
        &[
            "spec.schedule: Invalid value: \"TZ=UTC * * * * *\": cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
        ],
    );
    check(
        json!({"spec": {"timeZone": "Mars/Olympus"}}),
        &["spec.timeZone: Invalid value: \"Mars/Olympus\": unknown time zone Mars/Olympus"],
    );
    check(
        json!({"spec": {"concurrencyPolicy": "x"}}),
        &["spec.concurrencyPolicy: Unsupported value: \"x\": supported values: \"Allow\", \"Forbid\", \"Replace\""],
    );
    check(
        json!({"metadata": {"name": "c".repeat(53)}}),
        &[&format!("metadata.name: Invalid value: \"{}\": must be no more than 52 characters", "c".repeat(53))],
    );
}

#[test]
fn services() {
    let base = json!({"spec": {"type": "ClusterIP", "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}], "sessionAffinity": "None"}});
    let check =
        |changes: Value, expected: &[&str]| check("", "services", with(&base, json!({ "spec": changes })), expected);
    check(json!({}), &[]);
    check(json!({"ports": []}), &["spec.ports: Required value"]);
    check(json!({"ports": [], "clusterIP": "None", "clusterIPs": ["None"]}), &[]);
    check(
        json!({"type": "x"}),
        &[
            "spec.type: Unsupported value: \"x\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"",
        ],
    );
    check(
        json!({"ports": [{"port": 0, "protocol": "TCP"}]}),
        &["spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"],
    );
    check(
        json!({"ports": [{"port": 80, "protocol": "TCP"}, {"port": 81, "protocol": "TCP"}]}),
        &["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
    );
    check(
        json!({"ports": [{"port": 80, "protocol": "TCP", "name": "a"}, {"port": 81, "protocol": "TCP", "name": "a"}]}),
        &["spec.ports[1].name: Duplicate value: \"a\""],
    );
    check(
        json!({"ports": [{"port": 80, "protocol": "TCP", "nodePort": 30000}]}),
        &["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    );
    check(
        json!({"type": "NodePort", "clusterIP": "None", "clusterIPs": ["None"]}),
        &["spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services"],
    );
    check(json!({"type": "ExternalName", "ports": []}), &["spec.externalName: Required value"]);
    check(
        json!({"clusterIP": "x", "clusterIPs": ["x"]}),
        &["spec.clusterIPs[0]: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"],
    );
    check(
        json!({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.2"]}),
        &["spec.clusterIPs: Invalid value: [\"10.0.0.2\"]: first value must match `clusterIP`"],
    );
    check(
        json!({"externalIPs": ["127.0.0.1"]}),
        &["spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)"],
    );
    check(
        json!({"externalTrafficPolicy": "Local"}),
        &["spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services"],
    );
    check(
        json!({"loadBalancerSourceRanges": ["10.0.0.0/8"]}),
        &["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
    );
    check(
        json!({"sessionAffinity": "ClientIP"}),
        &["spec.sessionAffinityConfig: Required value: when session affinity type is ClientIP"],
    );
    check(
        json!({"trafficDistribution": "x"}),
        &[
            "spec.trafficDistribution: Unsupported value: \"x\": supported values: \"PreferClose\", \"PreferSameZone\", \"PreferSameNode\"",
        ],
    );
}

#[test]
fn changes_of_services() {
    let base = json!({"spec": {"type": "NodePort", "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "ports": [{"name": "a", "port": 80, "protocol": "TCP", "nodePort": 30000}], "sessionAffinity": "None"}});
    let moved = with(&base, json!({"spec": {"clusterIP": "10.0.0.2", "clusterIPs": ["10.0.0.2"]}}));
    check_update(
        "",
        "services",
        base.clone(),
        moved,
        &["spec.clusterIPs[0]: Invalid value: [\"10.0.0.2\"]: may not change once set"],
    );
    let update = |changes: Value| {
        let mut new = changes;
        (row("", "services").prepare_update)(&mut new, &base);
        new["spec"].clone()
    };
    let kept = update(json!({"spec": {"type": "NodePort", "ports": [{"name": "a", "port": 81, "protocol": "TCP"}]}}));
    assert_eq!(
        (&kept["clusterIP"], &kept["clusterIPs"][0], &kept["ports"][0]["nodePort"]),
        (&json!("10.0.0.1"), &json!("10.0.0.1"), &json!(30000))
    );
    let plain = update(with(&base, json!({"spec": {"type": "ClusterIP"}})));
    assert_eq!(plain["ports"][0].get("nodePort"), None);
    let named = update(with(&base, json!({"spec": {"type": "ExternalName", "externalName": "a.b"}})));
    assert_eq!((named.get("clusterIP"), named.get("clusterIPs"), named.get("ipFamilies")), (None, None, None));
    let mut created =
        json!({"spec": {"clusterIP": "None"}, "status": {"loadBalancer": {"ingress": [{"ip": "1.1.1.1"}]}}});
    (row("", "services").prepare_create)(&mut created);
    assert_eq!(created, json!({"spec": {"clusterIP": "None", "clusterIPs": ["None"]}, "status": {"loadBalancer": {}}}));
}

#[test]
fn namespaces_config_maps_and_secrets() {
    let mut namespace = json!({"metadata": {"name": "n"}});
    (row("", "namespaces").prepare_create)(&mut namespace);
    assert_eq!(
        (&namespace["spec"], &namespace["status"]),
        (&json!({"finalizers": ["kubernetes"]}), &json!({"phase": "Active"}))
    );
    check(
        "",
        "namespaces",
        json!({"spec": {"finalizers": ["x"]}}),
        &["spec.finalizers: Invalid value: \"x\": name is neither a standard finalizer name nor is it fully qualified"],
    );
    check("", "configmaps", json!({"data": {"a": "1"}}), &[]);
    check(
        "",
        "configmaps",
        json!({"data": {"a": "1"}, "binaryData": {"a": ""}}),
        &["data[a]: Invalid value: \"a\": duplicate of key present in binaryData"],
    );
    check(
        "",
        "configmaps",
        json!({"data": {"..a": "1"}}),
        &["data[..a]: Invalid value: \"..a\": must not start with '..'"],
    );
    check(
        "",
        "configmaps",
        json!({"data": {"a": "x".repeat(1 << 20 | 1)}}),
        &["[]: Too long: may not be more than 1048576 bytes"],
    );
    check_update(
        "",
        "configmaps",
        json!({"immutable": true, "data": {"a": "1"}}),
        json!({"immutable": true, "data": {"a": "2"}}),
        &["data: Forbidden: field is immutable when `immutable` is set"],
    );
    check(
        "",
        "secrets",
        json!({"type": "kubernetes.io/tls", "data": {"tls.crt": ""}}),
        &["data[tls.key]: Required value"],
    );
    check(
        "",
        "secrets",
        json!({"type": "kubernetes.io/service-account-token"}),
        &["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
    );
    check_update(
        "",
        "secrets",
        json!({"type": "Opaque"}),
        json!({"type": "x"}),
        &["type: Invalid value: \"x\": field is immutable"],
    );
}

#[test]
fn nodes_quotas_and_limits() {
    check(
        "",
        "nodes",
        json!({"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoSchedule"}]}}),
        &[
            "metadata.taints[1]: Duplicate value: {\"effect\":\"NoSchedule\",\"key\":\"a\"}: taints must be unique by key and effect pair",
        ],
    );
    check(
        "",
        "nodes",
        json!({"status": {"capacity": {"pods": "1500m"}}}),
        &["status.capacity.pods: Invalid value: \"1500m\": must be an integer"],
    );
    check_update(
        "",
        "nodes",
        json!({"spec": {"providerID": "aws:///a"}}),
        json!({"spec": {"providerID": "b"}}),
        &["spec.providerID: Forbidden: node updates may not change providerID except from \"\" to valid"],
    );
    check_update("", "nodes", json!({"spec": {}}), json!({"spec": {"unschedulable": true, "providerID": "b"}}), &[]);
    check(
        "",
        "resourcequotas",
        json!({"spec": {"hard": {"pods": "10", "requests.cpu": "1", "count/deployments.apps": "1"}}}),
        &[],
    );
    check(
        "",
        "resourcequotas",
        json!({"spec": {"hard": {"gold": "1"}}}),
        &[
            "spec.hard[gold]: Invalid value: \"gold\": must be a standard resource type or fully qualified",
            "spec.hard[gold]: Invalid value: \"gold\": must be a standard resource for quota",
        ],
    );
    check(
        "",
        "resourcequotas",
        json!({"spec": {"hard": {"services": "1"}, "scopes": ["BestEffort"]}}),
        &["spec.scopes: Invalid value: [\"BestEffort\"]: unsupported scope applied to resource"],
    );
    check(
        "",
        "limitranges",
        json!({"spec": {"limits": [{"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}}]}}),
        &["spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max value 1"],
    );
    check(
        "",
        "limitranges",
        json!({"spec": {"limits": [{"type": "Pod", "default": {"cpu": "1"}}]}}),
        &["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    );
}

#[test]
fn volumes() {
    let claim = json!({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    check("", "persistentvolumeclaims", claim.clone(), &[]);
    check(
        "",
        "persistentvolumeclaims",
        json!({"spec": {}}),
        &[
            "spec.accessModes: Required value: at least 1 access mode is required",
            "spec.resources[storage]: Required value",
        ],
    );
    check(
        "",
        "persistentvolumeclaims",
        with(&claim, json!({"spec": {"resources": {"requests": {"storage": "0"}}}})),
        &["spec.resources[storage]: Invalid value: \"0\": must be greater than zero"],
    );
    check(
        "",
        "persistentvolumeclaims",
        with(&claim, json!({"spec": {"accessModes": ["x"]}})),
        &[
            "spec.accessModes: Unsupported value: \"x\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"",
        ],
    );
    check_update("", "persistentvolumeclaims", claim.clone(), with(&claim, json!({"spec": {"volumeName": "v"}})), &[]);
    check_update(
        "",
        "persistentvolumeclaims",
        claim.clone(),
        with(&claim, json!({"spec": {"volumeMode": "Block"}})),
        &[
            "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
        ],
    );
    let bound = with(
        &claim,
        json!({"spec": {"volumeName": "v"}, "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}}}),
    );
    check_update(
        "",
        "persistentvolumeclaims",
        bound.clone(),
        with(&bound, json!({"spec": {"resources": {"requests": {"storage": "2Gi"}}}})),
        &[],
    );
    check_update(
        "",
        "persistentvolumeclaims",
        bound.clone(),
        with(&bound, json!({"spec": {"resources": {"requests": {"storage": "1Mi"}}}})),
        &["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"],
    );
    let volume = json!({"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}}});
    check("", "persistentvolumes", volume.clone(), &[]);
    check(
        "",
        "persistentvolumes",
        with(&volume, json!({"spec": {"csi": null}})),
        &["spec: Required value: must specify a volume type"],
    );
    check(
        "",
        "persistentvolumes",
        with(&volume, json!({"spec": {"csi": null, "local": {"path": "/d"}}})),
        &["spec.nodeAffinity: Required value: Local volume requires node affinity"],
    );
    check_update(
        "",
        "persistentvolumes",
        volume.clone(),
        with(&volume, json!({"spec": {"csi": {"volumeHandle": "vol-2"}}})),
        &["spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation"],
    );
    check_update(
        "",
        "persistentvolumes",
        volume.clone(),
        with(&volume, json!({"spec": {"claimRef": {"name": "c"}}})),
        &[],
    );
    let class = json!({"provisioner": "ebs.csi.aws.com", "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"});
    check("storage.k8s.io", "storageclasses", class.clone(), &[]);
    check("storage.k8s.io", "storageclasses", json!({}), &["provisioner: Required value"]);
    check_update(
        "storage.k8s.io",
        "storageclasses",
        class.clone(),
        with(&class, json!({"parameters": {"type": "gp3"}})),
        &["parameters: Invalid value: {\"type\":\"gp3\"}: field is immutable"],
    );
}

#[test]
fn access_control() {
    let group = "rbac.authorization.k8s.io";
    check(group, "roles", json!({"rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]}), &[]);
    check(
        group,
        "roles",
        json!({"rules": [{"apiGroups": [""], "resources": ["pods"]}]}),
        &["rules[0].verbs: Required value: verbs must contain at least one value"],
    );
    check(
        group,
        "roles",
        json!({"rules": [{"verbs": ["get"]}]}),
        &[
            "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
            "rules[0].resources: Required value: resource rules must supply at least one resource",
        ],
    );
    check(
        group,
        "roles",
        json!({"rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]}),
        &["rules[0].nonResourceURLs: Invalid value: [\"/x\"]: namespaced rules cannot apply to non-resource URLs"],
    );
    check(
        group,
        "clusterroles",
        json!({"aggregationRule": {}}),
        &[
            "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
        ],
    );
    let binding = json!({"roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "view"}, "subjects": [{"kind": "User", "apiGroup": group, "name": "u"}]});
    check(group, "rolebindings", binding.clone(), &[]);
    check(
        group,
        "rolebindings",
        with(&binding, json!({"roleRef": {"kind": "X"}})),
        &["roleRef.kind: Unsupported value: \"X\": supported values: \"Role\", \"ClusterRole\""],
    );
    check(
        group,
        "clusterrolebindings",
        with(&binding, json!({"subjects": [{"kind": "ServiceAccount", "name": "s"}]})),
        &["subjects[0].namespace: Required value"],
    );
    check(
        group,
        "rolebindings",
        with(&binding, json!({"subjects": [{"kind": "Dog", "name": "d"}]})),
        &["subjects[0].kind: Unsupported value: \"Dog\": supported values: \"ServiceAccount\", \"User\", \"Group\""],
    );
    check_update(
        group,
        "rolebindings",
        binding.clone(),
        with(&binding, json!({"roleRef": {"name": "edit"}})),
        &[
            "roleRef: Invalid value: {\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":\"edit\"}: cannot change roleRef",
        ],
    );
}

#[test]
fn networks() {
    let group = "networking.k8s.io";
    let backend = json!({"service": {"name": "s", "port": {"number": 80}}});
    let ingress = |path: Value| json!({"spec": {"rules": [{"host": "a.b", "http": {"paths": [path]}}]}});
    check(group, "ingresses", ingress(json!({"path": "/", "pathType": "Prefix", "backend": backend})), &[]);
    check(
        group,
        "ingresses",
        json!({"spec": {}}),
        &["spec: Invalid value: \"\": either `defaultBackend` or `rules` must be specified"],
    );
    check(
        group,
        "ingresses",
        ingress(json!({"path": "/", "backend": backend})),
        &["spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"],
    );
    check(
        group,
        "ingresses",
        ingress(json!({"path": "x", "pathType": "Exact", "backend": backend})),
        &["spec.rules[0].http.paths[0].path: Invalid value: \"x\": must be an absolute path"],
    );
    check(
        group,
        "ingresses",
        ingress(json!({"path": "/", "pathType": "Exact", "backend": {"service": {"name": "s"}}})),
        &["spec.rules[0].http.paths[0].backend: Required value: port name or number is required"],
    );
    check(
        group,
        "ingresses",
        json!({"spec": {"rules": [{"host": "1.2.3.4"}]}}),
        &["spec.rules[0].host: Invalid value: \"1.2.3.4\": must be a DNS name, not an IP address"],
    );
    check(
        group,
        "ingressclasses",
        json!({"spec": {"controller": "x"}}),
        &["spec.controller: Invalid value: \"x\": must be a domain-prefixed path (such as \"acme.io/foo\")"],
    );
    check(
        group,
        "networkpolicies",
        json!({"spec": {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}], "ports": [{"port": 80, "endPort": 90}]}]}}),
        &[],
    );
    check(
        group,
        "networkpolicies",
        json!({"spec": {"ingress": [{"from": [{}]}]}}),
        &["spec.ingress[0].from[0]: Required value: must specify a peer"],
    );
    check(
        group,
        "networkpolicies",
        json!({"spec": {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]}]}}),
        &["spec.egress[0].to[0].ipBlock.except[0]: Invalid value: \"11.0.0.0/16\": must be a strict subset of `cidr`"],
    );
    check(
        group,
        "networkpolicies",
        json!({"spec": {"ingress": [{"ports": [{"endPort": 9}]}]}}),
        &["spec.ingress[0].ports[0].endPort: Invalid value: 9: may not be specified when `port` is not specified"],
    );
    check(
        group,
        "ipaddresses",
        json!({"metadata": {"name": "10.0.0.1"}, "spec": {"parentRef": {"resource": "services", "name": "s"}}}),
        &[],
    );
    check(
        group,
        "ipaddresses",
        json!({"metadata": {"name": "x"}, "spec": {}}),
        &[
            "metadata.name: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            "spec.parentRef: Required value",
        ],
    );
    check(
        group,
        "servicecidrs",
        json!({"spec": {"cidrs": ["10.0.0.0/8", "11.0.0.0/8"]}}),
        &[
            "spec.cidrs: Invalid value: [\"10.0.0.0/8\",\"11.0.0.0/8\"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
        ],
    );
    check(
        "discovery.k8s.io",
        "endpointslices",
        json!({"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80, "protocol": "TCP", "name": ""}]}),
        &[],
    );
    check(
        "discovery.k8s.io",
        "endpointslices",
        json!({"addressType": "IPv4", "endpoints": [{"addresses": ["fd00::1"]}]}),
        &["endpoints[0].addresses: Invalid value: \"fd00::1\": must be an IPv4 address"],
    );
    check(
        "",
        "endpoints",
        json!({"subsets": [{}]}),
        &["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"],
    );
}

#[test]
fn autoscalers_budgets_leases_and_priorities() {
    let scaler = json!({"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "w", "apiVersion": "apps/v1"}, "minReplicas": 1, "maxReplicas": 3, "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]}});
    let check_scaler = |changes: Value, expected: &[&str]| {
        check("autoscaling", "horizontalpodautoscalers", with(&scaler, json!({ "spec": changes })), expected)
    };
    check_scaler(json!({}), &[]);
    check_scaler(
        json!({"maxReplicas": 0}),
        &[
            "spec.maxReplicas: Required value: must be set and greater than 0",
            "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
        ],
    );
    check_scaler(
        json!({"minReplicas": 0}),
        &["spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"],
    );
    check_scaler(
        json!({"metrics": [{"type": "Pods"}]}),
        &["spec.metrics[0].pods: Required value: must populate information for the given metric source"],
    );
    check_scaler(
        json!({"behavior": {"scaleUp": {"policies": []}}}),
        &["spec.behavior.scaleUp.policies: Required value: must specify at least one Policy"],
    );
    check(
        "policy",
        "poddisruptionbudgets",
        json!({"spec": {"minAvailable": 1, "maxUnavailable": 1}}),
        &[
            "spec: Invalid value: {\"maxUnavailable\":1,\"minAvailable\":1}: minAvailable and maxUnavailable cannot be both set",
        ],
    );
    check(
        "coordination.k8s.io",
        "leases",
        json!({"spec": {"leaseDurationSeconds": 0}}),
        &["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"],
    );
    check(
        "scheduling.k8s.io",
        "priorityclasses",
        json!({"metadata": {"name": "a"}, "value": 1_000_000_001}),
        &["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
    );
    check(
        "scheduling.k8s.io",
        "priorityclasses",
        json!({"metadata": {"name": "system-node-critical"}, "value": 2_000_001_000}),
        &[],
    );
    check_update(
        "scheduling.k8s.io",
        "priorityclasses",
        json!({"value": 1}),
        json!({"value": 2}),
        &["value: Forbidden: may not be changed in an update."],
    );
}

#[test]
fn events() {
    let event = json!({"metadata": {"namespace": "n"}, "involvedObject": {"namespace": "n"}, "reason": "R"});
    check("", "events", event.clone(), &[]);
    check(
        "",
        "events",
        with(&event, json!({"involvedObject": {"namespace": "m"}})),
        &["involvedObject.namespace: Invalid value: \"m\": does not match event.namespace"],
    );
    let new = json!({"metadata": {"namespace": "n"}, "regarding": {"namespace": "n"}, "eventTime": "2026-01-01T00:00:00Z", "reportingController": "c", "reportingInstance": "c-0", "action": "A", "reason": "R", "type": "Normal"});
    check("events.k8s.io", "events", new.clone(), &[]);
    check("events.k8s.io", "events", with(&new, json!({"eventTime": null})), &["eventTime: Required value"]);
    check(
        "events.k8s.io",
        "events",
        with(&new, json!({"deprecatedCount": 1})),
        &["count: Invalid value: \"\": needs to be unset"],
    );
    check_update(
        "events.k8s.io",
        "events",
        new.clone(),
        with(&new, json!({"note": "x"})),
        &["message: Invalid value: \"x\": field is immutable"],
    );
}

#[test]
fn certificates() {
    let request = json!({"spec": {"request": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K", "signerName": "kubernetes.io/kubelet-serving", "usages": ["server auth"]}});
    let group = "certificates.k8s.io";
    let plural = "certificatesigningrequests";
    check(group, plural, request.clone(), &[]);
    check(
        group,
        plural,
        with(&request, json!({"spec": {"signerName": "x"}})),
        &[
            "spec.signerName: Invalid value: \"x\": must be a fully qualified domain and path of the form 'example.com/signer-name'",
        ],
    );
    check(
        group,
        plural,
        with(&request, json!({"spec": {"usages": ["server auth", "server auth"]}})),
        &["spec.usages[1]: Duplicate value: \"server auth\""],
    );
    let approved = with(&request, json!({"status": {"conditions": [{"type": "Approved", "status": "True"}]}}));
    check_update(
        group,
        plural,
        request.clone(),
        approved.clone(),
        &["status.conditions: Forbidden: updates may not add a condition of type \"Approved\""],
    );
    let rules = row(group, plural).rules_of("approval").unwrap();
    assert_eq!(lines((rules.validate)(&approved, &request)), Vec::<String>::new());
    let issued = with(&approved, json!({"status": {"certificate": "eA=="}}));
    assert_eq!(
        lines((rules.validate)(&issued, &approved)),
        ["status.certificate: Forbidden: updates may not set certificate content"]
    );
    assert_eq!(lines((row(group, plural).validate_status)(&issued, &approved)), Vec::<String>::new());
}

#[test]
fn webhooks() {
    let hook = json!({"name": "a.b.c", "sideEffects": "None", "admissionReviewVersions": ["v1"], "clientConfig": {"url": "https://x/y"}, "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}]});
    let check = |changes: Value, expected: &[&str]| {
        check(
            "admissionregistration.k8s.io",
            "validatingwebhookconfigurations",
            json!({"webhooks": [with(&hook, changes)]}),
            expected,
        )
    };
    check(json!({}), &[]);
    check(
        json!({"name": "a.b"}),
        &[
            "webhooks[0].name: Invalid value: \"a.b\": should be a domain with at least three segments separated by dots",
        ],
    );
    check(
        json!({"sideEffects": "Some"}),
        &["webhooks[0].sideEffects: Unsupported value: \"Some\": supported values: \"None\", \"NoneOnDryRun\""],
    );
    check(
        json!({"admissionReviewVersions": ["v9"]}),
        &["webhooks[0].admissionReviewVersions: Invalid value: [\"v9\"]: must include at least one of v1, v1beta1"],
    );
    check(
        json!({"clientConfig": {"url": "http://x"}}),
        &[
            "webhooks[0].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
        ],
    );
    check(
        json!({"clientConfig": {"service": {"name": "s", "namespace": "n"}}}),
        &["webhooks[0].clientConfig: Required value: exactly one of url or service is required"],
    );
    check(
        json!({"timeoutSeconds": 31}),
        &["webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds"],
    );
    check(
        json!({"rules": [{"operations": ["*", "CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}]}),
        &[
            "webhooks[0].rules[0].operations: Invalid value: [\"*\",\"CREATE\"]: if '*' is present, must not specify other operations",
        ],
    );
}

#[test]
fn custom_resource_definitions() {
    let group = "apiextensions.k8s.io";
    let plural = "customresourcedefinitions";
    let mut base = json!({"metadata": {"name": "widgets.example.com"}, "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"}, "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object"}}}}}]}});
    (row(group, plural).prepare_create)(&mut base);
    assert_eq!(
        base["spec"]["names"],
        json!({"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"})
    );
    assert_eq!(base["status"]["storedVersions"], json!(["v1"]));
    let check = |changes: Value, expected: &[&str]| check(group, plural, with(&base, changes), expected);
    let schema = |schema: Value| json!({"spec": {"versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}});
    let at = "spec.versions[0].schema.openAPIV3Schema";
    check(json!({}), &[]);
    check(
        json!({"metadata": {"name": "x"}}),
        &["metadata.name: Invalid value: \"x\": must be spec.names.plural+\".\"+spec.group"],
    );
    check(
        json!({"spec": {"scope": "x"}}),
        &["spec.scope: Unsupported value: \"x\": supported values: \"Cluster\", \"Namespaced\""],
    );
    check(
        json!({"spec": {"versions": [{"name": "v1", "served": true, "storage": true}]}}),
        &[&format!("{at}: Required value")],
    );
    check(
        schema(json!({"type": "string"})),
        &[&format!("{at}.type: Invalid value: \"string\": must be object at the root")],
    );
    check(
        schema(json!({"type": "object", "properties": {"a": {}}})),
        &[&format!("{at}.properties[a].type: Required value: must not be empty for specified object fields")],
    );
    check(
        schema(json!({"type": "object", "properties": {"a": {"type": "array"}}})),
        &[&format!("{at}.properties[a].items: Required value: must be specified")],
    );
    check(
        schema(
            json!({"type": "object", "properties": {"a": {"x-kubernetes-int-or-string": true}, "b": {"x-kubernetes-preserve-unknown-fields": true}}}),
        ),
        &[],
    );
    check(
        json!({"spec": {"conversion": {"strategy": "Webhook"}}}),
        &[
            "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
            "spec.conversion.conversionReviewVersions: Required value",
        ],
    );
    check_update(
        group,
        plural,
        base.clone(),
        with(&base, json!({"spec": {"group": "y.com"}})),
        &["spec.group: Invalid value: \"y.com\": field is immutable"],
    );
}

#[test]
fn subresources_of_pods() {
    let pod = json!({"metadata": {"name": "p"}, "spec": {"serviceAccountName": "s", "containers": [{"name": "a", "image": "i", "resources": {"requests": {"cpu": "100m"}}}]}, "status": {"phase": "Running"}});
    let run = |name: &str, new: Value, old: &Value| {
        let rules = row("", "pods").rules_of(name).unwrap();
        let mut new = new;
        (rules.prepare)(&mut new, old);
        (lines((rules.validate)(&new, old)), new)
    };
    let debug = json!({"name": "d", "image": "i", "targetContainerName": "a"});
    let (errors, added) = run(
        "ephemeralcontainers",
        with(&pod, json!({"spec": {"nodeName": "x", "ephemeralContainers": [debug]}})),
        &pod,
    );
    assert_eq!((errors, added["spec"].get("nodeName")), (vec![], None));
    let (errors, _) = run("ephemeralcontainers", pod.clone(), &added);
    assert_eq!(
        errors,
        ["spec.ephemeralContainers: Forbidden: existing ephemeral containers \"d\" may not be removed\n"]
    );
    let resized = |resources: Value| {
        with(&pod, json!({"spec": {"containers": [{"name": "a", "image": "other", "resources": resources}]}}))
    };
    let (errors, new) = run("resize", resized(json!({"requests": {"cpu": "200m"}})), &pod);
    assert_eq!((errors, &new["spec"]["containers"][0]["image"]), (vec![], &json!("i")));
    let (errors, _) = run("resize", resized(json!({"requests": {"cpu": "200m", "ephemeral-storage": "1Gi"}})), &pod);
    assert_eq!(errors, ["spec: Forbidden: only cpu and memory resources are mutable"]);
    let (errors, _) = run(
        "resize",
        resized(json!({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}})),
        &pod,
    );
    assert_eq!(errors, ["spec: Invalid value: \"\": Pod QOS Class may not change as a result of resizing"]);
}

#[test]
fn every_row_takes_an_empty_object_without_panic() {
    for kind in all() {
        let mut object = json!({"metadata": {}, "spec": {}});
        let _ = (kind.validate)(&object);
        let _ = (kind.validate_create)(&object);
        let _ = (kind.validate_update)(&object, &json!({}));
        let _ = (kind.validate_status)(&object, &json!({}));
        (kind.prepare_create)(&mut object);
        (kind.prepare_update)(&mut object, &json!({}));
        for rules in kind.subresource_rules {
            (rules.prepare)(&mut object, &json!({}));
            let _ = (rules.validate)(&object, &json!({}));
        }
        for column in kind.columns {
            let _ = (column.cell)(&object, jiff::Timestamp::UNIX_EPOCH);
        }
    }
}
