//! Tags of clusters.

use http::StatusCode;
use reks_objects::Part;
use reks_wire::Error;
use serde_json::{Value, json};

use super::{Call, Result, tag_map};
use crate::objects::{Cluster, ClusterSpec};

fn name<'a>(call: &Call<'_>, arn: &'a str) -> Result<&'a str> {
    call.region.cluster_of(arn).filter(|name| !name.is_empty()).ok_or_else(|| not_found(arn))
}

fn not_found(arn: &str) -> Error {
    let message = format!("Resource not found: {arn}");
    Error::client("NotFoundException", message).with_status(StatusCode::NOT_FOUND)
}

async fn change(call: &Call<'_>, arn: &str, mut change: impl FnMut(&mut ClusterSpec)) -> Result<Value> {
    let name = name(call, arn)?;
    let changed = call.objects.change::<Cluster, Error>(name, Part::Spec, |cluster| {
        change(&mut cluster.spec);
        Ok(())
    });
    changed.await.map_err(Error::internal)?.ok_or_else(|| not_found(arn))??;
    Ok(json!({}))
}

pub async fn add(call: &Call<'_>, arn: &str) -> Result<Value> {
    let tags = tag_map(&call.request.body["tags"]);
    change(call, arn, |cluster| cluster.tags.extend(tags.clone())).await
}

pub async fn remove(call: &Call<'_>, arn: &str) -> Result<Value> {
    let keys: Vec<&String> =
        call.request.query.iter().filter(|(name, _)| name == "tagKeys").map(|(_, value)| value).collect();
    change(call, arn, |cluster| cluster.tags.retain(|key, _| !keys.contains(&key))).await
}

pub async fn list(call: &Call<'_>, arn: &str) -> Result<Value> {
    let found = call.objects.get::<Cluster>(name(call, arn)?).await.map_err(Error::internal)?;
    Ok(json!({"tags": found.ok_or_else(|| not_found(arn))?.spec.tags}))
}
