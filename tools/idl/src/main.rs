//! Writes the program's IDL from its source: to `target/idl`, and to the copy that the TypeScript client is made from.
//!
//! `cargo run -p novate-idl` writes both, `cargo run -p novate-idl -- --check` fails when the committed copy is not what
//! the source says. Anchor's builder compiles the program with the feature `idl-build` and runs the tests that print the
//! parts of the IDL.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anchor_lang_idl::build::IdlBuilder;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: cargo run -p novate-idl -- [--check]";
const PROGRAM: &str = "programs/clearing-house";
const TARGET: &str = "target/idl-build";
const BUILT: &str = "target/idl/clearing_house.json";
const COMMITTED: &str = "app/client/idl/clearing_house.json";

/// rustup sets this for whatever cargo runs.
const TOOLCHAIN: &str = "RUSTUP_TOOLCHAIN";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("novate-idl: error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let args: Vec<String> = env::args().skip(1).collect();
    let check = match args.as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err(USAGE.into()),
    };
    if env::var_os(TOOLCHAIN).is_some() {
        return run_without_toolchain(&args);
    }

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let idl = build(&root)?;
    write(&root.join(BUILT), &idl)?;
    let committed = root.join(COMMITTED);
    if !check {
        write(&committed, &idl)?;
        println!("novate-idl: {BUILT} and {COMMITTED} written");
        return Ok(ExitCode::SUCCESS);
    }
    match difference(&fs::read_to_string(&committed).unwrap_or_default(), &idl) {
        None => {
            println!("novate-idl: {COMMITTED} is current");
            Ok(ExitCode::SUCCESS)
        }
        Some(difference) => {
            eprintln!("novate-idl: {COMMITTED} is not what the program's source says; {difference}");
            eprintln!("Run `make idl` and commit the result.");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Runs this program again with the toolchain chosen by `PATH` alone. With the variable set, `IdlBuilder` would try to
/// install and switch the toolchain.
fn run_without_toolchain(args: &[String]) -> Result<ExitCode> {
    let mut command = Command::new(env::current_exe()?);
    command.args(args).env_remove(TOOLCHAIN);
    if let Some(folder) = env::var_os("CARGO").map(PathBuf::from).as_deref().and_then(Path::parent) {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(folder.to_path_buf()).chain(env::split_paths(&path));
        command.env("PATH", env::join_paths(folders)?);
    }
    let status = command.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// In a target folder of its own and without optimization: nothing else is compiled with this feature.
fn build(root: &Path) -> Result<String> {
    let target = root.join(TARGET).to_str().ok_or("a path that is not UTF-8")?.to_owned();
    let mut args = vec!["--lib".to_owned(), "--locked".into(), "--target-dir".into(), target];
    for setting in ["debug=false", "opt-level=0", "package.\"*\".opt-level=0"] {
        args.extend(["--config".into(), format!("profile.dev.{setting}")]);
    }
    let idl = IdlBuilder::new()
        .program_path(root.join(PROGRAM))
        .cargo_args(args)
        .build()
        .map_err(|error| format!("{error}\nHere that is `ANCHOR_LOG=true cargo run -p novate-idl`."))?;
    Ok(serde_json::to_string_pretty(&idl)? + "\n")
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().ok_or("a path without a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Where two texts start to differ.
fn difference(committed: &str, built: &str) -> Option<String> {
    if committed == built {
        return None;
    }
    let lines = committed.lines().zip(built.lines()).take_while(|(a, b)| a == b).count();
    let line = |text: &str| text.lines().nth(lines).map_or("(end)".to_owned(), |line| line.trim().to_owned());
    Some(format!("line {}: committed {}, built {}", lines + 1, line(committed), line(built)))
}
