//! Clusters.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use reks_ec2::Cidr;
use reks_ec2::objects::{SecurityGroup, Subnet};
use reks_iam::objects::Role;
use reks_objects::{Part, created, ids, named};
use reks_wire::Error;
use reks_wire::json::epoch;
use serde_json::{Value, json};

use super::{Call, Result, invalid_parameter, no_cluster, strings, tag_map, text};
use crate::access::{POLICIES, entry_name, policy_arn};
use crate::names::is_cluster_name;
use crate::objects::{AccessEntry, AccessEntrySpec, AuthenticationMode, Cluster, ClusterSpec, ClusterStatus};
use crate::reconcile::FINALIZER;
use crate::versions::{VERSIONS, find};

/// Addresses of Services where the request names none and the VPC does not lie in 10.0.0.0/8 as a whole (EKS takes one of two).
const SERVICE_CIDRS: &[&str] = &["10.100.0.0/16", "172.20.0.0/16"];

pub async fn create(call: &Call<'_>) -> Result<Value> {
    let body = &call.request.body;
    let name = text(body, "name");
    if !is_cluster_name(name) {
        let message = format!(
            "The name parameter contains invalid characters: {name}. It should begin with letter or digit and can have any \
             of the following characters: the set of Unicode letters, digits, hyphens and underscores."
        );
        return Err(invalid_parameter(message));
    }
    let token = body["clientRequestToken"].as_str().map(str::to_owned);
    let request_digest = ids::digest(&[&without_token(body).to_string()], 64);
    if let Some(existing) = call.objects.get::<Cluster>(name).await.map_err(Error::internal)? {
        // The same request again has the same answer.
        if token.is_some()
            && existing.spec.client_request_token == token
            && existing.spec.request_digest == request_digest
        {
            return Ok(json!({"cluster": show(call, &existing)}));
        }
        return Err(exists(name));
    }
    let spec = spec(call, name, token, request_digest).await?;
    let bootstrap = body["accessConfig"]["bootstrapClusterCreatorAdminPermissions"].as_bool().unwrap_or(true);
    let mut metadata = named(name);
    metadata.finalizers = Some(vec![FINALIZER.to_owned()]);
    // The creator's entry comes first: a cluster that nobody can enter is worse than an entry without a cluster.
    if bootstrap && spec.authentication_mode != AuthenticationMode::ConfigMap {
        admit_creator(call, name).await?;
    }
    let made = call.objects.create(&Cluster { metadata, spec, status: None }).await.map_err(Error::internal)?;
    let made = made.ok_or_else(|| exists(name))?;
    let creating = ClusterStatus { phase: "CREATING".to_owned(), ..ClusterStatus::default() };
    let marked = call.objects.change::<Cluster, Error>(name, Part::Status, |cluster| {
        cluster.status.get_or_insert_with(|| creating.clone());
        Ok(())
    });
    let shown = marked.await.map_err(Error::internal)?.transpose()?.unwrap_or(made);
    Ok(json!({"cluster": show(call, &shown)}))
}

fn exists(name: &str) -> Error {
    Error::client("ResourceInUseException", format!("Cluster already exists with name: {name}"))
        .with_status(StatusCode::CONFLICT)
        .with("clusterName", name)
}

fn without_token(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(map) = body.as_object_mut() {
        map.remove("clientRequestToken");
    }
    body
}

async fn spec(call: &Call<'_>, name: &str, token: Option<String>, request_digest: String) -> Result<ClusterSpec> {
    let body = &call.request.body;
    let version = body["version"].as_str().unwrap_or(VERSIONS[0].minor);
    if find(version).is_none() {
        let message = format!("unsupported Kubernetes version {version}");
        return Err(invalid_parameter(message).with("clusterName", name));
    }
    let role_arn = text(body, "roleArn");
    check_role(call, role_arn).await?;
    let network = &body["resourcesVpcConfig"];
    let (vpc, subnets, vpc_zones) = check_subnets(call, &strings(&network["subnetIds"])).await?;
    if vpc_zones < 2 {
        let message = "Subnets specified must be in at least two different AZs";
        return Err(invalid_parameter(message).with("clusterName", name));
    }
    let security_groups = strings(&network["securityGroupIds"]);
    for group in &security_groups {
        let found = call.objects.get::<SecurityGroup>(group).await.map_err(Error::internal)?;
        if found.is_none_or(|found| found.spec.vpc != vpc) {
            let message = format!("The security group ID '{group}' does not exist (Service: Ec2, Status Code: 400)");
            return Err(invalid_parameter(message).with("clusterName", name));
        }
    }
    let public_access = network["endpointPublicAccess"].as_bool().unwrap_or(true);
    let private_access = network["endpointPrivateAccess"].as_bool().unwrap_or(false);
    if !public_access && !private_access {
        let message = "Private and public endpoint access cannot be false";
        return Err(invalid_parameter(message).with("clusterName", name));
    }
    let mut public_cidrs = strings(&network["publicAccessCidrs"]);
    if public_cidrs.is_empty() {
        public_cidrs.push("0.0.0.0/0".to_owned());
    }
    if let Some(bad) = public_cidrs.iter().find(|text| Cidr::parse(text).is_none()) {
        return Err(invalid_parameter(format!("The following CIDRs are invalid: [{bad}]")).with("clusterName", name));
    }
    let authentication_mode = match body["accessConfig"]["authenticationMode"].as_str() {
        None | Some("API_AND_CONFIG_MAP") => AuthenticationMode::ApiAndConfigMap,
        Some("API") => AuthenticationMode::Api,
        Some("CONFIG_MAP") => AuthenticationMode::ConfigMap,
        Some(other) => return Err(invalid_parameter(format!("Unsupported authentication mode {other}"))),
    };
    Ok(ClusterSpec {
        version: version.to_owned(),
        role_arn: role_arn.to_owned(),
        service_cidr: service_cidr(&body["kubernetesNetworkConfig"], name)?,
        subnets,
        vpc,
        security_groups,
        public_access,
        private_access,
        public_cidrs,
        authentication_mode,
        deletion_protection: body["deletionProtection"].as_bool().unwrap_or(false),
        tags: tag_map(&body["tags"]),
        client_request_token: token,
        request_digest,
        unique_id: ids::upper_hex(32),
    })
}

/// The role must be there, in this account, and trust EKS.
async fn check_role(call: &Call<'_>, arn: &str) -> Result<()> {
    let account = &call.region.account;
    let name = arn.strip_prefix(&format!("arn:aws:iam::{account}:role/")).and_then(|path| path.rsplit('/').next());
    let role = match name {
        Some(name) => call.objects.get::<Role>(name).await.map_err(Error::internal)?,
        None => None,
    };
    let trusts = |role: &Role| role.spec.trust_policy.contains("eks.amazonaws.com");
    if role.as_ref().is_some_and(trusts) {
        return Ok(());
    }
    let message = if role.is_none() {
        format!("The service role {arn} does not exist: make it first")
    } else {
        format!(
            "Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct"
        )
    };
    Err(invalid_parameter(message))
}

/// The subnets must be there and of one VPC. Gives it, them, and in how many zones they are.
async fn check_subnets(call: &Call<'_>, wanted: &[String]) -> Result<(String, Vec<String>, usize)> {
    let mut found = Vec::new();
    for id in wanted {
        let subnet = call.objects.get::<Subnet>(id).await.map_err(Error::internal)?;
        let subnet = subnet.ok_or_else(|| {
            let message = format!("The subnet ID '{id}' does not exist (Service: Ec2, Status Code: 400)");
            invalid_parameter(message)
        })?;
        found.push(subnet);
    }
    let vpcs: BTreeSet<&str> = found.iter().map(|subnet| subnet.spec.vpc.as_str()).collect();
    let zones: BTreeSet<&str> = found.iter().map(|subnet| subnet.spec.zone.as_str()).collect();
    match vpcs.iter().next() {
        Some(vpc) if vpcs.len() == 1 => Ok(((*vpc).to_owned(), wanted.to_vec(), zones.len())),
        Some(_) => Err(invalid_parameter("Subnets specified must belong to the same VPC")),
        None => Err(invalid_parameter("resourcesVpcConfig.subnetIds: at least two subnets are needed")),
    }
}

fn service_cidr(config: &Value, name: &str) -> Result<String> {
    let Some(text) = config["serviceIpv4Cidr"].as_str() else { return Ok(SERVICE_CIDRS[0].to_owned()) };
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].iter().filter_map(|text| Cidr::parse(text));
    let fits =
        |cidr: &Cidr| (12..=24).contains(&cidr.prefix()) && private.clone().any(|network| network.contains(*cidr));
    match Cidr::parse(text).filter(fits) {
        Some(cidr) => Ok(cidr.to_string()),
        None => {
            let message = format!(
                "The serviceIpv4Cidr {text} is not valid: it is a private network (RFC 1918) with a prefix from /12 to /24"
            );
            Err(invalid_parameter(message).with("clusterName", name))
        }
    }
}

async fn admit_creator(call: &Call<'_>, name: &str) -> Result<()> {
    let principal = call.caller.principal_arn();
    let now = jiff::Timestamp::now().to_string();
    let spec = AccessEntrySpec {
        cluster: name.to_owned(),
        username: super::access_entries::default_username(call.region, &principal),
        principal_arn: principal.clone(),
        entry_type: "STANDARD".to_owned(),
        policies: [(policy_arn(POLICIES[0].0), now.clone())].into(),
        modified_at: now,
        ..AccessEntrySpec::default()
    };
    let entry = AccessEntry { metadata: named(&entry_name(name, &principal)), spec };
    call.objects.create(&entry).await.map_err(Error::internal)?;
    Ok(())
}

/// A cluster as EKS shows it.
pub fn show(call: &Call<'_>, cluster: &Cluster) -> Value {
    let name = cluster.metadata.name.as_deref().unwrap_or_default();
    let spec = &cluster.spec;
    let status = cluster.status.clone().unwrap_or_default();
    let deleting = cluster.metadata.deletion_timestamp.is_some();
    let phase = match status.phase.as_str() {
        _ if deleting => "DELETING",
        "" => "CREATING",
        phase => phase,
    };
    let issues: Vec<Value> = if phase == "FAILED" {
        vec![json!({"code": "Other", "message": status.message, "resourceIds": []})]
    } else {
        Vec::new()
    };
    let mut value = json!({
        "name": name, "arn": call.region.cluster_arn(name), "createdAt": epoch(&created(cluster)), "version": spec.version,
        "roleArn": spec.role_arn, "status": phase,
        "platformVersion": find(&spec.version).map(|version| version.platform),
        "resourcesVpcConfig": {
            "subnetIds": spec.subnets, "securityGroupIds": spec.security_groups, "vpcId": spec.vpc,
            "endpointPublicAccess": spec.public_access, "endpointPrivateAccess": spec.private_access,
            "publicAccessCidrs": spec.public_cidrs,
        },
        "kubernetesNetworkConfig": {
            "serviceIpv4Cidr": spec.service_cidr, "ipFamily": "ipv4", "elasticLoadBalancing": {"enabled": false},
        },
        "logging": {"clusterLogging": [{
            "types": ["api", "audit", "authenticator", "controllerManager", "scheduler"], "enabled": false,
        }]},
        "accessConfig": {"authenticationMode": spec.authentication_mode},
        "certificateAuthority": {}, "tags": spec.tags, "health": {"issues": issues},
        "upgradePolicy": {"supportType": "EXTENDED"}, "deletionProtection": spec.deletion_protection,
    });
    if let Some(group) = status.security_group {
        value["resourcesVpcConfig"]["clusterSecurityGroupId"] = group.into();
    }
    if let Some(endpoint) = status.endpoint {
        value["endpoint"] = endpoint.into();
    }
    if let Some(issuer) = status.issuer {
        value["identity"] = json!({"oidc": {"issuer": issuer}});
    }
    if let Some(authority) = status.certificate_authority {
        value["certificateAuthority"]["data"] = STANDARD.encode(authority).into();
    }
    value
}

pub async fn list(call: &Call<'_>) -> Result<Value> {
    let all = call.objects.list::<Cluster>().await.map_err(Error::internal)?;
    let (clusters, next) = call.page(all.into_iter().filter_map(|cluster| cluster.metadata.name).collect())?;
    let mut value = json!({"clusters": clusters});
    if let Some(next) = next {
        value["nextToken"] = next.into();
    }
    Ok(value)
}

pub async fn describe(call: &Call<'_>, name: &str) -> Result<Value> {
    Ok(json!({"cluster": show(call, &call.cluster(name).await?)}))
}

pub async fn delete(call: &Call<'_>, name: &str) -> Result<Value> {
    let cluster = call.cluster(name).await?;
    if cluster.spec.deletion_protection {
        let message = format!("Cluster {name} has deletion protection enabled: disable it first");
        return Err(Error::client("InvalidRequestException", message).with("clusterName", name));
    }
    if !call.objects.delete::<Cluster>(name).await.map_err(Error::internal)? {
        return Err(no_cluster(name));
    }
    let mut shown = show(call, &cluster);
    shown["status"] = "DELETING".into();
    Ok(json!({"cluster": shown}))
}
