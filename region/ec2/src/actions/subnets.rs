//! Subnets.

use reks_objects::named;
use reks_wire::Error;
use serde_json::{Value, json};

use super::zones::{ZONES, zone_id};
use super::{Action, Call, Described, Result, in_use, new_id, tag_set};
use crate::Cidr;
use crate::objects::{NetworkInterface, RouteTable, Subnet, SubnetSpec, Tags, Vpc};

/// Addresses of a subnet that nobody gets: the first four and the last.
const RESERVED: u64 = 5;

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("CreateSubnet", |call| Box::pin(async move { create(&call).await })),
    ("DescribeSubnets", |call| Box::pin(async move { Ok(json!({"subnetSet": call.described::<Subnet>().await?})) })),
    ("DeleteSubnet", |call| Box::pin(async move { delete(&call).await })),
    ("ModifySubnetAttribute", |call| Box::pin(async move { modify(&call).await })),
];

impl Described for Subnet {
    const PREFIX: &'static str = "subnet-";
    const IDS: &'static str = "SubnetId";
    const NOT_FOUND: &'static str = "InvalidSubnetID.NotFound";
    const MALFORMED: &'static str = "InvalidSubnetId.Malformed";
    const NAME: &'static str = "subnet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("subnet-id", "subnetId"),
        ("vpc-id", "vpcId"),
        ("availability-zone", "availabilityZone"),
        ("availabilityZone", "availabilityZone"),
        ("availability-zone-id", "availabilityZoneId"),
        ("cidr-block", "cidrBlock"),
        ("cidr", "cidrBlock"),
        ("state", "state"),
        ("default-for-az", "defaultForAz"),
        ("map-public-ip-on-launch", "mapPublicIpOnLaunch"),
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
        let SubnetSpec { vpc, cidr, zone, map_public_ip, tags } = &self.spec;
        let used = call.list::<NetworkInterface>().await?.iter().filter(|one| one.spec.subnet == id).count() as u64;
        let all = Cidr::parse(cidr).map_or(0, Cidr::size);
        let number = ZONES.iter().position(|letter| zone.ends_with(letter)).unwrap_or(0);
        let (region, account) = (&call.region, call.owner());
        Ok(json!({
            "subnetId": id, "subnetArn": format!("arn:aws:ec2:{region}:{account}:subnet/{id}"), "state": "available",
            "vpcId": vpc, "cidrBlock": cidr, "availableIpAddressCount": all.saturating_sub(RESERVED + used),
            "availabilityZone": zone, "availabilityZoneId": zone_id(region, number), "defaultForAz": false,
            "mapPublicIpOnLaunch": map_public_ip, "assignIpv6AddressOnCreation": false, "ownerId": account,
            "mapCustomerOwnedIpOnLaunch": false, "enableDns64": false, "ipv6Native": false, "ipv6CidrBlockAssociationSet": [],
            "privateDnsNameOptionsOnLaunch": {
                "hostnameType": "ip-name", "enableResourceNameDnsARecord": false, "enableResourceNameDnsAAAARecord": false,
            },
            "tagSet": tag_set(tags),
        }))
    }
}

async fn create(call: &Call) -> Result<Value> {
    let vpc_id = call.required("VpcId")?;
    let text = call.required("CidrBlock")?;
    let vpc = call.find::<Vpc>(vpc_id).await?;
    let invalid = |code: &str, message: String| Err(Error::client(code, message));
    let Some(cidr) = Cidr::parse(text) else {
        let message = format!("Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.");
        return invalid("InvalidParameterValue", message);
    };
    let inside = Cidr::parse(&vpc.spec.cidr).is_some_and(|network| network.contains(cidr));
    if !inside || !(16..=28).contains(&cidr.prefix()) {
        return invalid("InvalidSubnet.Range", format!("The CIDR '{text}' is invalid."));
    }
    let zone = match (call.form.get("AvailabilityZone"), call.form.get("AvailabilityZoneId")) {
        (Some(zone), _) => zone.to_owned(),
        (None, Some(id)) => {
            let number = (0..ZONES.len()).find(|number| zone_id(&call.region, *number) == id);
            number.map(|number| format!("{}{}", call.region, ZONES[number])).unwrap_or_default()
        }
        (None, None) => format!("{}{}", call.region, ZONES[0]),
    };
    if !ZONES.iter().any(|letter| zone == format!("{}{letter}", call.region)) {
        let message = format!(
            "Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be \
            created in the following availability zones: {}a, {}b, {}c.",
            call.region, call.region, call.region
        );
        return invalid("InvalidParameterValue", message);
    }
    let all = call.list::<Subnet>().await?;
    let taken = |other: &Subnet| {
        other.spec.vpc == vpc_id && Cidr::parse(&other.spec.cidr).is_some_and(|own| own.overlaps(cidr))
    };
    if all.iter().any(taken) {
        return invalid("InvalidSubnet.Conflict", format!("The CIDR '{text}' conflicts with another subnet"));
    }
    let spec = SubnetSpec {
        vpc: vpc_id.to_owned(),
        cidr: cidr.to_string(),
        zone,
        map_public_ip: false,
        tags: call.new_tags("subnet"),
    };
    let made = call.make(&Subnet { metadata: named(&new_id::<Subnet>()), spec }).await?;
    Ok(json!({"subnet": made.show(call).await?}))
}

async fn delete(call: &Call) -> Result<Value> {
    let id = call.required("SubnetId")?;
    call.find::<Subnet>(id).await?;
    if call.list::<NetworkInterface>().await?.iter().any(|interface| interface.spec.subnet == id) {
        return Err(in_use("subnet", id));
    }
    for table in call.list::<RouteTable>().await? {
        if table.spec.associations.iter().any(|one| one.subnet.as_deref() == Some(id)) {
            let name = table.metadata.name.unwrap_or_default();
            call.change::<RouteTable>(&name, |table| {
                table.spec.associations.retain(|one| one.subnet.as_deref() != Some(id));
                Ok(())
            })
            .await?;
        }
    }
    call.objects.delete::<Subnet>(id).await.map_err(Error::internal)?;
    Ok(json!({"return": true}))
}

async fn modify(call: &Call) -> Result<Value> {
    let id = call.required("SubnetId")?;
    let value = call.form.get("MapPublicIpOnLaunch.Value");
    call.change::<Subnet>(id, |subnet| {
        if let Some(value) = value {
            subnet.spec.map_public_ip = value == "true";
        }
        Ok(())
    })
    .await?;
    Ok(json!({"return": true}))
}
