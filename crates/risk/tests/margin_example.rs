//! The example `margin` as a process: its streams and its exit status.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// Examples are built next to the folder of the tests.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let example = test.parent().unwrap().with_file_name("examples").join("margin");
    assert!(example.exists(), "build it first: cargo build -p novate-risk --example margin");
    example
}

fn margin(file: &[u8]) -> Output {
    let mut example = Command::new(example());
    let mut example = example.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    example.stdin.take().unwrap().write_all(file).unwrap();
    example.wait_with_output().unwrap()
}

#[test]
fn an_answer_is_all_of_standard_output() {
    let output = margin(include_bytes!("../../portfolio/tests/corpus/iron_condor.json"));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        include_str!("../../portfolio/tests/expected/iron_condor.json")
    );
    assert!(output.stderr.is_empty());
}

#[test]
fn a_refusal_is_all_of_standard_error_and_ends_in_status_2() {
    let output = margin(include_bytes!("../../portfolio/tests/refused/leg_twice.json"));
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), include_str!("../../portfolio/tests/refused/leg_twice.txt"));

    let output = margin(b"\xff\xfe");
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(2), true));
}
