//! reks: Amazon EKS as software that you run yourself. This binary is the command line and the wiring; the work is in the
//! crates.

mod commands;
mod control_plane;
mod credentials;
mod housekeeping;
mod local_client;
mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use reks_host::Places;

/// Amazon EKS as software that you run yourself.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Keep the region's files below this folder, apart from the system's region.
    #[arg(long, global = true, env = "REKS_HOME")]
    home: Option<PathBuf>,
    /// Where the AWS-shaped APIs listen.
    #[arg(long, global = true, env = "REKS_LISTEN", default_value = "127.0.0.1:4566")]
    listen: SocketAddr,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the region in the background, with a VPC, roles and a cluster `demo`.
    Up,
    /// Stop the region and its clusters. State stays, and the next `up` brings them back.
    Down {
        /// Remove the state too: every cluster, and the account.
        #[arg(long)]
        purge: bool,
    },
    /// Show the region and its clusters.
    Status {
        /// `json` for machines.
        #[arg(long, short, value_parser = ["json", "table"], default_value = "table")]
        output: String,
    },
    /// Print what sets up the AWS CLI and kubectl: `eval "$(reks env)"`.
    Env,
    /// Say what this machine has and lacks.
    Doctor,
    /// Run the region in the foreground.
    Serve,
    /// Print a token for a cluster, as `aws eks get-token` does: for kubectl's credential plugin.
    Token {
        /// The cluster.
        #[arg(long)]
        cluster: String,
    },
    /// Run one replica of a cluster's control plane until it is told to stop.
    ControlPlane {
        /// Its configuration, a JSON file.
        #[arg(long)]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let quiet = !matches!(arguments.command, Command::Serve | Command::ControlPlane { .. });
    let level = if quiet { "error" } else { "info,kube_client=off,kube_runtime=warn" };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_env("REKS_LOG").unwrap_or_else(|_| level.into()))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let places = arguments.home.as_deref().map_or_else(Places::of_the_system, Places::under);
    let settings = serve::Settings { places, listen: arguments.listen };
    let result = match arguments.command {
        Command::Up => commands::up::main(&settings),
        Command::Down { purge } => commands::down::main(&settings, purge),
        Command::Status { output } => commands::status::main(&settings, output == "json"),
        Command::Env => commands::env::main(&settings),
        Command::Doctor => commands::doctor::main(&settings),
        Command::Serve => serve::main(&settings),
        Command::Token { cluster } => commands::token::main(&settings, &cluster),
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
