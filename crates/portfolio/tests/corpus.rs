//! Every file of the corpus against its committed answer, byte for byte, and every refused file against its reason.
//!
//! `UPDATE_EXPECTED=1 cargo test -p novate-portfolio --test corpus` writes the answers anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use novate_portfolio::margin_of_bytes;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// Names of the files in a folder that end in `ending`, without it.
fn names(folder: &Path, ending: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files.filter_map(|file| file.strip_suffix(ending).map(str::to_owned)).collect()
}

/// Compares with what is committed, or commits to what is found.
fn check(expected: &Path, found: &str, wrong: &mut Vec<String>) {
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::create_dir_all(expected.parent().unwrap()).unwrap();
        fs::write(expected, found).unwrap();
    } else if fs::read_to_string(expected).unwrap_or_default() != found {
        wrong.push(format!("{}:\n{found}", expected.display()));
    }
}

#[test]
fn answers_are_the_committed_ones() {
    let (corpus, expected) = (folder("corpus"), folder("expected"));
    let mut wrong = Vec::new();
    for name in names(&corpus, ".json") {
        let file = fs::read(corpus.join(format!("{name}.json"))).unwrap();
        let answer = margin_of_bytes(&file).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        check(&expected.join(format!("{name}.json")), &answer, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(names(&corpus, ".json"), names(&expected, ".json"));
    assert!(names(&corpus, ".json").len() >= 40);
}

#[test]
fn refusals_name_the_field_and_the_reason() {
    let refused = folder("refused");
    let mut wrong = Vec::new();
    for name in names(&refused, ".json") {
        let file = fs::read(refused.join(format!("{name}.json"))).unwrap();
        let refusal = margin_of_bytes(&file).err().unwrap_or_else(|| panic!("{name} is answered"));
        let line = format!("{refusal}\n");
        assert_eq!(line.lines().count(), 1, "{name}: {line}");
        check(&refused.join(format!("{name}.txt")), &line, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} refusals differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(names(&refused, ".json"), names(&refused, ".txt"));
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    let refusal = margin_of_bytes(b"{\"markets\": [], \"legs\": [\xff]}").unwrap_err();
    assert!(refusal.to_string().starts_with("portfolio: is not UTF-8"), "{refusal}");
}
