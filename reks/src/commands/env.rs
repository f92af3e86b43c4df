//! `reks env`: what a shell needs to reach the region with the AWS CLI and its clusters with kubectl.

use crate::credentials;
use crate::serve::Settings;

/// Prints shell code. The user's own `~/.aws` and `~/.kube` are not touched.
pub fn main(settings: &Settings) -> anyhow::Result<()> {
    let credentials = credentials::read(&settings.places)?;
    let state = settings.places.state.display();
    println!("export AWS_CONFIG_FILE={state}/aws-config");
    println!("export AWS_SHARED_CREDENTIALS_FILE={state}/aws-credentials");
    println!("export AWS_PROFILE=reks");
    println!("export AWS_REGION={}", credentials.region);
    println!("export AWS_ENDPOINT_URL={}", credentials.endpoint);
    println!("export KUBECONFIG={state}/kubeconfig");
    Ok(())
}
