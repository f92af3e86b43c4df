//! Control planes: for each object a process, ready before it is called ready, and nothing of it left afterwards.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::api::{Api, Patch, PatchParams};
use kube::runtime::controller::{Action, Controller};
use kube::runtime::watcher::Config;
use kube::{Client, ResourceExt};
use parking_lot::Mutex;
use reks_eks::objects::{ControlPlane, ControlPlaneStatus};
use reks_hostnet::{Link, Namespaces, Wanted};
use reks_objects::{Objects, Part};
use serde_json::json;
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use crate::{Places, Process};

/// Keeps a control plane's object until the machine has nothing of it left.
const FINALIZER: &str = "host.reks.dev/control-plane";
/// Ports of public endpoints.
const PORTS: std::ops::RangeInclusive<u16> = 21_000..=29_999;
/// Users of control planes: beyond those that a system has by itself.
const USERS: std::ops::RangeInclusive<u32> = 2_000_000..=2_099_999;
/// How often a process that is ready is looked after.
const LOOK: Duration = Duration::from_secs(2);
/// How soon to look again at one that starts.
const STARTING: Duration = Duration::from_millis(20);
/// How soon a look that failed is repeated.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a process may take to be ready before it is started anew.
const START_TIME: Duration = Duration::from_secs(20);

/// Serves a cluster's questions about tokens at a socket, until it is aborted.
pub type TokenServer = Arc<dyn Fn(String, UnixListener) -> JoinHandle<()> + Send + Sync>;

/// Why a look at a control plane failed. It is repeated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The region's objects could not be read or written.
    #[error(transparent)]
    Objects(#[from] reks_objects::Error),
    /// The region's API server refused or did not answer.
    #[error("the region's own API server says: {0}")]
    Api(#[from] kube::Error),
    /// The machine refused.
    #[error("{what}: {source}")]
    Machine {
        /// What was tried.
        what: String,
        /// What it said.
        source: io::Error,
    },
    /// The machine's network refused.
    #[error(transparent)]
    Network(#[from] reks_hostnet::Error),
    /// There is no port or user left.
    #[error("no {0} is left for another control plane: delete a cluster")]
    Exhausted(&'static str),
}

type Result<T> = std::result::Result<T, Error>;

/// The agent.
pub struct Agent {
    objects: Objects,
    places: Places,
    networks: Namespaces,
    binary: PathBuf,
    tokens: TokenServer,
    sockets: Mutex<HashMap<String, JoinHandle<()>>>,
    /// Held while a port and a user are chosen, so that no two control planes get the same.
    choosing: tokio::sync::Mutex<()>,
    started: Mutex<HashMap<String, std::time::Instant>>,
}

impl Agent {
    /// An agent that starts `binary control-plane --config <file>`.
    #[must_use]
    pub fn new(client: Client, account: &str, places: Places, binary: PathBuf, tokens: TokenServer) -> Self {
        Self {
            objects: Objects::new(client, account),
            networks: Namespaces::new(places.networks()),
            places,
            binary,
            tokens,
            sockets: Mutex::default(),
            choosing: tokio::sync::Mutex::default(),
            started: Mutex::default(),
        }
    }

    /// Works until the future is dropped. What runs goes on running.
    pub async fn run(self) {
        let planes: Api<ControlPlane> = self.objects.api();
        let failed = |_: Arc<ControlPlane>, error: &Error, _: Arc<Self>| {
            tracing::warn!(%error, "a control plane waits");
            Action::requeue(AGAIN)
        };
        Controller::new(planes, Config::default())
            .run(|plane, agent: Arc<Self>| async move { agent.look(&plane).await }, failed, Arc::new(self))
            .for_each(|_| async {})
            .await;
    }

    async fn look(&self, plane: &ControlPlane) -> Result<Action> {
        let name = plane.name_any();
        if plane.metadata.deletion_timestamp.is_some() {
            self.take_down(plane).await?;
            return Ok(Action::await_change());
        }
        if !plane.finalizers().iter().any(|one| one == FINALIZER) {
            let patch = json!({"metadata": {
                "finalizers": [FINALIZER], "resourceVersion": plane.resource_version(),
            }});
            self.objects.api::<ControlPlane>().patch(&name, &PatchParams::default(), &Patch::Merge(patch)).await?;
            // The change wakes us.
            return Ok(Action::await_change());
        }
        let status = plane.status.clone().unwrap_or_default();
        let (Some(port), Some(user)) = (status.port, status.user) else {
            self.choose(plane).await?;
            return Ok(Action::await_change());
        };
        self.ensure_process(plane, port, user)?;
        if self.is_ready(plane, port).await {
            self.tell(&name, true, String::new(), &status).await?;
            return Ok(Action::requeue(LOOK));
        }
        if status.ready {
            self.tell(&name, false, "the API server does not answer".to_owned(), &status).await?;
        }
        let since = self.started.lock().get(&name).copied();
        if since.is_some_and(|since| since.elapsed() > START_TIME) {
            let file = self.places.cluster_run(&plane.spec.unique_id).join("pid");
            if let Some(process) = Process::read(&file) {
                tracing::warn!(cluster = name, "a control plane does not become ready and is started anew");
                process.stop().await;
            }
        }
        Ok(Action::requeue(STARTING))
    }

    /// Gives a control plane a port and a user that no other has.
    async fn choose(&self, plane: &ControlPlane) -> Result<()> {
        let _alone = self.choosing.lock().await;
        let all = self.objects.list::<ControlPlane>().await?;
        let of = |plane: &ControlPlane| plane.status.clone().unwrap_or_default();
        let ports: HashSet<u16> = all.iter().filter_map(|plane| of(plane).port).collect();
        let users: HashSet<u32> = all.iter().filter_map(|plane| of(plane).user).collect();
        let free = |port: &u16| !ports.contains(port) && std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
        let port = PORTS.clone().find(free).ok_or(Error::Exhausted("port"))?;
        let user = USERS.clone().find(|user| !users.contains(user)).ok_or(Error::Exhausted("user"))?;
        let change = |plane: &mut ControlPlane| -> std::result::Result<(), std::convert::Infallible> {
            let status = plane.status.get_or_insert_default();
            status.port.get_or_insert(port);
            status.user.get_or_insert(user);
            Ok(())
        };
        self.objects.change::<ControlPlane, _>(&plane.name_any(), Part::Status, change).await?;
        Ok(())
    }

    /// Starts the process unless it runs.
    fn ensure_process(&self, plane: &ControlPlane, port: u16, user: u32) -> Result<()> {
        let name = plane.name_any();
        let unique_id = &plane.spec.unique_id;
        let (state, run) = (self.places.cluster_state(unique_id), self.places.cluster_run(unique_id));
        let socket = run.join("tokens.sock");
        self.ensure_socket(&name, &run, &socket, user)?;
        if Process::read(&run.join("pid")).is_some() {
            return Ok(());
        }
        let network = self.networks.ensure(unique_id)?;
        // The control plane listens there for its own; its interfaces in the user's VPC have no wires yet.
        network.apply(&Wanted { links: vec![Link::existing("lo")], ..Wanted::default() })?;
        make_folder(&state, user, 0o700)?;
        let spec = &plane.spec;
        let config = json!({
            "cluster": name, "version": spec.version, "store": state.join("store"), "ca_certificate": spec.ca_certificate,
            "ca_key": spec.ca_key, "token_key": spec.token_key, "issuer": spec.issuer, "service_cidr": spec.service_cidr,
            "public": [format!("127.0.0.1:{port}")], "network_namespace": network.path(), "private": ["0.0.0.0:443"],
            "names": spec.interfaces.iter().map(|one| &one.address).collect::<Vec<_>>(),
            "token_webhook": socket, "user": user,
        });
        let file = run.join("config.json");
        // It holds keys: nobody but root may read it, not for an instant.
        let failed = |what: &str| {
            let what = format!("{what} {}", file.display());
            move |source: io::Error| Error::Machine { what, source }
        };
        let _ = fs::remove_file(&file);
        use std::os::unix::fs::OpenOptionsExt;
        let mut writer =
            fs::File::options().write(true).create_new(true).mode(0o600).open(&file).map_err(failed("cannot make"))?;
        io::Write::write_all(&mut writer, config.to_string().as_bytes()).map_err(failed("cannot write"))?;
        let mut command = Command::new(&self.binary);
        command.arg("control-plane").arg("--config").arg(&file);
        let process = Process::start(&mut command, &run.join("log"))
            .map_err(|source| Error::Machine { what: format!("cannot start the control plane of {name}"), source })?;
        process.write(&run.join("pid")).map_err(failed("cannot write down the process of"))?;
        self.started.lock().insert(name.clone(), std::time::Instant::now());
        tracing::info!(cluster = name, pid = process.pid, port, "started a control plane");
        Ok(())
    }

    /// Listens at the cluster's socket, which its user alone can reach.
    fn ensure_socket(&self, name: &str, run: &std::path::Path, socket: &std::path::Path, user: u32) -> Result<()> {
        let mut sockets = self.sockets.lock();
        if sockets.get(name).is_some_and(|task| !task.is_finished()) && socket.exists() {
            return Ok(());
        }
        make_folder(run, user, 0o700)?;
        let failed =
            |source: io::Error| Error::Machine { what: format!("cannot listen at {}", socket.display()), source };
        let _ = fs::remove_file(socket);
        let listener = UnixListener::bind(socket).map_err(failed)?;
        own(socket, user, 0o600)?;
        if let Some(old) = sockets.insert(name.to_owned(), (self.tokens)(name.to_owned(), listener)) {
            old.abort();
        }
        Ok(())
    }

    async fn is_ready(&self, plane: &ControlPlane, port: u16) -> bool {
        let Ok(uri) = format!("https://127.0.0.1:{port}").parse() else { return false };
        let mut config = kube::Config::new(uri);
        config.root_cert = pem(&plane.spec.ca_certificate).map(|der| vec![der]);
        config.connect_timeout = Some(Duration::from_secs(1));
        config.read_timeout = Some(Duration::from_secs(1));
        let Ok(client) = Client::try_from(config) else { return false };
        let Ok(request) = http::Request::get("/readyz").body(Vec::new()) else { return false };
        client.request_text(request).await.is_ok_and(|text| text == "ok")
    }

    async fn tell(&self, name: &str, ready: bool, message: String, before: &ControlPlaneStatus) -> Result<()> {
        if before.ready == ready && before.message == message {
            return Ok(());
        }
        let change = |plane: &mut ControlPlane| -> std::result::Result<(), std::convert::Infallible> {
            let status = plane.status.get_or_insert_default();
            status.ready = ready;
            status.message.clone_from(&message);
            Ok(())
        };
        self.objects.change::<ControlPlane, _>(name, Part::Status, change).await?;
        Ok(())
    }

    /// Ends the process, and removes everything of it.
    async fn take_down(&self, plane: &ControlPlane) -> Result<()> {
        let name = plane.name_any();
        let unique_id = &plane.spec.unique_id;
        let (state, run) = (self.places.cluster_state(unique_id), self.places.cluster_run(unique_id));
        if let Some(process) = Process::read(&run.join("pid")) {
            process.stop().await;
        }
        if let Some(task) = self.sockets.lock().remove(&name) {
            task.abort();
        }
        self.started.lock().remove(&name);
        self.networks.delete(unique_id)?;
        for folder in [state, run] {
            match fs::remove_dir_all(&folder) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::Machine { what: format!("cannot remove {}", folder.display()), source });
                }
                _ => {}
            }
        }
        let rest: Vec<&String> = plane.finalizers().iter().filter(|one| *one != FINALIZER).collect();
        let patch = Patch::Merge(json!({"metadata": {"finalizers": rest}}));
        match self.objects.api::<ControlPlane>().patch(&name, &PatchParams::default(), &patch).await {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }
}

fn pem(text: &str) -> Option<Vec<u8>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    CertificateDer::from_pem_slice(text.as_bytes()).ok().map(|der| der.to_vec())
}

/// Makes a folder that a user owns. The folders above it can be passed through, and not looked into.
fn make_folder(path: &std::path::Path, user: u32, mode: u32) -> Result<()> {
    let failed = |source: io::Error| Error::Machine { what: format!("cannot make {}", path.display()), source };
    fs::create_dir_all(path).map_err(failed)?;
    if let Some(parent) = path.parent() {
        fs::set_permissions(parent, fs::Permissions::from_mode(0o711)).map_err(failed)?;
    }
    own(path, user, mode)
}

fn own(path: &std::path::Path, user: u32, mode: u32) -> Result<()> {
    let failed = |source: io::Error| Error::Machine { what: format!("cannot give away {}", path.display()), source };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(failed)?;
    chown(path, Some(user), Some(user)).map_err(failed)
}
