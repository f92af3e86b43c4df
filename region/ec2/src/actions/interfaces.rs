//! Network interfaces. Services make them; users look at them.

use std::collections::HashSet;

use reks_objects::{Objects, ids, named};
use reks_wire::Error;
use serde_json::{Value, json};

use super::{Action, Call, Described, Result, tag_set};
use crate::Cidr;
use crate::objects::{NetworkInterface, NetworkInterfaceSpec, SecurityGroup, Subnet, Tags};

pub(super) const ACTIONS: &[(&str, Action)] = &[("DescribeNetworkInterfaces", |call| {
    Box::pin(async move { Ok(json!({"networkInterfaceSet": call.described::<NetworkInterface>().await?})) })
})];

impl Described for NetworkInterface {
    const PREFIX: &'static str = "eni-";
    const IDS: &'static str = "NetworkInterfaceId";
    const NOT_FOUND: &'static str = "InvalidNetworkInterfaceID.NotFound";
    const MALFORMED: &'static str = "InvalidNetworkInterfaceId.Malformed";
    const NAME: &'static str = "networkInterface";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("network-interface-id", "networkInterfaceId"),
        ("vpc-id", "vpcId"),
        ("subnet-id", "subnetId"),
        ("group-id", "groupSet.groupId"),
        ("description", "description"),
        ("status", "status"),
        ("private-ip-address", "privateIpAddress"),
        ("requester-managed", "requesterManaged"),
        ("requester-id", "requesterId"),
        ("availability-zone", "availabilityZone"),
        ("attachment.status", "attachment.status"),
    ];

    fn tags(&self) -> &Tags {
        &self.spec.tags
    }

    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.spec.tags
    }

    async fn show(&self, call: &Call) -> Result<Value> {
        let id = self.metadata.name.as_deref().unwrap_or_default();
        let spec = &self.spec;
        let subnet = call.objects.get::<Subnet>(&spec.subnet).await.map_err(Error::internal)?;
        let mut groups = Vec::new();
        for group in &spec.groups {
            let found = call.objects.get::<SecurityGroup>(group).await.map_err(Error::internal)?;
            groups.push(json!({"groupId": group, "groupName": found.map(|found| found.spec.name)}));
        }
        let attachment = spec.attached_to.as_ref().map(|_| {
            json!({
                "attachmentId": format!("eni-attach-{}", id.trim_start_matches(Self::PREFIX)), "deviceIndex": 1,
                "instanceOwnerId": "amazon-aws", "status": "attached", "deleteOnTermination": false,
            })
        });
        Ok(json!({
            "networkInterfaceId": id, "subnetId": spec.subnet, "vpcId": spec.vpc,
            "availabilityZone": subnet.map(|subnet| subnet.spec.zone), "description": spec.description,
            "ownerId": call.owner(), "requesterId": spec.requester, "requesterManaged": spec.requester.is_some(),
            "status": if attachment.is_some() { "in-use" } else { "available" }, "macAddress": spec.mac,
            "privateIpAddress": spec.address, "sourceDestCheck": true, "groupSet": groups, "attachment": attachment,
            "interfaceType": "interface", "tagSet": tag_set(&spec.tags),
            "privateIpAddressesSet": [{"privateIpAddress": spec.address, "primary": true}],
        }))
    }
}

/// Makes an interface in a subnet, with an address that nobody else has.
///
/// Its id follows from the subnet and the address, so that of two who choose the same address only one can make the interface.
/// An address that is given again later brings the same id again.
///
/// # Errors
/// `InvalidSubnetID.NotFound`, or `InsufficientFreeAddressesInSubnet`.
pub async fn allocate(objects: &Objects, spec: NetworkInterfaceSpec) -> Result<NetworkInterface> {
    let found = objects.get::<Subnet>(&spec.subnet).await.map_err(Error::internal)?;
    let subnet = found.ok_or_else(|| super::not_there::<Subnet>(&spec.subnet))?;
    let cidr = Cidr::parse(&subnet.spec.cidr);
    let all = objects.list::<NetworkInterface>().await.map_err(Error::internal)?;
    let taken: HashSet<&str> =
        all.iter().filter(|one| one.spec.subnet == spec.subnet).map(|one| one.spec.address.as_str()).collect();
    for address in cidr.into_iter().flat_map(Cidr::usable) {
        let text = address.to_string();
        if taken.contains(text.as_str()) {
            continue;
        }
        let digits = ids::digest(&[&spec.subnet, &text], 17);
        let [a, b, c, d] = address.octets();
        let mac = format!("02:{}:{a:02x}:{b:02x}:{c:02x}:{d:02x}", &digits[..2]);
        let object = NetworkInterface {
            metadata: named(&format!("{}{digits}", NetworkInterface::PREFIX)),
            spec: NetworkInterfaceSpec { address: text, mac, vpc: subnet.spec.vpc.clone(), ..spec.clone() },
        };
        if let Some(made) = objects.create(&object).await.map_err(Error::internal)? {
            return Ok(made);
        }
    }
    let message =
        format!("The specified subnet {} does not have enough free addresses to satisfy the request.", spec.subnet);
    Err(Error::client("InsufficientFreeAddressesInSubnet", message))
}
