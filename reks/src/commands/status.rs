//! `reks status`: the region and its clusters.

use http::Method;
use reks_client::{Aws, Credentials};
use reks_host::Process;
use serde_json::{Value, json};

use super::block_on;
use crate::credentials;
use crate::serve::Settings;

/// Prints a table, or JSON.
pub fn main(settings: &Settings, as_json: bool) -> anyhow::Result<()> {
    let Some(region) = Process::read(&settings.places.run.join("region.pid")) else {
        if as_json {
            println!("{}", json!({"running": false}));
        } else {
            println!("the region is not running: `reks up` starts it");
        }
        return Ok(());
    };
    let credentials = credentials::read(&settings.places)?;
    let aws = Aws { credentials };
    let clusters = block_on(clusters(&aws))?;
    let Credentials { account, region: name, endpoint, .. } = &aws.credentials;
    if as_json {
        println!(
            "{}",
            json!({
                "running": true, "pid": region.pid, "account": account, "region": name, "endpoint": endpoint,
                "clusters": clusters,
            })
        );
        return Ok(());
    }
    println!("region   {name}, account {account}, {endpoint}, process {}", region.pid);
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(["CLUSTER", "STATUS", "VERSION", "ENDPOINT"]);
    for cluster in &clusters {
        let text = |field: &str| cluster[field].as_str().unwrap_or_default().to_owned();
        table.add_row([text("name"), text("status"), text("version"), text("endpoint")]);
    }
    println!("{table}");
    Ok(())
}

async fn clusters(aws: &Aws) -> anyhow::Result<Vec<Value>> {
    let list = aws.eks(Method::GET, "/clusters", None).await?.unwrap_or_default();
    let mut clusters = Vec::new();
    for name in list["clusters"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let Some(found) = aws.eks(Method::GET, &format!("/clusters/{name}"), None).await? {
            clusters.push(found["cluster"].clone());
        }
    }
    Ok(clusters)
}
