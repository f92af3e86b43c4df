//! Security groups and their rules.

use reks_objects::{ids, named};
use reks_wire::Error;
use reks_wire::query::Form;
use serde_json::{Value, json};

use super::{Action, Call, Described, Result, in_use, new_id, tag_set};
use crate::objects::{NetworkInterface, Rule, SecurityGroup, SecurityGroupSpec, Tags, Vpc};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("CreateSecurityGroup", |call| Box::pin(async move { create(&call).await })),
    ("DescribeSecurityGroups", |call| {
        Box::pin(async move { Ok(json!({"securityGroupInfo": call.described::<SecurityGroup>().await?})) })
    }),
    ("DescribeSecurityGroupRules", |call| Box::pin(async move { describe_rules(&call).await })),
    ("DeleteSecurityGroup", |call| Box::pin(async move { delete(&call).await })),
    ("AuthorizeSecurityGroupIngress", |call| Box::pin(async move { authorize(&call, false).await })),
    ("AuthorizeSecurityGroupEgress", |call| Box::pin(async move { authorize(&call, true).await })),
    ("RevokeSecurityGroupIngress", |call| Box::pin(async move { revoke(&call, false).await })),
    ("RevokeSecurityGroupEgress", |call| Box::pin(async move { revoke(&call, true).await })),
];

impl Described for SecurityGroup {
    const PREFIX: &'static str = "sg-";
    const IDS: &'static str = "GroupId";
    const NOT_FOUND: &'static str = "InvalidGroup.NotFound";
    const MALFORMED: &'static str = "InvalidGroupId.Malformed";
    const NAME: &'static str = "security group";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("group-id", "groupId"),
        ("group-name", "groupName"),
        ("vpc-id", "vpcId"),
        ("description", "groupDescription"),
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
        let of = |egress: bool| -> Vec<Value> {
            let own = self.spec.rules.iter().filter(|rule| rule.egress == egress);
            own.map(|rule| permission(rule, call.owner())).collect()
        };
        let arn = format!("arn:aws:ec2:{}:{}:security-group/{id}", call.region, call.owner());
        Ok(json!({
            "groupId": id, "groupName": self.spec.name, "groupDescription": self.spec.description, "vpcId": self.spec.vpc,
            "ownerId": call.owner(), "securityGroupArn": arn, "ipPermissions": of(false), "ipPermissionsEgress": of(true),
            "tagSet": tag_set(&self.spec.tags),
        }))
    }
}

fn permission(rule: &Rule, owner: &str) -> Value {
    let mut value = json!({"ipProtocol": rule.protocol, "fromPort": rule.from_port, "toPort": rule.to_port,
        "groups": [], "ipRanges": [], "ipv6Ranges": [], "prefixListIds": []});
    if let Some(cidr) = &rule.cidr {
        value["ipRanges"] = json!([{"cidrIp": cidr, "description": rule.description}]);
    }
    if let Some(group) = &rule.group {
        value["groups"] = json!([{"groupId": group, "userId": owner, "description": rule.description}]);
    }
    value
}

async fn create(call: &Call) -> Result<Value> {
    let (name, vpc) = (call.required("GroupName")?, call.required("VpcId")?);
    let description = call.required("GroupDescription")?;
    call.find::<Vpc>(vpc).await?;
    if name.starts_with("sg-") || name.len() > 255 {
        let message =
            format!("Invalid value '{name}' for groupName. It may not start with 'sg-', nor exceed 255 characters.");
        return Err(Error::client("InvalidParameterValue", message));
    }
    let all = call.list::<SecurityGroup>().await?;
    if all.iter().any(|other| other.spec.vpc == vpc && other.spec.name == name) {
        let message = format!("The security group '{name}' already exists for VPC '{vpc}'");
        return Err(Error::client("InvalidGroup.Duplicate", message));
    }
    let id = new_id::<SecurityGroup>();
    let egress = Rule {
        id: ids::resource("sgr"),
        egress: true,
        protocol: "-1".to_owned(),
        cidr: Some("0.0.0.0/0".to_owned()),
        ..Rule::default()
    };
    let tags = call.new_tags("security-group");
    let spec = SecurityGroupSpec {
        vpc: vpc.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        rules: vec![egress],
        tags: tags.clone(),
    };
    call.make(&SecurityGroup { metadata: named(&id), spec }).await?;
    let arn = format!("arn:aws:ec2:{}:{}:security-group/{id}", call.region, call.owner());
    Ok(json!({"return": true, "groupId": id, "securityGroupArn": arn, "tagSet": tag_set(&tags)}))
}

async fn delete(call: &Call) -> Result<Value> {
    let id = call.required("GroupId")?;
    let group = call.find::<SecurityGroup>(id).await?;
    if group.spec.name == "default" {
        return Err(Error::client(
            "CannotDelete",
            format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user"),
        ));
    }
    let used = call.list::<NetworkInterface>().await?.iter().any(|one| one.spec.groups.iter().any(|own| own == id));
    let named = call.list::<SecurityGroup>().await?.iter().any(|other| {
        other.metadata.name.as_deref() != Some(id)
            && other.spec.rules.iter().any(|rule| rule.group.as_deref() == Some(id))
    });
    if used || named {
        return Err(in_use("resource", id));
    }
    call.objects.delete::<SecurityGroup>(id).await.map_err(Error::internal)?;
    Ok(json!({"return": true, "groupId": id}))
}

/// The rules that a request names.
fn rules(call: &Call, egress: bool) -> Result<Vec<Rule>> {
    let mut rules = Vec::new();
    let mut permissions = call.form.structures("IpPermissions");
    if permissions.is_empty() && call.form.get("IpProtocol").is_some() {
        permissions.push(call.form.clone());
    }
    for permission in permissions {
        let protocol = match permission.get("IpProtocol").unwrap_or("-1") {
            "all" => "-1".to_owned(),
            "6" => "tcp".to_owned(),
            "17" => "udp".to_owned(),
            "1" => "icmp".to_owned(),
            other => other.to_owned(),
        };
        let port =
            |name: &str| permission.get(name).and_then(|text| text.parse::<i32>().ok()).filter(|_| protocol != "-1");
        let (from_port, to_port) = (port("FromPort"), port("ToPort"));
        if matches!(protocol.as_str(), "tcp" | "udp") && from_port.zip(to_port).is_none_or(|(from, to)| from > to) {
            let message = format!("Invalid value for portRange. Must specify both from and to ports with {protocol}.");
            return Err(Error::client("InvalidParameterValue", message));
        }
        let base = Rule { egress, protocol: protocol.clone(), from_port, to_port, ..Rule::default() };
        let describe = |form: &Form| form.get("Description").map(str::to_owned);
        let mut ranges = permission.structures("IpRanges");
        if ranges.is_empty() && permission.get("CidrIp").is_some() {
            ranges.push(permission.clone());
        }
        for range in ranges {
            let text = range.get("CidrIp").unwrap_or_default();
            let cidr = crate::Cidr::parse(text)
                .ok_or_else(|| Error::client("InvalidParameterValue", format!("CIDR block {text} is malformed")))?;
            rules.push(Rule { cidr: Some(cidr.to_string()), description: describe(&range), ..base.clone() });
        }
        for group in permission.structures("Groups") {
            let id = group.get("GroupId").unwrap_or_default().to_owned();
            rules.push(Rule { group: Some(id), description: describe(&group), ..base.clone() });
        }
    }
    Ok(rules)
}

/// Whether two rules say the same.
fn same(one: &Rule, other: &Rule) -> bool {
    let Rule { egress, protocol, from_port, to_port, cidr, group, .. } = other;
    one.egress == *egress
        && one.protocol == *protocol
        && one.from_port == *from_port
        && one.to_port == *to_port
        && one.cidr == *cidr
        && one.group == *group
}

async fn authorize(call: &Call, egress: bool) -> Result<Value> {
    let id = call.required("GroupId")?;
    let mut new = rules(call, egress)?;
    for rule in &mut new {
        if let Some(group) = &rule.group {
            call.find::<SecurityGroup>(group).await?;
        }
        rule.id = ids::resource("sgr");
    }
    if new.is_empty() {
        return Err(Error::client("MissingParameter", "The request must contain the parameter ipPermissions"));
    }
    call.change::<SecurityGroup>(id, |group| {
        for rule in &new {
            if group.spec.rules.iter().any(|own| same(own, rule)) {
                let peer = rule.cidr.as_deref().or(rule.group.as_deref()).unwrap_or_default();
                let message = format!("the specified rule \"peer: {peer}, {}, ALLOW\" already exists", rule.protocol);
                return Err(Error::client("InvalidPermission.Duplicate", message));
            }
        }
        group.spec.rules.extend(new.clone());
        Ok(())
    })
    .await?;
    let shown: Vec<Value> = new.iter().map(|rule| show_rule(call, id, rule)).collect();
    Ok(json!({"return": true, "securityGroupRuleSet": shown}))
}

async fn revoke(call: &Call, egress: bool) -> Result<Value> {
    let id = call.required("GroupId")?;
    let by_id = call.form.list("SecurityGroupRuleId");
    let by_rule = rules(call, egress)?;
    call.change::<SecurityGroup>(id, |group| {
        let before = group.spec.rules.len();
        group.spec.rules.retain(|own| !by_id.contains(&own.id) && !by_rule.iter().any(|rule| same(own, rule)));
        if group.spec.rules.len() == before {
            let message = "The specified rule does not exist in this security group.";
            return Err(Error::client("InvalidPermission.NotFound", message));
        }
        Ok(())
    })
    .await?;
    Ok(json!({"return": true}))
}

fn show_rule(call: &Call, group: &str, rule: &Rule) -> Value {
    let referenced = rule.group.as_ref().map(|group| json!({"groupId": group, "userId": call.owner()}));
    json!({
        "securityGroupRuleId": rule.id, "groupId": group, "groupOwnerId": call.owner(), "isEgress": rule.egress,
        "ipProtocol": rule.protocol, "fromPort": rule.from_port.unwrap_or(-1), "toPort": rule.to_port.unwrap_or(-1),
        "cidrIpv4": rule.cidr, "referencedGroupInfo": referenced, "description": rule.description,
    })
}

async fn describe_rules(call: &Call) -> Result<Value> {
    let wanted = call.form.list("SecurityGroupRuleId");
    let groups: Vec<String> =
        call.form.filters().into_iter().filter(|(name, _)| name == "group-id").flat_map(|(_, values)| values).collect();
    let mut shown = Vec::new();
    for group in call.list::<SecurityGroup>().await? {
        let id = group.metadata.name.unwrap_or_default();
        if !groups.is_empty() && !groups.contains(&id) {
            continue;
        }
        let own = group.spec.rules.iter().filter(|rule| wanted.is_empty() || wanted.contains(&rule.id));
        shown.extend(own.map(|rule| show_rule(call, &id, rule)));
    }
    if let Some(missing) = wanted.iter().find(|id| !shown.iter().any(|rule| rule["securityGroupRuleId"] == **id)) {
        let message = format!("The security group rule ID '{missing}' does not exist");
        return Err(Error::client("InvalidSecurityGroupRuleId.NotFound", message));
    }
    Ok(json!({"securityGroupRuleSet": shown}))
}
