//! What pods may be, and what may change in them.
#![allow(clippy::unwrap_used, reason = "tests")]

use reks_kinds::{FieldError, Kind, find};
use serde_json::{Value, json};

fn pods() -> &'static Kind {
    find("", "v1", "pods").unwrap()
}

fn lines(errors: Vec<FieldError>) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

/// The errors of a new pod.
fn all(pod: &Value) -> Vec<FieldError> {
    [(pods().validate)(pod), (pods().validate_create)(pod)].concat()
}

/// A pod of one container, with other fields of the spec.
fn pod(spec: Value) -> Value {
    let mut whole = json!({"containers": [{"name": "a", "image": "i"}], "restartPolicy": "Always", "serviceAccountName": "s", "terminationGracePeriodSeconds": 30});
    for (field, value) in spec.as_object().unwrap() {
        whole[field] = value.clone();
    }
    json!({"metadata": {"name": "p", "namespace": "n"}, "spec": whole})
}

/// The errors of a pod with these fields of the spec.
fn check(spec: Value, expected: &[&str]) {
    assert_eq!(lines(all(&pod(spec.clone()))), expected, "{spec}");
}

/// The errors of a pod whose container has these fields, without `spec.containers[0].` before them.
fn check_container(fields: Value, expected: &[&str]) {
    let mut container = json!({"name": "a", "image": "i"});
    for (field, value) in fields.as_object().unwrap() {
        container[field] = value.clone();
    }
    let volumes = json!([{"name": "v", "emptyDir": {}}, {"name": "c", "persistentVolumeClaim": {"claimName": "x"}}]);
    let errors = lines(all(&pod(json!({"containers": [container], "volumes": volumes}))));
    let errors: Vec<_> = errors.iter().map(|line| line.strip_prefix("spec.containers[0].").unwrap_or(line)).collect();
    assert_eq!(errors, expected, "{fields}");
}

/// The errors of a volume with these fields, without `spec.volumes[0].` before them.
fn check_volume(source: Value, expected: &[&str]) {
    let mut volume = json!({"name": "v"});
    for (field, value) in source.as_object().unwrap() {
        volume[field] = value.clone();
    }
    let errors = lines(all(&pod(json!({ "volumes": [volume] }))));
    let errors: Vec<_> = errors.iter().map(|line| line.strip_prefix("spec.volumes[0].").unwrap_or(line)).collect();
    assert_eq!(errors, expected, "{source}");
}

#[test]
fn the_spec_itself() {
    check(json!({}), &[]);
    check(json!({"containers": []}), &["spec.containers: Required value"]);
    check(
        json!({"restartPolicy": "Sometimes"}),
        &[
            "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"",
        ],
    );
    check(
        json!({"dnsPolicy": "x"}),
        &[
            "spec.dnsPolicy: Unsupported value: \"x\": supported values: \"ClusterFirstWithHostNet\", \"ClusterFirst\", \"Default\", \"None\"",
        ],
    );
    check(
        json!({"dnsPolicy": "None"}),
        &["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
    );
    check(
        json!({"dnsConfig": {"nameservers": ["x"]}}),
        &[
            "spec.dnsConfig.nameservers[0]: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ],
    );
    check(json!({"dnsConfig": {"searches": ["_a.b", ".", "a."]}}), &[]);
    check(
        json!({"activeDeadlineSeconds": 0}),
        &["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"],
    );
    check(json!({"hostname": "a.b"}), &["spec.hostname: Invalid value: \"a.b\": must not contain dots"]);
    check(
        json!({"ephemeralContainers": [{"name": "e", "image": "i"}]}),
        &["spec.ephemeralContainers: Forbidden: cannot be set on create"],
    );
    check(
        json!({"nodeName": "n", "schedulingGates": [{"name": "g"}]}),
        &["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"],
    );
    check(
        json!({"os": {"name": "plan9"}}),
        &["spec.os.name: Unsupported value: \"plan9\": supported values: \"linux\", \"windows\""],
    );
    check(
        json!({"preemptionPolicy": "x"}),
        &["spec.preemptionPolicy: Unsupported value: \"x\": supported values: \"PreemptLowerPriority\", \"Never\""],
    );
    check(
        json!({"hostUsers": false, "hostNetwork": true}),
        &["spec.hostNetwork: Forbidden: when `hostUsers` is false"],
    );
    check(json!({"hostAliases": [{"ip": "1.2.3.4", "hostnames": ["a.b"]}]}), &[]);
    check(
        json!({"nodeSelector": {"a": "b c"}}).clone(),
        &[
            "spec.nodeSelector: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ],
    );
}

#[test]
fn containers() {
    check_container(json!({"name": ""}), &["name: Required value"]);
    check_container(
        json!({"name": "A"}),
        &[
            "name: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        ],
    );
    check_container(json!({"image": null}), &["image: Required value"]);
    check_container(
        json!({"image": " i"}),
        &["image: Invalid value: \" i\": must not have leading or trailing whitespace"],
    );
    check_container(
        json!({"imagePullPolicy": "x"}),
        &["imagePullPolicy: Unsupported value: \"x\": supported values: \"Always\", \"IfNotPresent\", \"Never\""],
    );
    check_container(
        json!({"terminationMessagePolicy": "x"}),
        &["terminationMessagePolicy: Unsupported value: \"x\": supported values: \"File\", \"FallbackToLogsOnError\""],
    );
    check(
        json!({"containers": [{"name": "a", "image": "i"}, {"name": "a", "image": "i"}]}),
        &["spec.containers[1].name: Duplicate value: \"a\""],
    );
    check(
        json!({"initContainers": [{"name": "a", "image": "i"}]}),
        &["spec.initContainers[0].name: Duplicate value: \"a\""],
    );
    check(
        json!({"initContainers": [{"name": "b", "image": "i", "livenessProbe": {"exec": {"command": ["x"]}}}]}),
        &[
            "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
        ],
    );
    check(
        json!({"initContainers": [{"name": "b", "image": "i", "restartPolicy": "Always", "livenessProbe": {"exec": {"command": ["x"]}}}]}),
        &[],
    );
}

#[test]
fn ports() {
    check_container(json!({"ports": [{"containerPort": 80, "protocol": "TCP"}]}), &[]);
    check_container(json!({"ports": [{"protocol": "TCP"}]}), &["ports[0].containerPort: Required value"]);
    check_container(
        json!({"ports": [{"containerPort": 70000}]}),
        &["ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"],
    );
    check_container(
        json!({"ports": [{"containerPort": 80, "protocol": "x"}]}),
        &["ports[0].protocol: Unsupported value: \"x\": supported values: \"SCTP\", \"TCP\", \"UDP\""],
    );
    check_container(
        json!({"ports": [{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}]}),
        &["ports[1].name: Duplicate value: \"a\""],
    );
    check_container(
        json!({"ports": [{"containerPort": 1, "name": "Web"}]}),
        &[
            "ports[0].name: Invalid value: \"Web\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ],
    );
    check_container(
        json!({"ports": [{"containerPort": 1, "hostPort": 8, "protocol": "TCP"}, {"containerPort": 2, "hostPort": 8, "protocol": "TCP"}]}),
        &["ports[1].hostPort: Duplicate value: \"TCP//8\""],
    );
    check(
        json!({"hostNetwork": true, "containers": [{"name": "a", "image": "i", "ports": [{"containerPort": 80}]}]}),
        &[
            "spec.containers[0].ports[0].hostPort: Invalid value: 0: must match `containerPort` when `hostNetwork` is true",
        ],
    );
}

#[test]
fn environment() {
    check_container(json!({"env": [{"name": "A", "value": "b"}]}), &[]);
    check_container(json!({"env": [{"value": "b"}]}), &["env[0].name: Required value"]);
    check_container(
        json!({"env": [{"name": "a=b"}]}),
        &[
            "env[0].name: Invalid value: \"a=b\": a valid environment variable name must consist only of printable ASCII characters other than '='",
        ],
    );
    check_container(
        json!({"env": [{"name": "A", "valueFrom": {}}]}),
        &[
            "env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        ],
    );
    check_container(
        json!({"env": [{"name": "A", "value": "x", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}),
        &["env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty"],
    );
    check_container(
        json!({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "s"}}}]}),
        &["env[0].valueFrom.configMapKeyRef.key: Required value"],
    );
    check_container(
        json!({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['x']"}}}]}),
        &[],
    );
    check_container(
        json!({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}}]}),
        &[
            "env[0].valueFrom.fieldRef.fieldPath: Unsupported value: \"status.phase\": supported values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"",
        ],
    );
    check_container(
        json!({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x.y"}}}]}),
        &[
            "env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"x.y\": error converting fieldPath: field label not supported: x.y",
        ],
    );
    check_container(
        json!({"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "2"}}}]}),
        &[
            "env[0].valueFrom.resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m and 1 are supported with the cpu resource",
        ],
    );
    check_container(
        json!({"envFrom": [{}]}),
        &["envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`"],
    );
    check_container(json!({"envFrom": [{"configMapRef": {"name": "c"}}]}), &[]);
}

#[test]
fn probes_and_hooks() {
    check_container(
        json!({"livenessProbe": {"httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}, "successThreshold": 1}}),
        &[],
    );
    check_container(json!({"livenessProbe": {}}), &["livenessProbe: Required value: must specify a handler type"]);
    check_container(
        json!({"livenessProbe": {"exec": {"command": ["x"]}, "successThreshold": 2}}),
        &["livenessProbe.successThreshold: Invalid value: 2: must be 1"],
    );
    check_container(
        json!({"readinessProbe": {"tcpSocket": {"port": 0}}}),
        &["readinessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive"],
    );
    check_container(
        json!({"readinessProbe": {"exec": {"command": ["x"]}, "periodSeconds": -1}}),
        &["readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0"],
    );
    check_container(
        json!({"startupProbe": {"exec": {}, "httpGet": {"path": "/", "port": 1}}}),
        &[
            "startupProbe.exec.command: Required value",
            "startupProbe.httpGet: Forbidden: may not specify more than 1 handler type",
        ],
    );
    check_container(
        json!({"lifecycle": {"preStop": {"sleep": {"seconds": 31}}}}),
        &[
            "lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)",
        ],
    );
}

#[test]
fn resources() {
    check_container(json!({"resources": {"requests": {"cpu": "100m", "memory": "1Gi"}, "limits": {"cpu": "1"}}}), &[]);
    check_container(
        json!({"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}),
        &["resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"],
    );
    check_container(
        json!({"resources": {"requests": {"cpu": "-1"}}}),
        &["resources.requests[cpu]: Invalid value: \"-1\": must be greater than or equal to 0"],
    );
    check_container(
        json!({"resources": {"requests": {"gold": "1"}}}),
        &[
            "resources.requests[gold]: Invalid value: \"gold\": must be a standard resource type or fully qualified",
            "resources.requests[gold]: Invalid value: \"gold\": must be a standard resource for containers",
        ],
    );
    check_container(
        json!({"resources": {"requests": {"pods": "1"}}}),
        &["resources.requests[pods]: Invalid value: \"pods\": must be a standard resource for containers"],
    );
    check_container(
        json!({"resources": {"limits": {"example.com/gpu": "1500m"}}}),
        &["resources.limits[example.com/gpu]: Invalid value: \"1500m\": must be an integer"],
    );
    check_container(
        json!({"resources": {"requests": {"example.com/gpu": "1"}}}),
        &["resources.limits: Required value: Limit must be set for non overcommitable resources"],
    );
    check_container(
        json!({"resources": {"limits": {"example.com/gpu": "2"}, "requests": {"example.com/gpu": "1"}}}),
        &["resources.requests: Invalid value: \"1\": must be equal to example.com/gpu limit of 2"],
    );
    check_container(
        json!({"resources": {"limits": {"hugepages-2Mi": "4Mi"}, "requests": {"hugepages-2Mi": "4Mi"}}}),
        &["resources: Forbidden: HugePages require cpu or memory"],
    );
    check_container(
        json!({"resources": {"claims": [{"name": "x"}]}}),
        &["resources.claims[0]: Not found: \"x\": must be one of the names in pod.spec.resourceClaims which is empty"],
    );
}

#[test]
fn mounts() {
    check_container(json!({"volumeMounts": [{"name": "v", "mountPath": "/a"}]}), &[]);
    check_container(
        json!({"volumeMounts": [{"name": "x", "mountPath": "/a"}]}),
        &["volumeMounts[0].name: Not found: \"x\""],
    );
    check_container(json!({"volumeMounts": [{"name": "v"}]}), &["volumeMounts[0].mountPath: Required value"]);
    check_container(
        json!({"volumeMounts": [{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/a"}]}),
        &["volumeMounts[1].mountPath: Invalid value: \"/a\": must be unique"],
    );
    check_container(
        json!({"volumeMounts": [{"name": "v", "mountPath": "/a", "subPath": "../x"}]}),
        &["volumeMounts.subPath: Invalid value: \"../x\": must not contain '..'"],
    );
    check_container(
        json!({"volumeMounts": [{"name": "v", "mountPath": "/a", "mountPropagation": "Bidirectional"}]}),
        &[
            "volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers",
        ],
    );
    check_container(json!({"volumeDevices": [{"name": "c", "devicePath": "/d"}]}), &[]);
    check_container(
        json!({"volumeDevices": [{"name": "v", "devicePath": "/d"}]}),
        &[
            "volumeDevices[0].name: Invalid value: \"v\": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
        ],
    );
}

#[test]
fn security() {
    check_container(
        json!({"securityContext": {"runAsUser": -1}}),
        &["securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive"],
    );
    check_container(
        json!({"securityContext": {"privileged": true, "allowPrivilegeEscalation": false}}),
        &[
            "securityContext: Invalid value: {\"allowPrivilegeEscalation\":false,\"privileged\":true}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
        ],
    );
    check_container(
        json!({"securityContext": {"seccompProfile": {"type": "Localhost"}}}),
        &[
            "securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost",
        ],
    );
    check(
        json!({"securityContext": {"fsGroup": -1}}),
        &["spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive"],
    );
    check(
        json!({"securityContext": {"sysctls": [{"name": "net.ipv4.ip_forward"}, {"name": "net.ipv4.ip_forward"}]}}),
        &["spec.securityContext.sysctls[1].name: Duplicate value: \"net.ipv4.ip_forward\""],
    );
}

#[test]
fn volumes() {
    check_volume(json!({"emptyDir": {}}), &[]);
    check_volume(json!({"name": null, "emptyDir": {}}), &["name: Required value"]);
    check(json!({"volumes": [{"name": "v"}]}), &["spec.volumes[0]: Required value: must specify a volume type"]);
    check_volume(
        json!({"emptyDir": {}, "secret": {"secretName": "s"}}),
        &["secret: Forbidden: may not specify more than 1 volume type"],
    );
    check_volume(json!({"secret": {}}), &["secret.secretName: Required value"]);
    check_volume(
        json!({"configMap": {"name": "c", "defaultMode": 512}}),
        &["configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive"],
    );
    check_volume(
        json!({"configMap": {"name": "c", "items": [{"key": "k", "path": "/x"}]}}),
        &["configMap.items[0].path: Invalid value: \"/x\": must be a relative path"],
    );
    check_volume(
        json!({"hostPath": {"path": "/a/../b"}}),
        &["hostPath.path: Invalid value: \"/a/../b\": must not contain '..'"],
    );
    check_volume(
        json!({"hostPath": {"path": "/a", "type": "x"}}),
        &[
            "hostPath.type: Unsupported value: \"x\": supported values: \"\", \"BlockDevice\", \"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", \"FileOrCreate\", \"Socket\"",
        ],
    );
    check_volume(
        json!({"nfs": {"server": "s", "path": "x"}}),
        &["nfs.path: Invalid value: \"x\": must be an absolute path"],
    );
    check_volume(json!({"persistentVolumeClaim": {}}), &["persistentVolumeClaim.claimName: Required value"]);
    check_volume(
        json!({"projected": {"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 60}}]}}),
        &[
            "projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes",
        ],
    );
    check_volume(
        json!({"projected": {"sources": [{"configMap": {"name": "c", "items": [{"key": "a", "path": "p"}]}}, {"secret": {"name": "s", "items": [{"key": "a", "path": "p"}]}}]}}),
        &["projected: Invalid value: \"s\": conflicting duplicate paths"],
    );
    check_volume(json!({"csi": {}}), &["csi.driver: Required value"]);
    check_volume(
        json!({"ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"]}}}}),
        &["ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value"],
    );
    check_volume(json!({"image": {}}), &["image.reference: Required value"]);
    check(
        json!({"volumes": [{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}]}),
        &["spec.volumes[1].name: Duplicate value: \"v\""],
    );
}

#[test]
fn scheduling() {
    check(
        json!({"tolerations": [{"key": "a", "operator": "Exists", "effect": "NoSchedule"}, {"operator": "Exists"}]}),
        &[],
    );
    check(
        json!({"tolerations": [{"operator": "Equal"}]}),
        &[
            "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
        ],
    );
    check(
        json!({"tolerations": [{"key": "a", "operator": "Exists", "value": "v"}]}),
        &["spec.tolerations[0].operator: Invalid value: \"v\": value must be empty when `operator` is 'Exists'"],
    );
    check(
        json!({"tolerations": [{"key": "a", "operator": "Exists", "tolerationSeconds": 3, "effect": "NoSchedule"}]}),
        &[
            "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
        ],
    );
    check(
        json!({"tolerations": [{"key": "a", "operator": "Like"}]}),
        &["spec.tolerations[0].operator: Unsupported value: \"Like\": supported values: \"Equal\", \"Exists\""],
    );
    check(
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}}}),
        &[
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
        ],
    );
    check(
        json!({"affinity": {"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 0, "podAffinityTerm": {"topologyKey": "a"}}]}}}),
        &[
            "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100",
        ],
    );
    check(
        json!({"topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "z", "whenUnsatisfiable": "x"}]}),
        &[
            "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
            "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"x\": supported values: \"DoNotSchedule\", \"ScheduleAnyway\"",
        ],
    );
    check(
        json!({"schedulingGates": [{"name": "g"}, {"name": "g"}]}),
        &["spec.schedulingGates[1]: Duplicate value: \"g\""],
    );
}

#[test]
fn new_pods_are_pending() {
    let prepared = |spec: Value| {
        let mut pod = pod(spec);
        pod["status"] = json!({"phase": "Running", "podIP": "1.2.3.4"});
        (pods().prepare_create)(&mut pod);
        pod["status"].clone()
    };
    assert_eq!(prepared(json!({})), json!({"phase": "Pending", "qosClass": "BestEffort"}));
    assert_eq!(prepared(json!({"schedulingGates": [{"name": "g"}]}))["conditions"][0]["reason"], "SchedulingGated");
}

/// The errors of a change from one spec to another, both over the same pod.
fn check_update(old: Value, new: Value, expected: &[&str]) {
    let (new, old) = (pod(new), pod(old));
    let errors = [(pods().validate)(&new), (pods().validate_update)(&new, &old)].concat();
    assert_eq!(lines(errors), expected, "{new}");
}

#[test]
fn what_may_change() {
    const UNCHANGEABLE: &str = "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
    check_update(json!({}), json!({}), &[]);
    check_update(json!({}), json!({"containers": [{"name": "a", "image": "j"}]}), &[]);
    check_update(json!({}), json!({"containers": [{"name": "a", "image": "i", "command": ["x"]}]}), &[UNCHANGEABLE]);
    check_update(json!({}), json!({"nodeSelector": {"a": "b"}}), &[UNCHANGEABLE]);
    check_update(
        json!({}),
        json!({"containers": [{"name": "a", "image": "i"}, {"name": "b", "image": "i"}]}),
        &["spec.containers: Forbidden: pod updates may not add or remove containers"],
    );
    check_update(json!({}), json!({"activeDeadlineSeconds": 5}), &[]);
    check_update(
        json!({"activeDeadlineSeconds": 5}),
        json!({"activeDeadlineSeconds": 6}),
        &["spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value"],
    );
    check_update(json!({}), json!({"tolerations": [{"key": "a", "operator": "Exists"}]}), &[]);
    check_update(
        json!({"tolerations": [{"key": "a", "operator": "Exists"}]}),
        json!({}),
        &["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
    );
    check_update(json!({"schedulingGates": [{"name": "g"}]}), json!({"nodeSelector": {"a": "b"}}), &[]);
    check_update(
        json!({}),
        json!({"schedulingGates": [{"name": "g"}]}),
        &["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'"],
    );
    check_update(json!({"hostNetwork": false}), json!({}), &[]);
}

#[test]
fn what_a_status_may_say() {
    let check = |old: Value, new: Value, expected: &[&str]| {
        let with = |status: Value| json!({"metadata": {}, "spec": {"restartPolicy": "Never", "containers": [{"name": "a"}]}, "status": status});
        assert_eq!(lines((pods().validate_status)(&with(new), &with(old))), expected);
    };
    check(
        json!({"qosClass": "BestEffort"}),
        json!({"qosClass": "Burstable"}),
        &["status.qosClass: Invalid value: \"Burstable\": field is immutable"],
    );
    check(json!({}), json!({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]}), &[]);
    check(
        json!({}),
        json!({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]}),
        &[
            "status.podIPs: Invalid value: [{\"ip\":\"10.0.0.1\"},{\"ip\":\"10.0.0.2\"}]: may specify no more than one IP for each IP family",
        ],
    );
    check(
        json!({"containerStatuses": [{"name": "a", "state": {"terminated": {"exitCode": 1}}}]}),
        json!({"containerStatuses": [{"name": "a", "state": {"running": {}}}]}),
        &["status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"],
    );
}
