//! A whole region with real clients: the AWS CLI and kubectl. Needs root, and says so where it is not.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;

use support::{Region, kill, kubectl, pid, until};

/// What a region may leave on the host: mounts and processes that name its folder.
fn traces(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let mut traces: Vec<String> = mounts.lines().filter(|line| line.contains(folder)).map(str::to_owned).collect();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(line) = std::fs::read(process.path().join("cmdline")) else { continue };
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(folder) {
            traces.push(line);
        }
    }
    traces
}

#[test]
fn a_cluster_comes_is_used_and_goes() {
    let Some(region) = Region::up() else { return };
    assert!(region.reks(&["up"]).contains("nothing was changed"));
    assert!(region.reks(&["status"]).contains("ACTIVE"));
    assert!(region.kubectl("get namespaces").contains("kube-system"));

    let demo = region.aws("eks describe-cluster --name demo")["cluster"].clone();
    let role = demo["roleArn"].as_str().unwrap();
    let subnets: Vec<&str> =
        demo["resourcesVpcConfig"]["subnetIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let network = format!("subnetIds={}", subnets.join(","));
    region.aws(&format!(
        "eks create-cluster --name second --role-arn {role} --resources-vpc-config {network} --tags a=b"
    ));
    region.aws("eks wait cluster-active --name second");
    assert_eq!(region.aws("eks list-clusters")["clusters"], serde_json::json!(["demo", "second"]));
    let second = region.aws("eks describe-cluster --name second")["cluster"].clone();
    assert_eq!(second["tags"]["a"], "b");
    let arn = second["arn"].as_str().unwrap();
    region.aws(&format!("eks tag-resource --resource-arn {arn} --tags c=d"));
    assert_eq!(region.aws(&format!("eks list-tags-for-resource --resource-arn {arn}"))["tags"]["c"], "d");

    // The interfaces and the security group are the user's to see, and nobody's but EKS's to make.
    let interfaces = region.aws("ec2 describe-network-interfaces --filters Name=description,Values=Amazon*EKS*second");
    assert_eq!(interfaces["NetworkInterfaces"].as_array().unwrap().len(), 2);
    assert_eq!(interfaces["NetworkInterfaces"][0]["RequesterManaged"], true);

    region.aws("eks update-kubeconfig --name second");
    region.kubectl("create configmap mine --from-literal=a=b");
    assert!(region.kubectl("get configmaps").contains("mine"));
    assert!(region.kubectl("create deployment web --image=web --replicas=2").contains("created"));
    until("the deployment has its pods", || region.kubectl("get pods --no-headers").lines().count() == 2);
    assert!(region.kubectl("get pods").contains("Pending"));
    assert!(region.kubectl("auth can-i create nodes").contains("yes"));
    region.kubectl("delete deployment web");
    until("its pods are gone", || region.kubectl("get pods --no-headers").is_empty());

    region.aws("eks delete-cluster --name second");
    region.aws("eks wait cluster-deleted --name second");
    let gone = region.aws("ec2 describe-network-interfaces --filters Name=description,Values=Amazon*EKS*second");
    assert_eq!(gone["NetworkInterfaces"], serde_json::json!([]));
    let folder = region.folder.path().to_owned();
    region.reks(&["down"]);
    assert_eq!(traces(&folder), Vec::<String>::new());

    // The state stays, and the next `up` brings the cluster back.
    region.reks(&["up"]);
    assert_eq!(region.aws("eks list-clusters")["clusters"], serde_json::json!(["demo"]));
    region.reks(&["down", "--purge"]);
    assert_eq!(traces(&folder), Vec::<String>::new());
    assert!(!folder.join("state").exists());
}

#[test]
fn bad_requests_get_awss_own_errors() {
    let Some(region) = Region::up() else { return };
    let demo = region.aws("eks describe-cluster --name demo")["cluster"].clone();
    let role = demo["roleArn"].as_str().unwrap();
    let subnets = &demo["resourcesVpcConfig"]["subnetIds"];
    let (one, two) = (subnets[0].as_str().unwrap(), subnets[1].as_str().unwrap());
    let create = |name: &str, role: &str, subnets: &str| {
        region.aws_fails(&format!(
            "eks create-cluster --name {name} --role-arn {role} --resources-vpc-config subnetIds={subnets}"
        ))
    };
    for (found, expected) in [
        (create("demo", role, &format!("{one},{two}")), "(ResourceInUseException)"),
        (
            create("x", role, &format!("{one},subnet-00000000000000000")),
            "The subnet ID 'subnet-00000000000000000' does not exist",
        ),
        (create("x", role, one), "at least two different AZs"),
        (create("x", &format!("{role}-other"), &format!("{one},{two}")), "(InvalidParameterException)"),
        (region.aws_fails("eks describe-cluster --name none"), "No cluster found for name: none."),
        (region.aws_fails("eks delete-cluster --name none"), "(ResourceNotFoundException)"),
        (region.aws_fails("ec2 describe-vpcs --vpc-ids vpc-00000000000000000"), "(InvalidVpcID.NotFound)"),
        (
            region.aws_fails("ec2 create-subnet --vpc-id vpc-00000000000000000 --cidr-block 10.0.0.0/24"),
            "(InvalidVpcID.NotFound)",
        ),
        (region.aws_fails("iam get-role --role-name none"), "(NoSuchEntity)"),
        (region.aws_fails("ecr describe-repositories"), "this region has no service ecr"),
        (region.aws_fails("eks list-clusters --no-sign-request"), "(MissingAuthenticationTokenException)"),
        (region.aws_fails("sts get-caller-identity --no-sign-request"), "(MissingAuthenticationToken)"),
    ] {
        assert!(found.contains(expected), "{expected:?} is not in {found:?}");
    }
    assert_eq!(region.aws("eks list-clusters")["clusters"], serde_json::json!(["demo"]));
    // Someone with another secret is nobody.
    let file = region.folder.path().join("state/aws-credentials");
    let right = std::fs::read_to_string(&file).unwrap();
    let wrong: String =
        right
            .lines()
            .map(|line| {
                if line.contains("secret") { "aws_secret_access_key = wrong\n".to_owned() } else { format!("{line}\n") }
            })
            .collect();
    std::fs::write(&file, wrong).unwrap();
    assert!(region.aws_fails("eks list-clusters").contains("(InvalidSignatureException)"));
    assert!(region.aws_fails("ec2 describe-vpcs").contains("(AuthFailure)"));
    assert!(region.aws_fails("sts get-caller-identity").contains("(SignatureDoesNotMatch)"));
    std::fs::write(&file, right).unwrap();
}

#[test]
fn a_role_gets_in_by_its_access_entry_alone() {
    let Some(region) = Region::up() else { return };
    let account = region.aws("sts get-caller-identity")["Account"].as_str().unwrap().to_owned();
    let trust = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"arn:aws:iam::{account}:root"}}}}]}}"#
    );
    region.aws(&format!("iam create-role --role-name viewer --assume-role-policy-document {trust}"));
    let arn = format!("arn:aws:iam::{account}:role/viewer");
    region.aws(&format!("eks update-kubeconfig --name demo --role-arn {arn}"));
    let refused = region.client(kubectl(), &["get", "namespaces"]);
    assert!(!refused.status.success());
    region.aws(&format!("eks create-access-entry --cluster-name demo --principal-arn {arn}"));
    let policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
    region.aws(&format!(
        "eks associate-access-policy --cluster-name demo --principal-arn {arn} --policy-arn {policy} --access-scope type=cluster"
    ));
    // Each call of kubectl brings a token of its own, so that no refusal is remembered.
    until("the role is let in", || region.client(kubectl(), &["get", "configmaps", "-A"]).status.success());
    let written = region.client(kubectl(), &["create", "configmap", "x"]);
    assert!(String::from_utf8_lossy(&written.stderr).contains("cannot create resource \"configmaps\""));
    assert!(region.kubectl("auth whoami").contains(&format!("arn:aws:sts::{account}:assumed-role/viewer/")));
    region.aws(&format!("eks delete-access-entry --cluster-name demo --principal-arn {arn}"));
}

#[test]
fn what_is_killed_comes_back_with_all_that_was_acknowledged() {
    let Some(region) = Region::up() else { return };
    region.aws("eks update-kubeconfig --name demo");
    region.kubectl("create configmap before");
    let plane = region.control_plane();
    kill(plane);
    until("another control plane answers", || region.control_plane() != plane && region.answers());
    region.kubectl("get configmap before");

    // The region alone: the same process goes on, and is adopted.
    let plane = region.control_plane();
    kill(pid(&region.folder.path().join("run/region.pid")));
    region.reks(&["up"]);
    assert_eq!(region.control_plane(), plane);
    until("the cluster answers", || region.answers());
    region.kubectl("create configmap between");

    // All at once, as a power cut would.
    kill(pid(&region.folder.path().join("run/region.pid")));
    kill(plane);
    region.reks(&["up"]);
    until("the cluster answers", || region.answers());
    for name in ["before", "between"] {
        region.kubectl(&format!("get configmap {name}"));
    }
}
