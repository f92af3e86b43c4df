use std::fs;
use std::path::Path;

use crate::{Error, Namespace, Wanted, links, nft, routes};

/// What an application changed, one line a change, for logs and tests.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changes {
    lines: Vec<String>,
}

impl Changes {
    /// Whether everything was already as wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The changes in the order in which they were made.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    pub(crate) fn note(&mut self, line: String) {
        tracing::debug!(change = line, "network");
        self.lines.push(line);
    }
}

impl Namespace {
    /// Makes this namespace hold what is wanted: changes what differs, removes what the owner has and did not ask for.
    ///
    /// Filters go first, so that no link is ever up without them; the order of the rest is that of need: links, settings, addresses, routes, rules.
    pub fn apply(&self, wanted: &Wanted) -> Result<Changes, Error> {
        self.run(|| {
            let mut changes = Changes::default();
            let owner = wanted.owner.as_ref();
            nft::apply(owner, &wanted.tables, &mut changes)?;
            with_netlink(async |handle| {
                let links = links::apply(handle, owner, &wanted.links, &mut changes).await?;
                for (key, value) in &wanted.sysctls {
                    set_sysctl(key, value, &mut changes)?;
                }
                links::apply_addresses(handle, owner, &links, &wanted.addresses, &mut changes).await?;
                routes::apply_routes(handle, owner, &links, &wanted.routes, &mut changes).await?;
                routes::apply_rules(handle, owner, &wanted.rules, &mut changes).await
            })?;
            Ok(changes)
        })?
    }

    /// Removes a link, and with it the far end of a pair. That it is gone already is fine.
    pub fn remove_link(&self, name: &str) -> Result<(), Error> {
        self.run(|| with_netlink(async |handle| links::remove(handle, name).await))?
    }

    /// The names of the links that are here.
    pub fn links(&self) -> Result<Vec<String>, Error> {
        self.run(|| with_netlink(async |handle| Ok(links::list(handle).await?.into_keys().collect())))?
    }

    /// Runs an nftables script here: all of it is done, or nothing.
    pub fn nft(&self, script: &str) -> Result<(), Error> {
        self.run(|| nft::run_script(script))?
    }
}

/// Runs requests on a netlink socket opened in the calling thread's namespace.
fn with_netlink<T>(work: impl AsyncFnOnce(&rtnetlink::Handle) -> Result<T, Error>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(Error::Socket)?;
    runtime.block_on(async {
        let (connection, handle, _) = rtnetlink::new_connection().map_err(Error::Socket)?;
        let connection = tokio::spawn(connection);
        let result = work(&handle).await;
        connection.abort();
        result
    })
}

fn set_sysctl(key: &str, value: &str, changes: &mut Changes) -> Result<(), Error> {
    // `/proc/sys/net` shows the settings of the namespace of the thread that looks.
    let path = Path::new("/proc/sys").join(key);
    let failed = |source| Error::Sysctl { key: key.to_owned(), source };
    if fs::read_to_string(&path).map_err(failed)?.trim() != value {
        fs::write(&path, value).map_err(failed)?;
        changes.note(format!("setting {key} = {value}"));
    }
    Ok(())
}
