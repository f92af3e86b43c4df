//! What the region has: availability zones, and what the account may do.

use reks_wire::Error;
use serde_json::{Value, json};

use super::{Action, Call, Result};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("DescribeAvailabilityZones", |call| Box::pin(async move { zones(&call) })),
    ("DescribeRegions", |call| {
        Box::pin(async move {
            let endpoint = format!("ec2.{}.amazonaws.com", call.region);
            Ok(
                json!({"regionInfo": [{"regionName": call.region, "regionEndpoint": endpoint, "optInStatus": "opt-in-not-required"}]}),
            )
        })
    }),
    ("DescribeAccountAttributes", |_| {
        Box::pin(async {
            Ok(json!({"accountAttributeSet": [{
                "attributeName": "supported-platforms", "attributeValueSet": [{"attributeValue": "VPC"}],
            }]}))
        })
    }),
];

/// The letters of the zones.
pub(crate) const ZONES: &[&str] = &["a", "b", "c"];

fn zones(call: &Call) -> Result<Value> {
    let region = &call.region;
    let wanted = call.form.list("ZoneName");
    let names: Vec<String> = ZONES.iter().map(|zone| format!("{region}{zone}")).collect();
    if let Some(name) = wanted.iter().find(|name| !names.contains(name)) {
        return Err(Error::client("InvalidParameterValue", format!("Invalid availability zone: [{name}]")));
    }
    let mut list = Vec::new();
    for (number, name) in names.iter().enumerate().filter(|(_, name)| wanted.is_empty() || wanted.contains(name)) {
        let zone = json!({
            "zoneName": name, "zoneState": "available", "regionName": region, "zoneId": zone_id(region, number),
            "groupName": region, "networkBorderGroup": region, "optInStatus": "opt-in-not-required",
            "zoneType": "availability-zone", "messageSet": [],
        });
        let picked = call.form.filters().iter().all(|(name, values)| {
            let own = match name.as_str() {
                "zone-name" => &zone["zoneName"],
                "state" => &zone["zoneState"],
                "region-name" => &zone["regionName"],
                "zone-type" => &zone["zoneType"],
                "opt-in-status" => &zone["optInStatus"],
                _ => &Value::Null,
            };
            values.iter().any(|value| own == value)
        });
        if picked {
            list.push(zone);
        }
    }
    Ok(json!({"availabilityZoneInfo": list}))
}

/// `use1-az1` for the first zone of `us-east-1`.
pub(crate) fn zone_id(region: &str, number: usize) -> String {
    let mut parts = region.split('-');
    let area = parts.next().unwrap_or_default();
    let side = parts.next().and_then(|side| side.chars().next()).map(String::from).unwrap_or_default();
    format!("{area}{side}{}-az{}", parts.next().unwrap_or_default(), number + 1)
}
