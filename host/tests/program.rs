//! Programs that outlive who started them, and a machine. Needs root: without it the tests say so and end.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use reks_host::machine::Machine;
use reks_host::{Cgroup, Folders, Limits, Program};
use reks_hostnet::Namespaces;

fn is_root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        eprintln!("SKIPPED: needs root to make control groups and namespaces; run the tests as root to run this one");
    }
    root
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "not within ten seconds: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn program(name: &str, script: &str) -> Program {
    Program {
        name: format!("test-{name}-{}", std::process::id()),
        command: vec!["/bin/sh".into(), "-c".into(), script.into()],
        environment: BTreeMap::new(),
        network: None,
        listen: vec![],
        user: None,
    }
}

/// Each test has a control group of its own: a region that runs on this machine is left alone, and so are other tests.
fn folders(folder: &Path, group: &str) -> Folders {
    Folders { records: folder.join("records"), logs: folder.join("logs"), group: group.into() }
}

#[tokio::test]
async fn a_program_is_adopted_replaced_and_ended_with_all_that_came_of_it() {
    const GROUP: &str = "reks-test-1";
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folders = folders(folder.path(), GROUP);
    let mut program = program("adopt", "sleep 1000 & sleep 1000 & wait");
    let first = program.ensure(&folders, Limits::default()).await.unwrap();
    let again = program.ensure(&folders, Limits::default()).await.unwrap();
    assert_eq!(first.pid, again.pid, "adopted");
    let cgroup = Cgroup::new(GROUP, &program.name);
    wait_until("three processes", || cgroup.processes().len() == 3);

    program.environment.insert("CHANGED".into(), "yes".into());
    let other = program.ensure(&folders, Limits::default()).await.unwrap();
    assert_ne!(first.pid, other.pid, "replaced");
    first.wait().await;

    // As if the agent had been killed between start and record.
    fs::remove_file(folders.records.join(format!("{}.json", program.name))).unwrap();
    let third = program.ensure(&folders, Limits::default()).await.unwrap();
    other.wait().await;
    assert!(cgroup.processes().contains(&nix::unistd::Pid::from_raw(third.pid)));
    Program::end(&program.name, &folders).unwrap();
    Program::end(&program.name, &folders).unwrap();
    Cgroup::remove_top(GROUP);
    assert!(cgroup.processes().is_empty() && !Cgroup::list(GROUP).contains(&program.name));
}

#[tokio::test]
async fn a_program_that_ends_is_started_again() {
    const GROUP: &str = "reks-test-2";
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folders = folders(folder.path(), GROUP);
    let file = folder.path().join("starts");
    let program = program("again", &format!("echo x >> {}", file.display()));
    let kept = tokio::time::timeout(Duration::from_millis(900), program.keep(&folders, Limits::default())).await;
    assert!(kept.is_err());
    let starts = fs::read_to_string(&file).unwrap().lines().count();
    assert!((2..=5).contains(&starts), "{starts} starts: the wait between them has to grow");
    Program::end(&program.name, &folders).unwrap();
    Cgroup::remove_top(GROUP);
}

#[tokio::test]
async fn a_program_gets_its_sockets_and_user() {
    const GROUP: &str = "reks-test-3";
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folders = folders(folder.path(), GROUP);
    let out = folder.path().join("out");
    fs::write(&out, "").unwrap();
    std::os::unix::fs::chown(&out, Some(54_321), Some(54_321)).unwrap();
    std::os::unix::fs::chown(folder.path(), Some(54_321), Some(54_321)).unwrap();
    let namespaces = Namespaces::new(folder.path().join("netns"));
    namespaces.ensure("there").unwrap();
    let script =
        format!("echo $(id -u) $LISTEN_FDS $(readlink /proc/self/fd/3 | cut -c1-6) > {}; sleep 100", out.display());
    let program = Program {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        network: Some(namespaces.path("there")),
        user: Some((54_321, 54_321)),
        ..program("sockets", &script)
    };
    program.ensure(&folders, Limits::default()).await.unwrap();
    wait_until("its answer", || fs::read_to_string(&out).unwrap() == "54321 1 socket\n");
    Program::end(&program.name, &folders).unwrap();
    Cgroup::remove_top(GROUP);
    namespaces.delete("there").unwrap();
}

const DESCRIPTION: &str = "REKS_HOST_TEST_MACHINE";

#[test]
#[ignore = "the machine that `a_machine_has_its_own_folders` starts"]
fn machine_process() {
    let file = std::env::var_os(DESCRIPTION).expect("the machine's description, in the environment");
    let code = reks_host::machine::main(file.as_ref());
    assert_eq!(format!("{code:?}"), format!("{:?}", std::process::ExitCode::SUCCESS));
}

#[tokio::test]
async fn a_machine_has_its_own_folders_and_keeps_its_programs_running() {
    const GROUP: &str = "reks-test-4";
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folders = folders(folder.path(), GROUP);
    let namespaces = Namespaces::new(folder.path().join("netns"));
    namespaces.ensure("machine").unwrap();
    let out = folder.path().join("out");
    let script = format!(
        "(hostname; cat /etc/reks/node.json; cat /etc/hosts; ls /var/lib/kubelet | wc -l; readlink /opt/cni/bin/loopback; \
         grep -c : /proc/net/dev) > {}; touch /var/lib/kubelet/mine; exec sleep 1000",
        out.display()
    );
    let machine = Machine {
        hostname: "ip-10-0-1-23".into(),
        network: namespaces.path("machine"),
        folder: folder.path().join("instance"),
        files: BTreeMap::from([
            ("/etc/reks/node.json".into(), "node\n".into()),
            ("/etc/hosts".into(), "hosts\n".into()),
        ]),
        symlinks: BTreeMap::from([("/opt/cni/bin/loopback".into(), "/somewhere".into())]),
        programs: vec![("node".into(), vec!["/bin/sh".into(), "-c".into(), script])],
        mount_points: folder.path().join("mount-points"),
        environment: BTreeMap::new(),
    };
    let description = folder.path().join("machine.json");
    fs::write(&description, serde_json::to_vec(&machine).unwrap()).unwrap();
    let test = std::env::current_exe().unwrap().display().to_string();
    let command = [&test, "--ignored", "--exact", "--nocapture", "machine_process"].map(ToString::to_string);
    let environment = BTreeMap::from([(DESCRIPTION.into(), description.display().to_string())]);
    let program = Program { command: command.into(), environment, ..program("machine", "") };
    program.ensure(&folders, Limits { cpu_milli: Some(2000), memory_bytes: Some(1 << 30) }).await.unwrap();
    let expected = "ip-10-0-1-23\nnode\nhosts\n0\n/somewhere\n1\n";
    let log = || fs::read_to_string(folders.logs.join(format!("{}.log", program.name))).unwrap_or_default();
    wait_until("its answer", || {
        assert!(!log().contains("machine: "), "{}", log());
        fs::read_to_string(&out).unwrap_or_default() == expected
    });
    wait_until("its file", || folder.path().join("instance/var/lib/kubelet/mine").exists());
    assert!(!Path::new("/var/lib/kubelet/mine").exists() && !Path::new("/etc/reks/node.json").exists());

    fs::remove_file(&out).unwrap();
    let is_sleep =
        |pid: &nix::unistd::Pid| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "sleep\n");
    let sleep = Cgroup::new(GROUP, &program.name).processes().into_iter().find(is_sleep).unwrap();
    nix::sys::signal::kill(sleep, nix::sys::signal::Signal::SIGKILL).unwrap();
    wait_until("its second start", || fs::read_to_string(&out).unwrap_or_default().contains("hosts"));
    Program::end(&program.name, &folders).unwrap();
    Cgroup::remove_top(GROUP);
    namespaces.delete("machine").unwrap();
    reks_host::machine::remove_mount_points(&machine.mount_points);
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains(&folder.path().display().to_string()), "{mounts}");
}
