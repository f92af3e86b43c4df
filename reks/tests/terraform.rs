//! Terraform with the AWS provider: a network, a role and a cluster, read back without a difference, and destroyed.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::process::Output;

use support::{Region, succeed};

/// Runs terraform in a folder.
fn terraform(region: &Region, folder: &str, words: &[&str]) -> Output {
    let folder = format!("-chdir={folder}");
    region.client("terraform", &[&[folder.as_str()], words, &["-no-color"]].concat())
}

#[test]
fn terraform_makes_reads_back_and_destroys_a_cluster() {
    let Some(region) = Region::up() else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terraform/main.tf");
    std::fs::copy(source, folder.path().join("main.tf")).unwrap();
    let folder = folder.path().to_str().unwrap();
    // Where the provider is already on the machine, nothing is fetched.
    let plugins = std::env::var("REKS_TEST_TERRAFORM_PLUGINS").map(|path| format!("-plugin-dir={path}"));
    let init: Vec<&str> = std::iter::once("init").chain(plugins.iter().map(String::as_str)).collect();
    if std::process::Command::new("terraform").arg("version").output().is_err()
        || !terraform(&region, folder, &init).status.success()
    {
        eprintln!(
            "skipped: terraform, or its AWS provider 5.100, is not at hand; REKS_TEST_TERRAFORM_PLUGINS may name a folder of plugins"
        );
        return;
    }
    let run = |words: &[&str]| succeed(terraform(&region, folder, words), words);
    assert!(run(&["apply", "-auto-approve"]).contains("11 added, 0 changed, 0 destroyed"));
    assert_eq!(region.aws("eks describe-cluster --name terraform")["cluster"]["status"], "ACTIVE");
    assert!(run(&["plan", "-detailed-exitcode"]).contains("No changes."));
    assert!(run(&["destroy", "-auto-approve"]).contains("11 destroyed"));
    assert_eq!(region.aws("eks list-clusters")["clusters"], serde_json::json!(["demo"]));
}
