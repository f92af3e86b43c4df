//! Route tables.

use reks_objects::{ids, named};
use reks_wire::Error;
use serde_json::{Value, json};

use super::{Action, Call, Described, Result, in_use, new_id, tag_set};
use crate::Cidr;
use crate::objects::{Association, InternetGateway, Route, RouteTable, RouteTableSpec, Subnet, Tags, Vpc};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("CreateRouteTable", |call| Box::pin(async move { create(&call).await })),
    ("DescribeRouteTables", |call| {
        Box::pin(async move { Ok(json!({"routeTableSet": call.described::<RouteTable>().await?})) })
    }),
    ("DeleteRouteTable", |call| Box::pin(async move { delete(&call).await })),
    ("CreateRoute", |call| Box::pin(async move { create_route(&call).await })),
    ("DeleteRoute", |call| Box::pin(async move { delete_route(&call).await })),
    ("AssociateRouteTable", |call| Box::pin(async move { associate(&call).await })),
    ("DisassociateRouteTable", |call| Box::pin(async move { disassociate(&call).await })),
];

impl Described for RouteTable {
    const PREFIX: &'static str = "rtb-";
    const IDS: &'static str = "RouteTableId";
    const NOT_FOUND: &'static str = "InvalidRouteTableID.NotFound";
    const MALFORMED: &'static str = "InvalidRouteTableId.Malformed";
    const NAME: &'static str = "routeTable";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("route-table-id", "routeTableId"),
        ("vpc-id", "vpcId"),
        ("association.main", "associationSet.main"),
        ("association.subnet-id", "associationSet.subnetId"),
        ("association.route-table-association-id", "associationSet.routeTableAssociationId"),
        ("route.destination-cidr-block", "routeSet.destinationCidrBlock"),
        ("route.gateway-id", "routeSet.gatewayId"),
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
        let route = |route: &Route| {
            let origin = if route.target == "local" { "CreateRouteTable" } else { "CreateRoute" };
            json!({
                "destinationCidrBlock": route.destination, "gatewayId": route.target, "state": "active", "origin": origin,
            })
        };
        let association = |one: &Association| {
            json!({
                "routeTableAssociationId": one.id, "routeTableId": id, "main": one.subnet.is_none(),
                "subnetId": one.subnet, "associationState": {"state": "associated"},
            })
        };
        Ok(json!({
            "routeTableId": id, "vpcId": self.spec.vpc, "ownerId": call.owner(), "propagatingVgwSet": [],
            "routeSet": self.spec.routes.iter().map(route).collect::<Vec<_>>(),
            "associationSet": self.spec.associations.iter().map(association).collect::<Vec<_>>(),
            "tagSet": tag_set(&self.spec.tags),
        }))
    }
}

async fn create(call: &Call) -> Result<Value> {
    let vpc = call.required("VpcId")?;
    let cidr = call.find::<Vpc>(vpc).await?.spec.cidr;
    let spec = RouteTableSpec {
        vpc: vpc.to_owned(),
        routes: vec![Route { destination: cidr, target: "local".to_owned() }],
        associations: Vec::new(),
        tags: call.new_tags("route-table"),
    };
    let made = call.make(&RouteTable { metadata: named(&new_id::<RouteTable>()), spec }).await?;
    Ok(json!({"routeTable": made.show(call).await?}))
}

async fn delete(call: &Call) -> Result<Value> {
    let id = call.required("RouteTableId")?;
    if !call.find::<RouteTable>(id).await?.spec.associations.is_empty() {
        return Err(in_use("routeTable", id));
    }
    call.objects.delete::<RouteTable>(id).await.map_err(Error::internal)?;
    Ok(json!({"return": true}))
}

async fn create_route(call: &Call) -> Result<Value> {
    let id = call.required("RouteTableId")?;
    let text = call.required("DestinationCidrBlock")?;
    let destination = Cidr::parse(text).map(|cidr| cidr.to_string()).ok_or_else(|| {
        let message =
            format!("Value ({text}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.");
        Error::client("InvalidParameterValue", message)
    })?;
    let target = call.form.get("GatewayId").ok_or_else(|| {
        let message = "The request must contain the parameter gatewayId: only internet gateways are targets so far";
        Error::client("MissingParameter", message)
    })?;
    let gateway = call.find::<InternetGateway>(target).await?;
    let table = call.find::<RouteTable>(id).await?;
    if gateway.spec.vpc.as_deref() != Some(&table.spec.vpc) {
        let message = format!("route table {id} and network gateway {target} belong to different networks");
        return Err(Error::client("InvalidParameterValue", message));
    }
    call.change::<RouteTable>(id, |table| {
        if table.spec.routes.iter().any(|route| route.destination == destination) {
            let message = format!("The route identified by {destination} already exists.");
            return Err(Error::client("RouteAlreadyExists", message));
        }
        table.spec.routes.push(Route { destination: destination.clone(), target: target.to_owned() });
        Ok(())
    })
    .await?;
    Ok(json!({"return": true}))
}

async fn delete_route(call: &Call) -> Result<Value> {
    let id = call.required("RouteTableId")?;
    let destination = call.required("DestinationCidrBlock")?;
    call.change::<RouteTable>(id, |table| {
        let before = table.spec.routes.len();
        table.spec.routes.retain(|route| route.destination != destination || route.target == "local");
        if table.spec.routes.len() == before {
            let message = format!("no route with destination-cidr-block {destination} in route table {id}");
            return Err(Error::client("InvalidRoute.NotFound", message));
        }
        Ok(())
    })
    .await?;
    Ok(json!({"return": true}))
}

async fn associate(call: &Call) -> Result<Value> {
    let (id, subnet) = (call.required("RouteTableId")?, call.required("SubnetId")?);
    let vpc = call.find::<Subnet>(subnet).await?.spec.vpc;
    let association = Association { id: ids::resource("rtbassoc"), subnet: Some(subnet.to_owned()) };
    for table in call.list::<RouteTable>().await? {
        if table.spec.associations.iter().any(|one| one.subnet.as_deref() == Some(subnet)) {
            let message =
                format!("the specified association for route table {id} conflicts with an existing association");
            return Err(Error::client("Resource.AlreadyAssociated", message));
        }
    }
    call.change::<RouteTable>(id, |table| {
        if table.spec.vpc != vpc {
            let message = format!("Route table {id} and subnet {subnet} belong to different networks");
            return Err(Error::client("InvalidParameterValue", message));
        }
        table.spec.associations.push(association.clone());
        Ok(())
    })
    .await?;
    Ok(json!({"associationId": association.id, "associationState": {"state": "associated"}}))
}

async fn disassociate(call: &Call) -> Result<Value> {
    let id = call.required("AssociationId")?;
    let all = call.list::<RouteTable>().await?;
    let own = |table: &&RouteTable| table.spec.associations.iter().any(|one| one.id == id);
    let table = all.iter().find(own).and_then(|table| table.metadata.name.clone()).ok_or_else(|| {
        Error::client("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist"))
    })?;
    call.change::<RouteTable>(&table, |table| {
        if table.spec.associations.iter().any(|one| one.id == id && one.subnet.is_none()) {
            let message = format!("cannot disassociate the main route table association {id}");
            return Err(Error::client("InvalidParameterValue", message));
        }
        table.spec.associations.retain(|one| one.id != id);
        Ok(())
    })
    .await?;
    Ok(json!({"return": true}))
}
