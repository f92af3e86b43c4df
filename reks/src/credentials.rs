//! The credentials of the region's first user, as the region leaves them for whoever is root on its machine.

use anyhow::Context;
use reks_client::Credentials;
use reks_host::Places;

/// Reads them.
pub fn read(places: &Places) -> anyhow::Result<Credentials> {
    let file = places.state.join("credentials.json");
    let text = std::fs::read(&file).with_context(|| {
        format!("cannot read {}: has the region been started (`reks up`), and is this root", file.display())
    })?;
    Ok(serde_json::from_slice(&text)?)
}

/// Leaves them, readable by root alone (the umask sees to it), and beside them the AWS CLI's own files.
pub fn write(credentials: &Credentials, places: &Places) -> anyhow::Result<()> {
    let put = |name: &str, content: String| -> anyhow::Result<()> {
        let (file, new) = (places.state.join(name), places.state.join(format!("{name}.new")));
        std::fs::write(&new, content)?;
        std::fs::rename(new, file)?;
        Ok(())
    };
    let Credentials { region, endpoint, access_key, secret, .. } = credentials;
    put("credentials.json", serde_json::to_string(credentials)?)?;
    put("aws-config", format!("[profile reks]\nregion = {region}\nendpoint_url = {endpoint}\noutput = json\n"))?;
    put("aws-credentials", format!("[reks]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret}\n"))
}
