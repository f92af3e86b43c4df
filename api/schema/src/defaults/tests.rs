use serde_json::{Value, json};

use super::*;

/// Checks that an object gets the defaults, and that they stay.
fn check(api_version: &str, kind: &str, object: Value, expected: Value) {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let mut defaulted = object;
    apply_defaults(group, version, kind, &mut defaulted).unwrap();
    assert_eq!(defaulted, expected);
    apply_defaults(group, version, kind, &mut defaulted).unwrap();
    assert_eq!(defaulted, expected, "defaulting twice changes nothing");
}

#[test]
fn every_hook_and_row_is_of_the_table() {
    let table = Table::builtin();
    assert_eq!(RULES.len(), table.types.len());
    for (name, path, _) in rows::ROWS {
        let mut ty = table.named(name).unwrap();
        for name in *path {
            ty = table.field(ty, name).unwrap_or_else(|| panic!("{name} of {path:?}")).ty;
        }
    }
}

#[test]
fn pods() {
    check(
        "v1",
        "Pod",
        json!({"spec": {
            "containers": [{
                "name": "a", "image": "nginx", "ports": [{"containerPort": 80}],
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "100m"}},
                "readinessProbe": {"httpGet": {"port": 80}}, "livenessProbe": {"grpc": {"port": 1}},
                "env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
            }],
            "volumes": [{"name": "v"}, {"name": "c", "configMap": {"name": "c"}}, {"name": "p", "projected": {"sources": [
                {"serviceAccountToken": {"path": "token"}}]}}],
        }}),
        json!({"spec": {
            "containers": [{
                "name": "a", "image": "nginx", "imagePullPolicy": "Always", "ports": [{"containerPort": 80, "protocol": "TCP"}],
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "1Gi"}},
                "readinessProbe": {"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"},
                    "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
                "livenessProbe": {"grpc": {"port": 1, "service": ""},
                    "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
                "env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP", "apiVersion": "v1"}}}],
            }],
            "volumes": [{"name": "v", "emptyDir": {}}, {"name": "c", "configMap": {"name": "c", "defaultMode": 420}},
                {"name": "p", "projected": {"defaultMode": 420, "sources": [
                    {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}}]}}],
            "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "securityContext": {}, "enableServiceLinks": true,
            "terminationGracePeriodSeconds": 30, "schedulerName": "default-scheduler",
        }}),
    );
}

#[test]
fn host_ports_and_pod_level_resources() {
    let mut pod = json!({"spec": {
        "hostNetwork": true, "resources": {"limits": {"cpu": "2", "memory": "1Gi"}},
        "containers": [
            {"image": "a:1", "ports": [{"containerPort": 80}], "resources": {"requests": {"cpu": "250m"}}},
            {"image": "b:1", "resources": {"requests": {"cpu": "0.25"}}},
        ],
        "initContainers": [{"image": "c:1", "resources": {"requests": {"cpu": "100m"}}}],
    }});
    apply_defaults("", "v1", "Pod", &mut pod).unwrap();
    assert_eq!(pod["spec"]["containers"][0]["ports"][0]["hostPort"], 80);
    assert_eq!(
        pod["spec"]["resources"],
        json!({"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "1Gi"}})
    );
}

#[test]
fn workloads() {
    let template = json!({"metadata": {}, "spec": {"containers": []}});
    let defaulted_template = json!({"metadata": {}, "spec": {"containers": [], "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
        "securityContext": {}, "terminationGracePeriodSeconds": 30, "schedulerName": "default-scheduler"}});
    check(
        "apps/v1",
        "Deployment",
        json!({"spec": {"template": template}}),
        json!({"spec": {"template": defaulted_template, "replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}}}),
    );
    check(
        "apps/v1",
        "DaemonSet",
        json!({"spec": {"template": template, "updateStrategy": {"type": "OnDelete"}}}),
        json!({"spec": {"template": defaulted_template, "revisionHistoryLimit": 10, "updateStrategy": {"type": "OnDelete"}}}),
    );
    check(
        "apps/v1",
        "StatefulSet",
        json!({"spec": {"template": template, "volumeClaimTemplates": [{"spec": {}}]}}),
        json!({"spec": {"template": defaulted_template, "replicas": 1, "revisionHistoryLimit": 10,
            "podManagementPolicy": "OrderedReady",
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
            "volumeClaimTemplates": [{"spec": {"volumeMode": "Filesystem"}, "status": {"phase": "Pending"}}]}}),
    );
    check(
        "batch/v1",
        "Job",
        json!({"spec": {"template": {"metadata": {"labels": {"a": "b"}}, "spec": defaulted_template["spec"]}}}),
        json!({"metadata": {"labels": {"a": "b"}}, "spec": {"template": {"metadata": {"labels": {"a": "b"}},
            "spec": defaulted_template["spec"]},
            "completions": 1, "parallelism": 1, "backoffLimit": 6, "completionMode": "NonIndexed", "suspend": false,
            "podReplacementPolicy": "TerminatingOrFailed", "manualSelector": false}}),
    );
    check(
        "batch/v1",
        "CronJob",
        json!({"spec": {"jobTemplate": {"spec": {"template": template}}}}),
        json!({"spec": {"jobTemplate": {"spec": {"template": defaulted_template}}, "concurrencyPolicy": "Allow", "suspend": false,
            "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1}}),
    );
}

#[test]
fn services() {
    check(
        "v1",
        "Service",
        json!({"spec": {"ports": [{"port": 80, "targetPort": 0}, {"port": 53, "protocol": "UDP", "targetPort": "dns"}]}}),
        json!({"spec": {"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "ports": [
            {"port": 80, "targetPort": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP", "targetPort": "dns"}]}}),
    );
    check(
        "v1",
        "Service",
        json!({"spec": {"type": "LoadBalancer", "sessionAffinity": "ClientIP"}}),
        json!({"spec": {"type": "LoadBalancer", "sessionAffinity": "ClientIP", "internalTrafficPolicy": "Cluster",
            "externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": true,
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}}}),
    );
    check(
        "v1",
        "Service",
        json!({"spec": {"type": "ExternalName"}}),
        json!({"spec": {"type": "ExternalName", "sessionAffinity": "None"}}),
    );
}

#[test]
fn other_kinds() {
    check("v1", "Secret", json!({}), json!({"type": "Opaque"}));
    check("v1", "ConfigMap", json!({}), json!({}));
    check("coordination.k8s.io/v1", "Lease", json!({"spec": {}}), json!({"spec": {}}));
    check("example.com/v1", "Widget", json!({"spec": {}}), json!({"spec": {}}));
    check(
        "v1",
        "Namespace",
        json!({"metadata": {"name": "a"}}),
        json!({"metadata": {"name": "a", "labels": {"kubernetes.io/metadata.name": "a"}}, "status": {"phase": "Active"}}),
    );
    check(
        "v1",
        "Node",
        json!({"status": {"capacity": {"cpu": "1"}}}),
        json!({"status": {"capacity": {"cpu": "1"}, "allocatable": {"cpu": "1"}}}),
    );
    check(
        "v1",
        "PersistentVolumeClaim",
        json!({"spec": {"resources": {"requests": {"storage": "0.1m"}}}}),
        json!({"spec": {"resources": {"requests": {"storage": "1m"}}, "volumeMode": "Filesystem"}, "status": {"phase": "Pending"}}),
    );
    check(
        "v1",
        "LimitRange",
        json!({"spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1", "memory": "1"}}]}}),
        json!({"spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1", "memory": "1"},
            "default": {"cpu": "2"}, "defaultRequest": {"cpu": "2", "memory": "1"}}]}}),
    );
    check(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        json!({"roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s"}]}),
        json!({"roleRef": {"kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"}, "subjects": [
            {"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"}, {"kind": "ServiceAccount", "name": "s"}]}),
    );
    check(
        "storage.k8s.io/v1",
        "StorageClass",
        json!({"provisioner": "p"}),
        json!({"provisioner": "p", "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}),
    );
    check(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        json!({"ports": [{"port": 1}]}),
        json!({"ports": [{"port": 1, "name": "", "protocol": "TCP"}]}),
    );
    check(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        json!({"spec": {"egress": [{"ports": [{"port": 1}]}]}}),
        json!({"spec": {"egress": [{"ports": [{"port": 1, "protocol": "TCP"}]}], "policyTypes": ["Ingress", "Egress"]}}),
    );
    check(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        json!({"spec": {"behavior": {"scaleDown": {"selectPolicy": "Disabled"}}}}),
        json!({"spec": {"minReplicas": 1,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}],
            "behavior": {
                "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [
                    {"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15}]},
                "scaleDown": {"selectPolicy": "Disabled", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}}}}),
    );
    check(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        json!({"spec": {"names": {"plural": "widgets", "kind": "Widget"}, "versions": [{"name": "v1", "storage": true}]}}),
        json!({"spec": {"names": {"plural": "widgets", "kind": "Widget", "singular": "widget", "listKind": "WidgetList"},
            "conversion": {"strategy": "None"}, "versions": [{"name": "v1", "storage": true}]}, "status": {"storedVersions": ["v1"]}}),
    );
    check(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        json!({"webhooks": [{"clientConfig": {"service": {"name": "s"}}, "rules": [{"apiGroups": ["*"]}]}]}),
        json!({"webhooks": [{"clientConfig": {"service": {"name": "s", "port": 443}}, "rules": [{"apiGroups": ["*"], "scope": "*"}],
            "failurePolicy": "Fail", "matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}, "timeoutSeconds": 10}]}),
    );
}
