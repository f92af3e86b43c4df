use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{StreamExt as _, stream};
use kube::api::{Patch, PatchParams};
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, Resource, ResourceExt as _};
use reks_ec2::objects::{
    Instance, InternetGateway, NetworkInterface, RouteTable, SecurityGroup, Subnet, Vpc as VpcObject,
};
use reks_eks::objects::ControlPlane;
use reks_hostnet::{Namespace, Namespaces};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::cgroup::{Cgroup, Limits};
use crate::machine::Machine;
use crate::plan::{Objects, limits, runs, vpcs};
use crate::program::{Folders, Program, write_whole};
use crate::relay::Relay;
use crate::vpc::{REGION_ADDRESS, RESOLVER_ADDRESS, Vpc, host_side};

/// How long changes are gathered before they are made real.
const GATHER: Duration = Duration::from_millis(10);

/// How long after a failure everything is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How soon is looked again for the namespace of a control plane that is being made.
const SOON: Duration = Duration::from_millis(100);

/// How often everything is compared although nothing changed: somebody may have changed the host.
const RESYNC: Duration = Duration::from_secs(30);

/// What the agent is told by its caller.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where state is kept that outlives a boot.
    pub state_folder: PathBuf,
    /// Where state is kept that does not.
    pub run_folder: PathBuf,
    /// The control group below which everything runs, such as `reks`.
    pub group: String,
    /// The file of the network namespace in which VPCs have their way out; the agent's own when absent.
    pub host_network: Option<PathBuf>,
    /// The command line that becomes a machine: the program has to call [`crate::machine::main`] with `{description}`.
    pub machine_command: Vec<String>,
    /// The programs of each machine with their command lines.
    pub machine_programs: Vec<(String, Vec<String>)>,
    /// Files that each machine finds, such as the container runtime's configuration.
    pub machine_files: BTreeMap<PathBuf, String>,
    /// Symbolic links that each machine finds, such as the network plugins.
    pub machine_symlinks: BTreeMap<PathBuf, PathBuf>,
    /// Which ports of [`REGION_ADDRESS`] lead to which addresses of the host.
    pub relays: Vec<(u16, SocketAddr)>,
}

impl Options {
    fn namespaces(&self) -> Namespaces {
        Namespaces::new(self.run_folder.join("netns"))
    }

    fn folders(&self) -> Folders {
        Folders {
            records: self.run_folder.join("processes"),
            logs: self.state_folder.join("log"),
            group: self.group.clone(),
        }
    }

    fn mount_points(&self) -> PathBuf {
        self.run_folder.join("mount-points")
    }

    fn host_network(&self) -> Result<Namespace, reks_hostnet::Error> {
        self.host_network.as_ref().map_or_else(Namespace::current, Namespace::open)
    }

    fn instances(&self) -> PathBuf {
        self.state_folder.join("instances")
    }
}

/// Why the agent could not do its work; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The network could not be changed.
    #[error(transparent)]
    Network(#[from] reks_hostnet::Error),
    /// A file or process could not be made or removed.
    #[error("{action}: {source}")]
    Host {
        /// What was tried.
        action: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The region's API refused a status.
    #[error("tell the region about {object}: {source}")]
    Status {
        /// The object.
        object: String,
        /// The API's answer.
        #[source]
        source: Box<kube::Error>,
    },
    /// The watches ended, which they do only when the program does.
    #[error("the watches of the region's objects ended")]
    WatchEnded,
}

fn failed(action: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
    let action = action.into();
    move |source| Error::Host { action, source }
}

/// The region's objects of one kind, as they are now, and the stream that keeps them so.
type Watched<K> = (Store<K>, BoxStream<'static, Result<(), watcher::Error>>);

fn watch<K>(client: &Client) -> Watched<K>
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    let (store, writer) = reflector::store();
    let events = watcher(Api::<K>::all(client.clone()), watcher::Config::default()).default_backoff();
    (store, reflector::reflector(writer, events).map(|event| event.map(drop)).boxed())
}

/// The networks and instances of this machine.
///
/// It is level-triggered: whatever changed, all objects are compared with all that is there, and only what differs is changed. So it can be killed
/// at any instant, and the next one goes on; what it started keeps running meanwhile.
pub struct Machines {
    client: Client,
    options: Arc<Options>,
    vpcs: Store<VpcObject>,
    subnets: Store<Subnet>,
    route_tables: Store<RouteTable>,
    gateways: Store<InternetGateway>,
    groups: Store<SecurityGroup>,
    interfaces: Store<NetworkInterface>,
    instances: Store<Instance>,
    /// The tasks that keep programs running, with the programs.
    kept: BTreeMap<String, (Program, JoinHandle<()>)>,
    relays: BTreeMap<String, Vec<Relay>>,
    applied: Option<Vec<Vpc>>,
}

impl Machines {
    /// Makes real, on this machine, the VPCs and instances that the region's objects ask for, until it is dropped; dropping leaves
    /// everything running.
    pub async fn run(client: Client, options: Options) -> Result<(), Error> {
        let (vpcs, vpc_events) = watch(&client);
        let (subnets, subnet_events) = watch(&client);
        let (route_tables, route_table_events) = watch(&client);
        let (gateways, gateway_events) = watch(&client);
        let (groups, group_events) = watch(&client);
        let (interfaces, interface_events) = watch(&client);
        let (instances, instance_events) = watch(&client);
        // Nothing is read of control planes, but when they come and go their interfaces do.
        let (_planes, plane_events) = watch::<ControlPlane>(&client);
        let mut events = stream::select_all([
            vpc_events,
            subnet_events,
            route_table_events,
            gateway_events,
            group_events,
            interface_events,
            instance_events,
            plane_events,
        ]);
        let (kept, relays, options) = (BTreeMap::new(), BTreeMap::new(), Arc::new(options));
        let mut machines = Self {
            client,
            options,
            vpcs,
            subnets,
            route_tables,
            gateways,
            groups,
            interfaces,
            instances,
            kept,
            relays,
            applied: None,
        };
        let mut due = None;
        let mut complete = false;
        loop {
            let wake = due.unwrap_or_else(|| Instant::now() + RESYNC);
            tokio::select! {
                event = events.next() => match event {
                    None => return Err(Error::WatchEnded),
                    Some(Err(error)) => tracing::warn!(%error, "watch the region's objects; it is tried again"),
                    Some(Ok(())) => {
                        let soon = Instant::now() + GATHER;
                        due = Some(due.map_or(soon, |due: Instant| due.min(soon)));
                    }
                },
                () = tokio::time::sleep_until(wake) => {
                    // Before all lists are whole, what is missing from them cannot be told from what was deleted.
                    complete = complete || machines.lists_are_whole().await;
                    if due.take().is_none() {
                        machines.applied = None;
                    }
                    if !complete {
                        continue;
                    }
                    match machines.reconcile().await {
                        Ok(true) => {}
                        Ok(false) => due = Some(Instant::now() + SOON),
                        Err(error) => {
                            tracing::error!(%error, "the host is not yet as the region wants it; it is tried again");
                            machines.applied = None;
                            due = Some(Instant::now() + RETRY);
                        }
                    }
                }
            }
        }
    }

    async fn lists_are_whole(&self) -> bool {
        let all = async {
            self.vpcs.wait_until_ready().await?;
            self.subnets.wait_until_ready().await?;
            self.route_tables.wait_until_ready().await?;
            self.gateways.wait_until_ready().await?;
            self.groups.wait_until_ready().await?;
            self.interfaces.wait_until_ready().await?;
            self.instances.wait_until_ready().await
        };
        matches!(tokio::time::timeout(Duration::ZERO, all).await, Ok(Ok(())))
    }

    /// One comparison of everything: what nobody wants ends first, then networks, then what runs in them. The answer is whether nothing is
    /// waited for.
    async fn reconcile(&mut self) -> Result<bool, Error> {
        let objects = Objects {
            vpcs: self.vpcs.state(),
            subnets: self.subnets.state(),
            route_tables: self.route_tables.state(),
            gateways: self.gateways.state(),
            groups: self.groups.state(),
            interfaces: self.interfaces.state(),
            instances: self.instances.state(),
        };
        let vpcs = vpcs(&objects, &self.options.namespaces());
        let (running, ended): (Vec<_>, Vec<_>) = objects.instances.iter().partition(|instance| runs(instance));
        let names: BTreeSet<String> = running.iter().map(|instance| instance.name_any()).collect();
        self.end_unwanted(&names).await?;
        self.apply_networks(&vpcs, &names).await?;
        for instance in &running {
            self.run_instance(instance, &vpcs).await?;
        }
        for instance in ended {
            self.report(instance, "terminated").await?;
        }
        let waits = |interface: &Arc<NetworkInterface>| {
            let made = vpcs.iter().find_map(|vpc| vpc.interfaces.get(&interface.name_any()));
            interface.spec.attached_to.as_ref().is_some_and(|owner| owner.starts_with("eks:"))
                && made.is_some_and(|made| made.attachment.is_none())
        };
        Ok(!objects.interfaces.iter().any(waits))
    }

    /// Ends every process, and removes every machine's folder, that no object asks for.
    async fn end_unwanted(&mut self, names: &BTreeSet<String>) -> Result<(), Error> {
        self.kept.retain(|name, (_, task)| {
            let wanted = names.contains(name);
            if !wanted {
                task.abort();
            }
            wanted
        });
        let (options, names) = (self.options.clone(), names.clone());
        blocking(move || {
            for name in Cgroup::list(&options.group).into_iter().filter(|name| !names.contains(name)) {
                Program::end(&name, &options.folders()).map_err(failed(format!("end {name}")))?;
            }
            for entry in fs::read_dir(options.instances()).into_iter().flatten().flatten() {
                if !names.contains(&*entry.file_name().to_string_lossy()) {
                    let path = entry.path();
                    fs::remove_dir_all(&path).map_err(failed(format!("remove {}", path.display())))?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Makes all networks what they should be, and removes the namespaces of those that are gone.
    async fn apply_networks(&mut self, vpcs: &[Vpc], names: &BTreeSet<String>) -> Result<(), Error> {
        let namespaces = self.options.namespaces();
        let mut wanted_names = names.clone();
        wanted_names.extend(vpcs.iter().map(|vpc| vpc.id.clone()));
        self.relays.retain(|id, _| wanted_names.contains(id));
        let changed = self.applied.as_deref() != Some(vpcs);
        let (vpcs_owned, options) = (vpcs.to_vec(), self.options.clone());
        blocking(move || {
            // Those of other names are of control planes, and not ours to remove.
            let ours = |name: &&String| name.starts_with("vpc-") || name.starts_with("i-");
            for name in namespaces.list()?.iter().filter(ours).filter(|name| !wanted_names.contains(*name)) {
                namespaces.delete(name)?;
            }
            for name in &wanted_names {
                namespaces.ensure(name)?;
            }
            if !changed {
                return Ok(());
            }
            let uplinks =
                vpcs_owned.iter().filter_map(|vpc| Some((vpc.id.as_str(), vpc.uplink?, namespaces.path(&vpc.id))));
            options.host_network()?.apply(&host_side(uplinks))?;
            for vpc in &vpcs_owned {
                namespaces.ensure(&vpc.id)?.apply(&vpc.router())?;
                let attachments = vpc.interfaces.values().filter_map(|interface| interface.attachment.as_ref());
                let ends: BTreeSet<_> = attachments.map(|attachment| attachment.namespace.clone()).collect();
                for end in ends {
                    Namespace::open(&end)?.apply(&vpc.machine(&end))?;
                }
            }
            Ok(())
        })
        .await?;
        for vpc in vpcs {
            self.start_relays(&vpc.id)?;
        }
        self.applied = Some(vpcs.to_vec());
        Ok(())
    }

    fn start_relays(&mut self, vpc: &str) -> Result<(), Error> {
        if self.relays.contains_key(vpc) {
            return Ok(());
        }
        let Some(namespace) = self.options.namespaces().open(vpc)? else { return Ok(()) };
        let mut relays = Vec::new();
        for (port, target) in &self.options.relays {
            let listen = SocketAddr::from((REGION_ADDRESS, *port));
            let relay = Relay::start(&namespace, listen, *target);
            relays.push(relay.map_err(failed(format!("listen on {listen} in {vpc}")))?);
        }
        self.relays.insert(vpc.into(), relays);
        Ok(())
    }

    async fn run_instance(&mut self, instance: &Instance, vpcs: &[Vpc]) -> Result<(), Error> {
        let id = &instance.name_any();
        let namespace = self.options.namespaces().path(id);
        let primary = vpcs.iter().flat_map(|vpc| vpc.interfaces.values()).find(|interface| {
            interface.attachment.as_ref().is_some_and(|at| at.namespace == namespace && at.device_index == 0)
        });
        // Without its primary interface an instance cannot be launched; it comes with the next change.
        let Some(address) = primary.and_then(|interface| interface.addresses.first()) else { return Ok(()) };
        let hostname = match instance.spec.private_dns_name.as_str() {
            "" => format!("ip-{}", address.to_string().replace('.', "-")),
            name => name.to_owned(),
        };
        let short = hostname.split('.').next().unwrap_or(&hostname);
        let mut files = self.options.machine_files.clone();
        files.insert("/etc/hostname".into(), format!("{short}\n"));
        files.insert("/etc/hosts".into(), format!("127.0.0.1 localhost\n{address} {hostname} {short}\n"));
        files.insert("/etc/resolv.conf".into(), format!("nameserver {RESOLVER_ADDRESS}\n"));
        files.insert("/etc/reks/node.json".into(), instance.spec.user_data.clone());
        let machine = Machine {
            hostname: hostname.clone(),
            network: namespace,
            folder: self.options.instances().join(id),
            files,
            symlinks: self.options.machine_symlinks.clone(),
            programs: self.options.machine_programs.clone(),
            mount_points: self.options.mount_points(),
            environment: BTreeMap::from([
                ("REKS_INSTANCE_ID".into(), id.clone()),
                ("REKS_CGROUP".into(), Cgroup::new(&self.options.group, id).path()),
            ]),
        };
        let description = self.options.run_folder.join("machines").join(format!("{id}.json"));
        let file = description.clone();
        blocking(move || {
            let write = || {
                fs::create_dir_all(file.parent().unwrap_or(&file))?;
                write_whole(&file, &serde_json::to_vec(&machine)?)
            };
            write().map_err(failed("describe a machine"))
        })
        .await?;
        let fill = |word: &String| word.replace("{description}", &description.display().to_string());
        let program = Program {
            name: id.clone(),
            command: self.options.machine_command.iter().map(fill).collect(),
            environment: BTreeMap::new(),
            network: None,
            listen: Vec::new(),
            user: None,
        };
        self.keep(program, limits(instance));
        self.report(instance, "running").await
    }

    /// Keeps a program running; the same one is left alone.
    fn keep(&mut self, program: Program, limits: Limits) {
        if self.kept.get(&program.name).is_some_and(|(kept, _)| *kept == program) {
            return;
        }
        let (folders, kept) = (self.options.folders(), program.clone());
        let task = tokio::spawn(async move { kept.keep(&folders, limits).await });
        if let Some((_, old)) = self.kept.insert(program.name.clone(), (program, task)) {
            old.abort();
        }
    }

    /// Writes an instance's state, if it is another.
    async fn report(&self, instance: &Instance, state: &str) -> Result<(), Error> {
        if instance.status.as_ref().is_some_and(|status| status.state == state) {
            return Ok(());
        }
        let (name, account) = (instance.name_any(), instance.namespace().unwrap_or_default());
        let api: Api<Instance> = Api::namespaced(self.client.clone(), &account);
        let patch = Patch::Merge(serde_json::json!({ "status": { "state": state } }));
        match api.patch_status(&name, &PatchParams::default(), &patch).await {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            Err(source) => Err(Error::Status { object: format!("instance {name}"), source: Box::new(source) }),
            Ok(_) => Ok(()),
        }
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        for (_, task) in self.kept.values() {
            task.abort();
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Ends all instances on this host, and removes their and the VPCs' processes, namespaces, links, control groups, rules and mount points; the
/// state folder stays. What is gone already is no error, so it can be repeated.
pub fn teardown(options: &Options) -> Result<(), Error> {
    for name in Cgroup::list(&options.group) {
        Program::end(&name, &options.folders()).map_err(failed(format!("end {name}")))?;
    }
    Cgroup::remove_top(&options.group);
    let namespaces = options.namespaces();
    for name in namespaces.list()?.iter().filter(|name| name.starts_with("vpc-") || name.starts_with("i-")) {
        namespaces.delete(name)?;
    }
    options.host_network()?.apply(&host_side([]))?;
    crate::machine::remove_mount_points(&options.mount_points());
    for path in [options.folders().records, options.run_folder.join("machines"), options.mount_points()] {
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(format!("remove {}", path.display()))(error));
            }
            _ => {}
        }
    }
    Ok(())
}
