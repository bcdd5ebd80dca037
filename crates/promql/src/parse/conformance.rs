//! Every expression of Prometheus' own test scripts is read, where the scripts are at hand.

use std::path::{Path, PathBuf};

use super::parse;
use super::tests::canonical;

/// The expression of an `eval` line.
fn expression(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("eval")?;
    let (_, rest) = rest.split_once(char::is_whitespace)?;
    let mut rest = rest.trim_start();
    let words = if rest.starts_with("range") { 7 } else { 3 };
    for _ in 0..words {
        rest = rest.split_once(char::is_whitespace)?.1.trim_start();
    }
    Some(rest.trim())
}

fn conformance() -> PathBuf {
    let found = std::env::var_os("PLIMSOLL_CONFORMANCE").map(PathBuf::from);
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    found.unwrap_or(near).join("promql")
}

#[test]
fn every_expression_of_the_conformance_scripts_is_read() {
    let folder = conformance();
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    let (mut read, mut may_fail) = (0, 0);
    for file in files {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "test") {
            continue;
        }
        let script = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = script.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(query) = expression(line) else { continue };
            let block = lines[at + 1..].iter().take_while(|line| line.starts_with([' ', '\t']));
            let fails = line.starts_with("eval_fail")
                || block.clone().any(|line| line.trim_start().starts_with("expect fail"));
            match parse(query) {
                Ok(_) => {
                    canonical(query);
                    read += 1;
                }
                Err(_) if fails => may_fail += 1,
                Err(error) => panic!("{}:{}: {query}: {error}", path.display(), at + 1),
            }
        }
    }
    assert!(read > 1000, "only {read} expressions were found");
    println!("{read} expressions read, {may_fail} refused that may be");
}
