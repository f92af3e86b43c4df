//! VPCs.

use std::collections::HashSet;

use reks_objects::{ids, named};
use reks_wire::Error;
use serde_json::{Value, json};

use super::{Action, Call, Described, Result, in_use, new_id, tag_set};
use crate::Cidr;
use crate::objects::{
    Association, InternetGateway, NetworkInterface, Route, RouteTable, RouteTableSpec, Rule, SecurityGroup,
    SecurityGroupSpec, Subnet, Tags, Vpc, VpcSpec,
};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("CreateVpc", |call| Box::pin(async move { create(&call).await })),
    ("DescribeVpcs", |call| Box::pin(async move { Ok(json!({"vpcSet": call.described::<Vpc>().await?})) })),
    ("DeleteVpc", |call| Box::pin(async move { delete(&call).await })),
    ("ModifyVpcAttribute", |call| Box::pin(async move { modify(&call).await })),
    ("DescribeVpcAttribute", |call| Box::pin(async move { attribute(&call).await })),
    ("DescribeNetworkAcls", |call| Box::pin(async move { network_acls(&call).await })),
];

impl Described for Vpc {
    const PREFIX: &'static str = "vpc-";
    const IDS: &'static str = "VpcId";
    const NOT_FOUND: &'static str = "InvalidVpcID.NotFound";
    const MALFORMED: &'static str = "InvalidVpcId.Malformed";
    const NAME: &'static str = "vpc";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("vpc-id", "vpcId"),
        ("cidr", "cidrBlock"),
        ("cidr-block", "cidrBlock"),
        ("state", "state"),
        ("is-default", "isDefault"),
        ("isDefault", "isDefault"),
        ("owner-id", "ownerId"),
    ];

    fn tags(&self) -> &Tags {
        &self.spec.tags
    }

    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.spec.tags
    }

    async fn show(&self, call: &Call) -> Result<Value> {
        let id = self.metadata.name.as_deref().unwrap_or_default();
        let digits = id.trim_start_matches(Self::PREFIX);
        Ok(json!({
            "vpcId": id, "state": "available", "cidrBlock": self.spec.cidr, "isDefault": false, "instanceTenancy": "default",
            "ownerId": call.owner(), "dhcpOptionsId": "default", "tagSet": tag_set(&self.spec.tags),
            "cidrBlockAssociationSet": [{
                "associationId": format!("vpc-cidr-assoc-{digits}"), "cidrBlock": self.spec.cidr,
                "cidrBlockState": {"state": "associated"},
            }],
        }))
    }
}

async fn create(call: &Call) -> Result<Value> {
    let text = call.required("CidrBlock")?;
    let cidr = Cidr::parse(text).ok_or_else(|| {
        let message = format!("Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.");
        Error::client("InvalidParameterValue", message)
    })?;
    if !(16..=28).contains(&cidr.prefix()) {
        return Err(Error::client("InvalidVpc.Range", format!("The CIDR '{text}' is invalid.")));
    }
    let id = new_id::<Vpc>();
    let spec = VpcSpec { cidr: cidr.to_string(), dns_support: true, dns_hostnames: false, tags: call.new_tags("vpc") };
    let vpc = call.make(&Vpc { metadata: named(&id), spec }).await?;
    // What every VPC has from its beginning.
    let main = RouteTableSpec {
        vpc: id.clone(),
        routes: vec![Route { destination: cidr.to_string(), target: "local".to_owned() }],
        associations: vec![Association { id: ids::resource("rtbassoc"), subnet: None }],
        ..RouteTableSpec::default()
    };
    call.make(&RouteTable { metadata: named(&new_id::<RouteTable>()), spec: main }).await?;
    let group_id = new_id::<SecurityGroup>();
    let all = |egress: bool| Rule {
        id: ids::resource("sgr"),
        egress,
        protocol: "-1".to_owned(),
        cidr: egress.then(|| "0.0.0.0/0".to_owned()),
        group: (!egress).then(|| group_id.clone()),
        ..Rule::default()
    };
    let group = SecurityGroupSpec {
        vpc: id,
        name: "default".to_owned(),
        description: "default VPC security group".to_owned(),
        rules: vec![all(false), all(true)],
        tags: Tags::new(),
    };
    call.make(&SecurityGroup { metadata: named(&group_id), spec: group }).await?;
    let mut shown = vpc.show(call).await?;
    shown["state"] = "pending".into();
    Ok(json!({"vpc": shown}))
}

async fn delete(call: &Call) -> Result<Value> {
    let id = call.required("VpcId")?;
    call.find::<Vpc>(id).await?;
    let subnets = call.list::<Subnet>().await?.iter().any(|subnet| subnet.spec.vpc == id);
    let gateways = call.list::<InternetGateway>().await?.iter().any(|gateway| gateway.spec.vpc.as_deref() == Some(id));
    let interfaces = call.list::<NetworkInterface>().await?.iter().any(|interface| interface.spec.vpc == id);
    let groups: Vec<SecurityGroup> =
        call.list::<SecurityGroup>().await?.into_iter().filter(|group| group.spec.vpc == id).collect();
    let tables: Vec<RouteTable> =
        call.list::<RouteTable>().await?.into_iter().filter(|table| table.spec.vpc == id).collect();
    let is_main = |table: &RouteTable| table.spec.associations.iter().any(|one| one.subnet.is_none());
    let more = groups.iter().any(|group| group.spec.name != "default") || tables.iter().any(|table| !is_main(table));
    if subnets || gateways || interfaces || more {
        return Err(in_use("vpc", id));
    }
    for group in groups {
        call.objects
            .delete::<SecurityGroup>(&group.metadata.name.unwrap_or_default())
            .await
            .map_err(Error::internal)?;
    }
    for table in tables {
        call.objects.delete::<RouteTable>(&table.metadata.name.unwrap_or_default()).await.map_err(Error::internal)?;
    }
    call.objects.delete::<Vpc>(id).await.map_err(Error::internal)?;
    Ok(json!({"return": true}))
}

async fn modify(call: &Call) -> Result<Value> {
    let id = call.required("VpcId")?;
    let (support, hostnames) = (call.form.get("EnableDnsSupport.Value"), call.form.get("EnableDnsHostnames.Value"));
    call.change::<Vpc>(id, |vpc| {
        if let Some(value) = support {
            vpc.spec.dns_support = value == "true";
        }
        if let Some(value) = hostnames {
            vpc.spec.dns_hostnames = value == "true";
        }
        Ok(())
    })
    .await?;
    Ok(json!({"return": true}))
}

async fn attribute(call: &Call) -> Result<Value> {
    let id = call.required("VpcId")?;
    let vpc = call.find::<Vpc>(id).await?;
    let (name, value) = match call.required("Attribute")? {
        "enableDnsSupport" => ("enableDnsSupport", vpc.spec.dns_support),
        "enableDnsHostnames" => ("enableDnsHostnames", vpc.spec.dns_hostnames),
        "enableNetworkAddressUsageMetrics" => ("enableNetworkAddressUsageMetrics", false),
        other => {
            let message = format!("Value ({other}) for parameter attribute is invalid. Unknown attribute.");
            return Err(Error::client("InvalidParameterValue", message));
        }
    };
    Ok(json!({"vpcId": id, name: {"value": value}}))
}

/// Every VPC has a network ACL that lets everything through; there are no others yet.
async fn network_acls(call: &Call) -> Result<Value> {
    let wanted: HashSet<String> =
        call.form.filters().into_iter().filter(|(name, _)| name == "vpc-id").flat_map(|(_, values)| values).collect();
    let mut acls = Vec::new();
    for vpc in call.list::<Vpc>().await? {
        let id = vpc.metadata.name.unwrap_or_default();
        if !wanted.is_empty() && !wanted.contains(&id) {
            continue;
        }
        let entry = |egress: bool, number: u32, action: &str| json!({"ruleNumber": number, "protocol": "-1", "ruleAction": action, "egress": egress, "cidrBlock": "0.0.0.0/0"});
        acls.push(json!({
            "networkAclId": format!("acl-{}", id.trim_start_matches("vpc-")), "vpcId": id, "default": true,
            "ownerId": call.owner(), "associationSet": [],
            "entrySet": [
                entry(true, 100, "allow"), entry(true, 32_767, "deny"), entry(false, 100, "allow"), entry(false, 32_767, "deny"),
            ],
        }));
    }
    Ok(json!({"networkAclSet": acls}))
}
