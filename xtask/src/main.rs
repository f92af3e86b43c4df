//! The project's own chores: `cargo xtask test` is everything that CI runs, `cargo xtask bench` the benchmarks.

mod schema;
mod tools;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

use clap::{Parser, Subcommand};

/// The project's own chores.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything that CI runs: format, lints, tests, documentation.
    Test,
    /// The benchmarks, as a table.
    Bench,
    /// Regenerate the schema crate's table of built-in kinds.
    Schema {
        /// A checkout of Kubernetes, of the version that the table shall describe.
        kubernetes: PathBuf,
    },
}

/// One step of a chore: what people call it, the command's words, and an environment variable it needs.
struct Step {
    name: &'static str,
    words: &'static [&'static str],
    environment: Option<(&'static str, &'static str)>,
}

const TEST: &[Step] = &[
    Step { name: "format", words: &["cargo", "fmt", "--all", "--check"], environment: None },
    Step {
        name: "lints",
        words: &["cargo", "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        environment: None,
    },
    Step { name: "tests", words: &["cargo", "test", "--workspace", "--locked"], environment: None },
    Step {
        name: "documentation",
        words: &["cargo", "doc", "--workspace", "--no-deps", "--locked"],
        environment: Some(("RUSTDOCFLAGS", "-D warnings")),
    },
];

const BENCH: &[Step] = &[
    Step {
        name: "program",
        words: &["cargo", "build", "--release", "--locked", "--package", "reks"],
        environment: None,
    },
    Step {
        name: "benchmarks",
        words: &["cargo", "run", "--release", "--locked", "--package", "reks-bench"],
        environment: None,
    },
];

fn main() -> ExitCode {
    let mut tools = Vec::new();
    let steps = match Arguments::parse().chore {
        Chore::Test => {
            match tools::ensure() {
                Ok(found) => tools = found,
                Err(error) => {
                    eprintln!("xtask: the tests' clients could not be had: {error:#}");
                    return ExitCode::FAILURE;
                }
            }
            TEST
        }
        Chore::Bench => BENCH,
        Chore::Schema { kubernetes } => {
            return match schema::regenerate(&kubernetes) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("xtask: the schema table could not be made: {error:#}");
                    ExitCode::FAILURE
                }
            };
        }
    };
    for step in steps {
        let started = Instant::now();
        println!("── {}: {}", step.name, step.words.join(" "));
        let mut command = Command::new(step.words[0]);
        command.args(&step.words[1..]).envs(tools.iter().cloned());
        if let Some((name, value)) = step.environment {
            command.env(name, value);
        }
        match command.status() {
            Ok(status) if status.success() => {
                println!("── {}: {} s", step.name, started.elapsed().as_secs());
            }
            Ok(status) => {
                eprintln!("xtask: {} failed ({status}); run `{}` to see it alone", step.name, step.words.join(" "));
                return ExitCode::FAILURE;
            }
            Err(error) => {
                eprintln!("xtask: {} could not start `{}`: {error}; is it installed?", step.name, step.words[0]);
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
