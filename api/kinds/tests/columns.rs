//! What `kubectl get` shows of each kind.
#![allow(clippy::unwrap_used, reason = "tests")]

use jiff::Timestamp;
use reks_kinds::all;
use serde_json::{Value, json};

/// The cells after the name, without those for ages, joined by `|`; an hour after the beginning of 2026.
fn check(group: &str, plural: &str, object: Value, expected: &str) {
    let now: Timestamp = "2026-01-01T01:00:00Z".parse().unwrap();
    let kind = all().iter().find(|kind| kind.group == group && kind.plural == plural).unwrap();
    let text = |cell: Value| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
    let cells = kind.columns.iter().filter(|column| column.name != "Age");
    let cells: Vec<_> = cells.map(|column| text((column.cell)(&object, now))).collect();
    assert_eq!(cells.join("|"), expected, "{plural}");
}

/// Ready, status and restarts of a pod with containers `a` and `b` and init containers `i` and the sidecar `s`.
fn check_pod(status: Value, expected: &str) {
    check_pod_meta(
        json!({}),
        json!({"initContainers": [], "containers": [{"name": "a"}, {"name": "b"}]}),
        status,
        expected,
    );
}

fn check_init(status: Value, expected: &str) {
    let spec = json!({
        "initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}],
        "containers": [{"name": "a"}],
    });
    check_pod_meta(json!({}), spec, status, expected);
}

fn check_pod_meta(metadata: Value, spec: Value, status: Value, expected: &str) {
    let expected = format!("{expected}|<none>|<none>|<none>|<none>");
    check("", "pods", json!({"metadata": metadata, "spec": spec, "status": status}), &expected);
}

#[test]
fn pods_without_init_containers() {
    let running =
        |name: &str, ready: bool| json!({"name": name, "ready": ready, "restartCount": 0, "state": {"running": {}}});
    let ended = |name: &str, code: i64, reason: &str| json!({"name": name, "state": {"terminated": {"exitCode": code, "reason": reason}}});
    let waiting =
        |name: &str, reason: &str| json!({"name": name, "restartCount": 1, "state": {"waiting": {"reason": reason}}});
    let ready = json!([{"type": "Ready", "status": "True"}]);
    check_pod(json!({"phase": "Pending"}), "0/2|Pending|0");
    check_pod(json!({"phase": "Failed", "reason": "Evicted"}), "0/2|Evicted|0");
    check_pod(
        json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]}),
        "0/2|SchedulingGated|0",
    );
    check_pod(
        json!({"phase": "Running", "containerStatuses": [running("a", true), running("b", true)]}),
        "2/2|Running|0",
    );
    check_pod(
        json!({"phase": "Running", "containerStatuses": [running("a", true), running("b", false)]}),
        "1/2|Running|0",
    );
    check_pod(
        json!({"phase": "Running", "containerStatuses": [waiting("a", "CrashLoopBackOff"), running("b", true)]}),
        "1/2|CrashLoopBackOff|1",
    );
    check_pod(
        json!({"phase": "Pending", "containerStatuses": [waiting("a", "ContainerCreating")]}),
        "0/2|ContainerCreating|1",
    );
    check_pod(json!({"phase": "Succeeded", "containerStatuses": [ended("a", 0, "Completed")]}), "0/2|Completed|0");
    check_pod(json!({"phase": "Failed", "containerStatuses": [ended("a", 1, "Error")]}), "0/2|Error|0");
    check_pod(json!({"phase": "Failed", "containerStatuses": [ended("a", 3, "")]}), "0/2|ExitCode:3|0");
    check_pod(
        json!({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"exitCode": 1, "signal": 9}}}]}),
        "0/2|Signal:9|0",
    );
    check_pod(
        json!({"phase": "Failed", "containerStatuses": [ended("a", 0, "Completed"), ended("b", 2, "Error")]}),
        "0/2|Error|0",
    );
    check_pod(
        json!({"phase": "Running", "conditions": ready, "containerStatuses": [ended("a", 0, "Completed"), running("b", true)]}),
        "1/2|Running|0",
    );
    check_pod(
        json!({"phase": "Running", "containerStatuses": [ended("a", 0, "Completed"), running("b", true)]}),
        "1/2|NotReady|0",
    );
}

#[test]
fn restarts_say_when() {
    let restarted = |at: &str| json!({"ready": true, "restartCount": 2, "state": {"running": {}}, "lastState": {"terminated": {"finishedAt": at}}});
    check_pod(
        json!({"phase": "Running", "containerStatuses": [restarted("2026-01-01T00:55:00Z")]}),
        "1/2|Running|2 (5m ago)",
    );
    check_pod(
        json!({"phase": "Running", "containerStatuses": [restarted("2026-01-01T00:55:00Z"), restarted("2026-01-01T00:59:00Z")]}),
        "2/2|Running|4 (60s ago)",
    );
}

#[test]
fn pods_that_go_away() {
    let deleted = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
    let spec = json!({"containers": [{"name": "a"}]});
    check_pod_meta(deleted.clone(), spec.clone(), json!({"phase": "Running"}), "0/1|Terminating|0");
    check_pod_meta(deleted.clone(), spec.clone(), json!({"phase": "Succeeded"}), "0/1|Succeeded|0");
    check_pod_meta(deleted, spec, json!({"phase": "Running", "reason": "NodeLost"}), "0/1|Unknown|0");
}

#[test]
fn pods_with_init_containers_and_sidecars() {
    let done = json!({"name": "i", "restartCount": 1, "state": {"terminated": {"exitCode": 0}}});
    let sidecar = json!({"name": "s", "started": true, "ready": true, "restartCount": 2, "state": {"running": {}}});
    let main = json!({"name": "a", "ready": true, "restartCount": 0, "state": {"running": {}}});
    check_init(
        json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"running": {}}}]}),
        "0/2|Init:0/2|0",
    );
    check_init(
        json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"waiting": {"reason": "PodInitializing"}}}]}),
        "0/2|Init:0/2|0",
    );
    check_init(
        json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
        "0/2|Init:CrashLoopBackOff|3",
    );
    check_init(
        json!({"phase": "Failed", "initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]}),
        "0/2|Init:Error|0",
    );
    check_init(
        json!({"phase": "Failed", "initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 7}}}]}),
        "0/2|Init:ExitCode:7|0",
    );
    check_init(
        json!({"phase": "Pending", "initContainerStatuses": [done, {"name": "s", "state": {"running": {}}}]}),
        "0/2|Init:1/2|1",
    );
    check_init(
        json!({"phase": "Running", "initContainerStatuses": [done, sidecar], "containerStatuses": [main]}),
        "2/2|Running|2",
    );
}

#[test]
fn the_wide_columns_of_pods() {
    let pod = json!({
        "spec": {"nodeName": "n", "containers": [{}], "readinessGates": [{"conditionType": "x"}, {"conditionType": "y"}]},
        "status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.9"}], "conditions": [{"type": "x", "status": "True"}, {"type": "y", "status": "False"}]},
    });
    check("", "pods", pod, "0/1|Running|0|10.0.0.9|n|<none>|1/2");
}

#[test]
fn nodes() {
    let node = |labels: Value, unschedulable: bool, ready: &str| {
        json!({
            "metadata": {"labels": labels}, "spec": {"unschedulable": unschedulable},
            "status": {
                "conditions": [{"type": "Ready", "status": ready}],
                "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
                "nodeInfo": {"kubeletVersion": "v1.36.0", "kernelVersion": "6.18", "architecture": "amd64", "osImage": "Linux"},
            },
        })
    };
    let wide = "v1.36.0|10.0.0.1|<none>|Linux|6.18 (amd64)|<unknown>";
    check("", "nodes", node(json!({}), false, "True"), &format!("Ready|<none>|{wide}"));
    check(
        "",
        "nodes",
        node(json!({"node-role.kubernetes.io/worker": "", "kubernetes.io/role": "edge"}), true, "False"),
        &format!("NotReady,SchedulingDisabled|edge,worker|{wide}"),
    );
    check("", "nodes", json!({}), "Unknown|<none>||<none>|<none>|<unknown>|<unknown>|<unknown>");
}

#[test]
fn services() {
    let service = |spec: Value, status: Value| json!({"spec": spec, "status": status});
    check(
        "",
        "services",
        service(
            json!({"type": "ClusterIP", "clusterIPs": ["10.100.0.1"], "ports": [{"port": 443, "protocol": "TCP"}]}),
            json!({}),
        ),
        "ClusterIP|10.100.0.1|<none>|443/TCP|<none>",
    );
    check(
        "",
        "services",
        service(
            json!({"type": "NodePort", "clusterIPs": ["None"], "externalIPs": ["1.1.1.1", "2.2.2.2"], "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}], "selector": {"b": "2", "a": "1"}}),
            json!({}),
        ),
        "NodePort|None|1.1.1.1,2.2.2.2|80:30080/TCP,53/UDP|a=1,b=2",
    );
    check(
        "",
        "services",
        service(json!({"type": "LoadBalancer", "clusterIPs": ["10.100.0.2"]}), json!({})),
        "LoadBalancer|10.100.0.2|<pending>|<none>|<none>",
    );
    check(
        "",
        "services",
        service(
            json!({"type": "LoadBalancer", "externalIPs": ["9.9.9.9"]}),
            json!({"loadBalancer": {"ingress": [{"hostname": "lb.elb.us-east-1.amazonaws.com"}]}}),
        ),
        "LoadBalancer|<none>|lb.elb.us-east-1.amazonaws.com,9.9.9.9|<none>|<none>",
    );
    check(
        "",
        "services",
        service(json!({"type": "ExternalName", "externalName": "example.com"}), json!({})),
        "ExternalName|<none>|example.com|<none>|<none>",
    );
}

#[test]
fn workloads() {
    let template = json!({"spec": {"containers": [{"name": "web", "image": "nginx"}, {"name": "log", "image": "fluent"}], "nodeSelector": {"disk": "ssd"}}});
    let spec = json!({"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": template});
    let status = json!({"replicas": 2, "readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1});
    check("apps", "deployments", json!({"spec": spec, "status": status}), "1/3|2|1|web,log|nginx,fluent|app=web");
    check("apps", "replicasets", json!({"spec": spec, "status": status}), "3|2|1|web,log|nginx,fluent|app=web");
    check("apps", "statefulsets", json!({"spec": spec, "status": status}), "1/3|web,log|nginx,fluent");
    check(
        "apps",
        "daemonsets",
        json!({"spec": spec, "status": {"desiredNumberScheduled": 2, "currentNumberScheduled": 2, "numberReady": 1}}),
        "2|2|1|0|0|disk=ssd|web,log|nginx,fluent|app=web",
    );
    check(
        "apps",
        "controllerrevisions",
        json!({"revision": 2, "metadata": {"ownerReferences": [{"controller": true, "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"}]}}),
        "statefulset.apps/db|2",
    );
    check(
        "",
        "replicationcontrollers",
        json!({"spec": {"replicas": 1, "selector": {"a": "b"}, "template": {}}}),
        "1|0|0|||a=b",
    );
}

#[test]
fn jobs() {
    let job = |spec: Value, status: Value| json!({"spec": spec, "status": status});
    let started = json!({"startTime": "2026-01-01T00:59:30Z", "active": 1});
    check("batch", "jobs", job(json!({"completions": 3}), started.clone()), "Running|0/3|30s|||<none>");
    check("batch", "jobs", job(json!({"parallelism": 2}), started), "Running|0/1 of 2|30s|||<none>");
    check("batch", "jobs", job(json!({}), json!({})), "Running|0/1||||<none>");
    check(
        "batch",
        "jobs",
        job(
            json!({"completions": 1}),
            json!({"succeeded": 1, "startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:00:05Z", "conditions": [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Complete", "status": "True"}]}),
        ),
        "Complete|1/1|5s|||<none>",
    );
    check(
        "batch",
        "jobs",
        job(json!({"completions": 1}), json!({"conditions": [{"type": "Suspended", "status": "True"}]})),
        "Suspended|0/1||||<none>",
    );
    check(
        "batch",
        "cronjobs",
        json!({"spec": {"schedule": "* * * * *", "suspend": false, "jobTemplate": {}}, "status": {"active": [{}], "lastScheduleTime": "2026-01-01T00:59:50Z"}}),
        "* * * * *|<none>|False|1|10s|||<none>",
    );
}

#[test]
fn events_in_both_shapes() {
    check(
        "",
        "events",
        json!({"metadata": {"name": "e"}, "firstTimestamp": "2026-01-01T00:58:20Z", "lastTimestamp": "2026-01-01T00:59:50Z", "count": 4, "type": "Normal", "reason": "Pulled", "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec.containers{a}"}, "source": {"component": "kubelet", "host": "n"}, "message": " done \n"}),
        "10s|Normal|Pulled|pod/p|spec.containers{a}|kubelet, n|done|100s|4|e",
    );
    check(
        "",
        "events",
        json!({"metadata": {"name": "e"}, "firstTimestamp": null, "eventTime": "2026-01-01T00:59:00.5Z", "type": "Warning", "reason": "FailedScheduling", "involvedObject": {"kind": "Pod"}, "reportingComponent": "default-scheduler", "message": "no"}),
        "60s|Warning|FailedScheduling|pod||default-scheduler|no|60s|1|e",
    );
    check(
        "events.k8s.io",
        "events",
        json!({"metadata": {"name": "e"}, "eventTime": "2026-01-01T00:59:00Z", "series": {"count": 7, "lastObservedTime": "2026-01-01T00:59:58Z"}, "regarding": {"kind": "Node", "name": "n"}, "note": "hi", "reportingController": "c", "reportingInstance": "c-0", "type": "Normal", "reason": "R"}),
        "2s|Normal|R|node/n||c, c-0|hi|60s|7|e",
    );
}

#[test]
fn autoscalers() {
    let spec = |metrics: Value| json!({"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 1, "maxReplicas": 5, "metrics": metrics}, "status": {"currentReplicas": 2}});
    let cpu = json!({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}});
    let pods = json!({"type": "Pods", "pods": {"metric": {"name": "x"}, "target": {"averageValue": "10"}}});
    let external = json!({"type": "External", "external": {"target": {"averageValue": "3"}}});
    check("autoscaling", "horizontalpodautoscalers", spec(json!([cpu])), "Deployment/web|cpu: <unknown>/80%|1|5|2");
    check(
        "autoscaling",
        "horizontalpodautoscalers",
        spec(json!([pods, external, cpu])),
        "Deployment/web|<unknown>/10, <unknown>/3 (avg) + 1 more...|1|5|2",
    );
    check("autoscaling", "horizontalpodautoscalers", spec(json!([])), "Deployment/web|<none>|1|5|2");
}

#[test]
fn volumes_and_classes() {
    check(
        "",
        "persistentvolumes",
        json!({"spec": {"capacity": {"storage": "5Gi"}, "accessModes": ["ReadWriteMany", "ReadWriteOnce"], "persistentVolumeReclaimPolicy": "Retain", "claimRef": {"namespace": "d", "name": "c"}, "storageClassName": "gp3"}, "status": {"phase": "Bound"}}),
        "5Gi|RWO,RWX|Retain|Bound|d/c|gp3|<unset>||<unset>",
    );
    check(
        "",
        "persistentvolumeclaims",
        json!({"spec": {"volumeMode": "Filesystem"}, "status": {"phase": "Pending"}}),
        "Pending|||||<unset>|Filesystem",
    );
    check(
        "",
        "persistentvolumeclaims",
        json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "spec": {"volumeName": "v", "storageClassName": "gp3"}, "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}}),
        "Terminating|v|1Gi|RWO|gp3|<unset>|<unset>",
    );
    check(
        "storage.k8s.io",
        "storageclasses",
        json!({"provisioner": "ebs.csi.aws.com", "allowVolumeExpansion": true}),
        "ebs.csi.aws.com|Delete|Immediate|true",
    );
    check(
        "storage.k8s.io",
        "csidrivers",
        json!({"spec": {"tokenRequests": [{"audience": "a"}, {"audience": "b"}]}}),
        "true|false|false|a,b|false|<none>",
    );
    check(
        "storage.k8s.io",
        "volumeattachments",
        json!({"spec": {"attacher": "a", "nodeName": "n", "source": {"persistentVolumeName": "v"}}, "status": {"attached": true}}),
        "a|v|n|true",
    );
}

#[test]
fn default_classes_say_so_in_their_name() {
    let kind = reks_kinds::find("storage.k8s.io", "v1", "storageclasses").unwrap();
    let name = |annotations: Value| {
        let object = json!({"metadata": {"name": "gp3", "annotations": annotations}});
        (kind.name_column.unwrap().cell)(&object, Timestamp::UNIX_EPOCH)
    };
    assert_eq!(name(json!({"storageclass.kubernetes.io/is-default-class": "true"})), "gp3 (default)");
    assert_eq!(name(json!({})), "gp3");
}

#[test]
fn the_rest() {
    check("", "configmaps", json!({"data": {"a": "1"}, "binaryData": {"b": ""}}), "2");
    check("", "secrets", json!({"type": "Opaque", "data": {"a": "1"}}), "Opaque|1");
    check("", "namespaces", json!({"status": {"phase": "Active"}}), "Active");
    check("", "endpoints", json!({}), "<none>");
    check(
        "",
        "endpoints",
        json!({"subsets": [{"addresses": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}], "ports": [{"port": 80}, {"port": 81}]}]}),
        "10.0.0.1:80,[fd00::1]:80,10.0.0.1:81 + 1 more...",
    );
    check(
        "discovery.k8s.io",
        "endpointslices",
        json!({"addressType": "IPv4", "ports": [{"port": 80}, {"name": "x"}], "endpoints": [{"addresses": ["1.1.1.1"]}, {"addresses": ["2.2.2.2"]}]}),
        "IPv4|80,x|1.1.1.1,2.2.2.2",
    );
    check("discovery.k8s.io", "endpointslices", json!({"addressType": "IPv4"}), "IPv4|<unset>|<unset>");
    check(
        "",
        "resourcequotas",
        json!({"status": {"hard": {"pods": "10", "limits.cpu": "4", "cpu": "2"}, "used": {"pods": "1"}}}),
        "cpu: 0/2, pods: 1/10|limits.cpu: 0/4",
    );
    check(
        "networking.k8s.io",
        "ingresses",
        json!({"spec": {"ingressClassName": "alb", "rules": [{"host": "a"}, {"host": "b"}, {"host": "c"}, {"host": "d"}], "tls": [{}]}, "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}}),
        "alb|a,b,c + 1 more...|1.2.3.4|80, 443",
    );
    check("networking.k8s.io", "ingresses", json!({"spec": {}}), "<none>|*||80");
    check("networking.k8s.io", "networkpolicies", json!({"spec": {"podSelector": {}}}), "<none>");
    check(
        "networking.k8s.io",
        "ipaddresses",
        json!({"spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "kubernetes"}}}),
        "services/default/kubernetes",
    );
    check(
        "policy",
        "poddisruptionbudgets",
        json!({"spec": {"minAvailable": "50%"}, "status": {"disruptionsAllowed": 1}}),
        "50%|N/A|1",
    );
    check(
        "rbac.authorization.k8s.io",
        "rolebindings",
        json!({"roleRef": {"kind": "ClusterRole", "name": "view"}, "subjects": [{"kind": "User", "name": "u"}, {"kind": "User", "name": "v"}, {"kind": "ServiceAccount", "name": "s", "namespace": "n"}]}),
        "ClusterRole/view|u, v||n/s",
    );
    check(
        "rbac.authorization.k8s.io",
        "roles",
        json!({"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}}),
        "2026-01-01T00:00:00Z",
    );
    check(
        "certificates.k8s.io",
        "certificatesigningrequests",
        json!({"spec": {"signerName": "s", "username": "u", "expirationSeconds": 86400}, "status": {"certificate": "x", "conditions": [{"type": "Approved"}]}}),
        "s|u|24h|Approved,Issued",
    );
    check("coordination.k8s.io", "leases", json!({"spec": {"holderIdentity": "h"}}), "h");
    check("scheduling.k8s.io", "priorityclasses", json!({"value": 7, "preemptionPolicy": "Never"}), "7|false|Never");
    check(
        "apiregistration.k8s.io",
        "apiservices",
        json!({"spec": {"service": {"namespace": "kube-system", "name": "metrics-server"}}, "status": {"conditions": [{"type": "Available", "status": "False", "reason": "MissingEndpoints"}]}}),
        "kube-system/metrics-server|False (MissingEndpoints)",
    );
    check(
        "flowcontrol.apiserver.k8s.io",
        "flowschemas",
        json!({"spec": {"priorityLevelConfiguration": {"name": "exempt"}, "matchingPrecedence": 1}}),
        "exempt|1|<none>|?",
    );
    check(
        "flowcontrol.apiserver.k8s.io",
        "prioritylevelconfigurations",
        json!({"spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": 30}}}),
        "Limited|30|<none>|<none>|<none>",
    );
    check(
        "resource.k8s.io",
        "resourceclaims",
        json!({"status": {"allocation": {}, "reservedFor": [{}]}}),
        "allocated,reserved",
    );
    check(
        "admissionregistration.k8s.io",
        "validatingadmissionpolicybindings",
        json!({"spec": {"policyName": "p", "paramRef": {"name": "x"}}}),
        "p|*/x",
    );
}
