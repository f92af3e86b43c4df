//! reks: Amazon EKS as software that you run yourself. This binary is the command line and the wiring; the work is in the
//! crates.

mod control_plane;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Amazon EKS as software that you run yourself.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run one replica of a cluster's control plane until it is told to stop.
    ControlPlane {
        /// Its configuration, a JSON file.
        #[arg(long)]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_env("REKS_LOG").unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
    let result = match Arguments::parse().command {
        Command::ControlPlane { config } => control_plane::main(&config),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reks: {error:#}");
            ExitCode::FAILURE
        }
    }
}
