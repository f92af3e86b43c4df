//! `reks up`: from nothing to a cluster, through the region's own public APIs as any client would.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use reks_client::{Aws, Credentials, element};
use reks_host::Process;
use serde_json::{Value, json};

use super::block_on;
use crate::credentials;
use crate::serve::Settings;

const CLUSTER: &str = "demo";
const CLUSTER_ROLE: &str = "reks-demo-cluster";
/// How long anything may take before `up` gives up and says where to look.
const PATIENCE: Duration = Duration::from_secs(30);
const EC2: &str = "2016-11-15";
const IAM: &str = "2010-05-08";
const STS: &str = "2011-06-15";

/// One step: what it is, and whether there was anything to do.
struct Step {
    what: String,
    changed: bool,
    took: Duration,
}

struct Progress {
    bar: indicatif::ProgressBar,
    steps: Vec<Step>,
}

impl Progress {
    async fn step<T>(
        &mut self,
        what: &str,
        work: impl Future<Output = anyhow::Result<(T, bool)>>,
    ) -> anyhow::Result<T> {
        self.bar.set_message(what.to_owned());
        let started = Instant::now();
        let (result, changed) = work.await.with_context(|| what.to_owned())?;
        let step = Step { what: what.to_owned(), changed, took: started.elapsed() };
        if changed {
            self.bar.println(format!("{:>8.2} s  {what}", step.took.as_secs_f64()));
        }
        self.steps.push(step);
        Ok(result)
    }
}

/// Makes what is missing. Run again, it changes nothing and says so.
pub fn main(settings: &Settings) -> anyhow::Result<()> {
    anyhow::ensure!(
        nix::unistd::geteuid().is_root(),
        "`reks up` makes networks and processes of other users: run it as root"
    );
    let started = Instant::now();
    let bar = indicatif::ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(100));
    let mut progress = Progress { bar, steps: Vec::new() };
    let cluster = block_on(build(settings, &mut progress))?;
    progress.bar.finish_and_clear();
    let took = started.elapsed().as_secs_f64();
    let made: Vec<&Step> = progress.steps.iter().filter(|step| step.changed).collect();
    if made.is_empty() {
        println!("everything is there already; nothing was changed ({took:.2} s)");
    } else {
        let slowest = made.iter().max_by_key(|step| step.took).map(|step| step.what.as_str()).unwrap_or_default();
        println!("up in {took:.2} s; the longest step: {slowest}");
    }
    let text = |field: &str| cluster[field].as_str().unwrap_or_default();
    println!();
    println!("cluster  {} is {}, Kubernetes {}, {}", text("name"), text("status"), text("version"), text("endpoint"));
    println!("nodes    none: this version of reks runs control planes, and no worker nodes yet");
    println!();
    println!("next     eval \"$(reks env)\"");
    println!("         kubectl get namespaces");
    println!("         aws eks list-clusters");
    Ok(())
}

async fn build(settings: &Settings, progress: &mut Progress) -> anyhow::Result<Value> {
    let credentials = progress.step("the region", start_region(settings)).await?;
    let aws = Aws { credentials };
    let vpc = progress.step("a VPC", vpc(&aws)).await?;
    let mut subnets = Vec::new();
    for (zone, cidr) in [("a", "10.0.0.0/20"), ("b", "10.0.16.0/20")] {
        subnets.push(progress.step(&format!("a subnet in zone {zone}"), subnet(&aws, &vpc, zone, cidr)).await?);
    }
    progress.step("an internet gateway, and the way to it", gateway(&aws, &vpc)).await?;
    let role = progress.step("the cluster's role", role(&aws)).await?;
    let cluster = progress.step("the cluster", cluster(&aws, &role, &subnets)).await?;
    progress.step("a kubeconfig", kubeconfig(settings, &cluster)).await?;
    Ok(cluster)
}

async fn start_region(settings: &Settings) -> anyhow::Result<(Credentials, bool)> {
    let pid_file = settings.places.run.join("region.pid");
    let started = Instant::now();
    // One that was killed just now may look alive for a moment, and answer no more.
    while Process::read(&pid_file).is_some() {
        let credentials = credentials::read(&settings.places)?;
        let aws = Aws { credentials };
        if aws.query("sts", STS, "GetCallerIdentity", &[]).await.is_ok() {
            return Ok((aws.credentials, false));
        }
        anyhow::ensure!(
            started.elapsed() < PATIENCE,
            "the region runs and does not answer: `reks down` stops it; its log is {}",
            settings.places.run.join("region.log").display()
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    std::fs::create_dir_all(&settings.places.run)?;
    let log = settings.places.run.join("region.log");
    let mut command = Command::new(std::env::current_exe()?);
    if let Some(home) = settings.places.state.parent().filter(|_| settings.places != reks_host::Places::of_the_system())
    {
        command.arg("--home").arg(home);
    }
    command.arg("--listen").arg(settings.listen.to_string()).arg("serve");
    let process = Process::start(&mut command, &log).context("cannot start the region")?;
    let started = Instant::now();
    while Process::read(&pid_file) != Some(process) {
        if !process.is_alive() || started.elapsed() > PATIENCE {
            bail!("the region does not start; it says:\n{}", std::fs::read_to_string(&log).unwrap_or_default());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok((credentials::read(&settings.places)?, true))
}

/// Finds what is tagged as ours.
async fn tagged(aws: &Aws, action: &str, id: &str, name: &str) -> anyhow::Result<Option<String>> {
    let filter = [("Filter.1.Name", "tag:Name"), ("Filter.1.Value.1", name)];
    let xml = aws.query("ec2", EC2, action, &filter).await?;
    Ok(element(&xml, id).map(str::to_owned))
}

async fn make(
    aws: &Aws,
    action: &str,
    kind: &str,
    id: &str,
    name: &str,
    parameters: &[(&str, &str)],
) -> anyhow::Result<String> {
    let tags = [
        ("TagSpecification.1.ResourceType", kind),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", name),
    ];
    let xml = aws.query("ec2", EC2, action, &[parameters, &tags].concat()).await?;
    element(&xml, id).map(str::to_owned).with_context(|| format!("{action} gives no {id}"))
}

async fn vpc(aws: &Aws) -> anyhow::Result<(String, bool)> {
    if let Some(id) = tagged(aws, "DescribeVpcs", "vpcId", "reks-demo").await? {
        return Ok((id, false));
    }
    let id = make(aws, "CreateVpc", "vpc", "vpcId", "reks-demo", &[("CidrBlock", "10.0.0.0/16")]).await?;
    aws.query("ec2", EC2, "ModifyVpcAttribute", &[("VpcId", &id), ("EnableDnsHostnames.Value", "true")]).await?;
    Ok((id, true))
}

async fn subnet(aws: &Aws, vpc: &str, zone: &str, cidr: &str) -> anyhow::Result<(String, bool)> {
    let name = format!("reks-demo-{zone}");
    if let Some(id) = tagged(aws, "DescribeSubnets", "subnetId", &name).await? {
        return Ok((id, false));
    }
    let zone = format!("{}{zone}", aws.credentials.region);
    let parameters = [("VpcId", vpc), ("CidrBlock", cidr), ("AvailabilityZone", &*zone)];
    let id = make(aws, "CreateSubnet", "subnet", "subnetId", &name, &parameters).await?;
    aws.query("ec2", EC2, "ModifySubnetAttribute", &[("SubnetId", &id), ("MapPublicIpOnLaunch.Value", "true")]).await?;
    Ok((id, true))
}

async fn gateway(aws: &Aws, vpc: &str) -> anyhow::Result<((), bool)> {
    if tagged(aws, "DescribeInternetGateways", "internetGatewayId", "reks-demo").await?.is_some() {
        return Ok(((), false));
    }
    let id = make(aws, "CreateInternetGateway", "internet-gateway", "internetGatewayId", "reks-demo", &[]).await?;
    aws.query("ec2", EC2, "AttachInternetGateway", &[("InternetGatewayId", &id), ("VpcId", vpc)]).await?;
    let main = [
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", vpc),
        ("Filter.2.Name", "association.main"),
        ("Filter.2.Value.1", "true"),
    ];
    let xml = aws.query("ec2", EC2, "DescribeRouteTables", &main).await?;
    let table = element(&xml, "routeTableId").context("the VPC has no main route table")?;
    let route = [("RouteTableId", table), ("DestinationCidrBlock", "0.0.0.0/0"), ("GatewayId", &*id)];
    aws.query("ec2", EC2, "CreateRoute", &route).await?;
    Ok(((), true))
}

async fn role(aws: &Aws) -> anyhow::Result<(String, bool)> {
    let arn = |xml: &str| element(xml, "Arn").map(str::to_owned).context("the role has no ARN");
    if let Ok(xml) = aws.query("iam", IAM, "GetRole", &[("RoleName", CLUSTER_ROLE)]).await {
        return Ok((arn(&xml)?, false));
    }
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": {"Service": "eks.amazonaws.com"},
    }]});
    let trust = trust.to_string();
    let xml = aws
        .query("iam", IAM, "CreateRole", &[("RoleName", CLUSTER_ROLE), ("AssumeRolePolicyDocument", &trust)])
        .await?;
    let policy = [("RoleName", CLUSTER_ROLE), ("PolicyArn", "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")];
    aws.query("iam", IAM, "AttachRolePolicy", &policy).await?;
    Ok((arn(&xml)?, true))
}

async fn cluster(aws: &Aws, role: &str, subnets: &[String]) -> anyhow::Result<(Value, bool)> {
    let path = format!("/clusters/{CLUSTER}");
    let found = aws.eks(Method::GET, &path, None).await?;
    let is_new = found.is_none();
    let was_active = found.is_some_and(|found| found["cluster"]["status"] == "ACTIVE");
    if is_new {
        let body = json!({
            "name": CLUSTER, "version": "1.36", "roleArn": role,
            "resourcesVpcConfig": {"subnetIds": subnets, "endpointPublicAccess": true, "endpointPrivateAccess": true},
            "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
        });
        aws.eks(Method::POST, "/clusters", Some(&body)).await?;
    }
    let started = Instant::now();
    loop {
        let found = aws.eks(Method::GET, &path, None).await?.context("the cluster is gone")?;
        let cluster = found["cluster"].clone();
        match cluster["status"].as_str() {
            Some("ACTIVE") if answers(&cluster).await => return Ok((cluster, is_new || !was_active)),
            Some("FAILED") => bail!("the cluster failed: {}", cluster["health"]["issues"][0]["message"]),
            _ if started.elapsed() > PATIENCE => {
                bail!(
                    "the cluster is not ACTIVE after {} s: see `reks status`, and the logs in the run folder",
                    PATIENCE.as_secs()
                )
            }
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Whether the cluster's API server says that it is ready.
async fn answers(cluster: &Value) -> bool {
    let ask = async {
        let mut config = kube::Config::new(cluster["endpoint"].as_str()?.parse().ok()?);
        let pem = STANDARD.decode(cluster["certificateAuthority"]["data"].as_str()?).ok()?;
        let der = rustls::pki_types::pem::PemObject::from_pem_slice(&pem);
        config.root_cert = Some(vec![der.ok().map(|der: rustls::pki_types::CertificateDer<'_>| der.to_vec())?]);
        let client = kube::Client::try_from(config).ok()?;
        client.request_text(http::Request::get("/readyz").body(Vec::new()).ok()?).await.ok()
    };
    ask.await.is_some_and(|text| text == "ok")
}

/// Writes a kubeconfig whose credentials come from `reks token`, so that it works without the AWS CLI too.
async fn kubeconfig(settings: &Settings, cluster: &Value) -> anyhow::Result<((), bool)> {
    let mut arguments = Vec::new();
    if let Some(home) = settings.places.state.parent().filter(|_| settings.places != reks_host::Places::of_the_system())
    {
        arguments.extend(["--home".to_owned(), home.display().to_string()]);
    }
    arguments.extend(["token", "--cluster", CLUSTER].map(str::to_owned));
    let name = cluster["arn"].as_str().unwrap_or_default();
    let content = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": name,
        "clusters": [{"name": name, "cluster": {
            "server": cluster["endpoint"], "certificate-authority-data": cluster["certificateAuthority"]["data"],
        }}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "users": [{"name": name, "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1", "command": std::env::current_exe()?, "args": arguments,
            "interactiveMode": "Never",
        }}}],
    });
    let content = serde_json::to_string_pretty(&content)?;
    let file = settings.places.state.join("kubeconfig");
    // One that people have changed is theirs.
    if std::fs::read_to_string(&file)
        .is_ok_and(|own| own.contains(name) && own.contains(cluster["endpoint"].as_str().unwrap_or_default()))
    {
        return Ok(((), false));
    }
    std::fs::write(&file, content).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(((), true))
}
