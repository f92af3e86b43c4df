//! Internet gateways.

use reks_objects::named;
use reks_wire::Error;
use serde_json::{Value, json};

use super::{Action, Call, Described, Result, in_use, new_id, tag_set};
use crate::objects::{InternetGateway, InternetGatewaySpec, Tags, Vpc};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("CreateInternetGateway", |call| Box::pin(async move { create(&call).await })),
    ("DescribeInternetGateways", |call| {
        Box::pin(async move { Ok(json!({"internetGatewaySet": call.described::<InternetGateway>().await?})) })
    }),
    ("AttachInternetGateway", |call| Box::pin(async move { attach(&call).await })),
    ("DetachInternetGateway", |call| Box::pin(async move { detach(&call).await })),
    ("DeleteInternetGateway", |call| Box::pin(async move { delete(&call).await })),
];

impl Described for InternetGateway {
    const PREFIX: &'static str = "igw-";
    const IDS: &'static str = "InternetGatewayId";
    const NOT_FOUND: &'static str = "InvalidInternetGatewayID.NotFound";
    const MALFORMED: &'static str = "InvalidInternetGatewayId.Malformed";
    const NAME: &'static str = "internetGateway";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("internet-gateway-id", "internetGatewayId"),
        ("attachment.vpc-id", "attachmentSet.vpcId"),
        ("attachment.state", "attachmentSet.state"),
        ("owner-id", "ownerId"),
    ];

    fn tags(&self) -> &Tags {
        &self.spec.tags
    }

    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.spec.tags
    }

    async fn show(&self, call: &Call) -> Result<Value> {
        let attachments: Vec<Value> =
            self.spec.vpc.iter().map(|vpc| json!({"vpcId": vpc, "state": "available"})).collect();
        Ok(json!({
            "internetGatewayId": self.metadata.name, "ownerId": call.owner(), "attachmentSet": attachments,
            "tagSet": tag_set(&self.spec.tags),
        }))
    }
}

async fn create(call: &Call) -> Result<Value> {
    let spec = InternetGatewaySpec { vpc: None, tags: call.new_tags("internet-gateway") };
    let made = call.make(&InternetGateway { metadata: named(&new_id::<InternetGateway>()), spec }).await?;
    Ok(json!({"internetGateway": made.show(call).await?}))
}

async fn attach(call: &Call) -> Result<Value> {
    let (id, vpc) = (call.required("InternetGatewayId")?, call.required("VpcId")?);
    call.find::<Vpc>(vpc).await?;
    let others = call.list::<InternetGateway>().await?;
    if others.iter().any(|other| other.spec.vpc.as_deref() == Some(vpc)) {
        let message = format!("Network {vpc} already has an internet gateway attached");
        return Err(Error::client("InvalidParameterValue", message));
    }
    call.change::<InternetGateway>(id, |gateway| {
        if gateway.spec.vpc.is_some() {
            let message = format!(
                "resource {id} is already attached to network {}",
                gateway.spec.vpc.as_deref().unwrap_or_default()
            );
            return Err(Error::client("Resource.AlreadyAssociated", message));
        }
        gateway.spec.vpc = Some(vpc.to_owned());
        Ok(())
    })
    .await?;
    Ok(json!({"return": true}))
}

async fn detach(call: &Call) -> Result<Value> {
    let (id, vpc) = (call.required("InternetGatewayId")?, call.required("VpcId")?);
    call.change::<InternetGateway>(id, |gateway| {
        if gateway.spec.vpc.as_deref() != Some(vpc) {
            let message = format!("resource {id} is not attached to network {vpc}");
            return Err(Error::client("Gateway.NotAttached", message));
        }
        gateway.spec.vpc = None;
        Ok(())
    })
    .await?;
    Ok(json!({"return": true}))
}

async fn delete(call: &Call) -> Result<Value> {
    let id = call.required("InternetGatewayId")?;
    if call.find::<InternetGateway>(id).await?.spec.vpc.is_some() {
        return Err(in_use("internetGateway", id));
    }
    call.objects.delete::<InternetGateway>(id).await.map_err(Error::internal)?;
    Ok(json!({"return": true}))
}
