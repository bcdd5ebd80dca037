//! Files of targets: found by their patterns, read as a whole each time.
//!
//! Invariants: a file that cannot be read keeps the targets it had, a file that is gone has none;
//! what is read is bounded.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::config::{RawGroup, TARGETS_MAX, check_group};

/// The label that says which file a target is from.
pub(crate) const FILE_LABEL: &str = "__meta_filepath";

/// Bytes of a file.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// Files of a discovery.
const FILES_MAX: usize = 1000;

/// The groups of each file, by its path.
pub(crate) type Files = BTreeMap<String, Vec<RawGroup>>;

/// Reads all files of some patterns. Gives their groups and what went wrong; `before` are the
/// groups of the last time.
pub(crate) fn refresh(patterns: &[String], before: &Files) -> (Files, Vec<String>) {
    let mut files = Files::new();
    let mut problems = Vec::new();
    let mut targets = 0;
    for path in patterns.iter().flat_map(|pattern| find(pattern)) {
        if files.contains_key(&path) {
            continue;
        }
        if files.len() == FILES_MAX {
            problems.push(format!("more than {FILES_MAX} files match, the others are left out"));
            break;
        }
        let groups = match read(Path::new(&path)) {
            Ok(groups) => groups,
            Err(problem) => {
                problems.push(format!("{path}: {problem}"));
                // A file that was never read is not there.
                let Some(groups) = before.get(&path) else { continue };
                groups.clone()
            }
        };
        targets += groups.iter().map(|group| group.targets.len()).sum::<usize>();
        if targets > TARGETS_MAX {
            problems.push(format!(
                "{path}: more than {TARGETS_MAX} targets, this file and those after it are left out"
            ));
            break;
        }
        files.insert(path, groups);
    }
    (files, problems)
}

fn find(pattern: &str) -> Vec<String> {
    // The settings were checked: the pattern is one.
    let paths = glob::glob(pattern).into_iter().flatten().flatten();
    paths.take(FILES_MAX + 1).map(|path| path.to_string_lossy().into_owned()).collect()
}

fn read(path: &Path) -> Result<Vec<RawGroup>, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    let length = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text);
    if length.map_err(|error| error.to_string())? as u64 > FILE_BYTES_MAX {
        return Err(format!("the file has more than {FILE_BYTES_MAX} bytes"));
    }
    let json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let groups = parse(&text, json)?;
    groups.iter().try_for_each(check_group)?;
    Ok(groups)
}

fn parse(text: &str, json: bool) -> Result<Vec<RawGroup>, String> {
    match json {
        true => serde_json::from_str(text).map_err(|error| error.to_string()),
        // An empty file is an empty list.
        false => serde_saphyr::from_str::<Option<Vec<RawGroup>>>(text)
            .map(Option::unwrap_or_default)
            .map_err(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn targets(files: &Files) -> Vec<&str> {
        files.values().flatten().flat_map(|group| &group.targets).map(String::as_str).collect()
    }

    #[test]
    fn yaml_and_json() {
        let yaml = "- targets: ['a:1', \"b:2\"]\n  labels:\n    env: prod\n    port: 9100\n- targets: []\n";
        let groups = parse(yaml, false).unwrap();
        assert_eq!(groups[0].targets, ["a:1", "b:2"]);
        assert_eq!(groups[0].labels["env"], "prod");
        assert_eq!(groups[0].labels["port"], "9100");
        let json = r#"[{"targets": ["a:1"], "labels": {"env": "prod"}}]"#;
        assert_eq!(parse(json, true).unwrap()[0].labels["env"], "prod");
        assert_eq!(parse("", false), Ok(vec![]));
        assert_eq!(parse("[]", true), Ok(vec![]));
    }

    #[test]
    fn what_is_no_group_is_an_error() {
        for text in ["a", "a: b", "- x: 1", "- targets: a", "- labels: {a: [b]}", "- targets: ["] {
            assert!(parse(text, false).is_err(), "{text}");
        }
        for text in ["", "{}", r#"[{"target": []}]"#, r#"[{"targets": [1]}]"#, "[{}"] {
            assert!(parse(text, true).is_err(), "{text}");
        }
        // Aliases that would fill the memory.
        let mut bomb = "- &a0 {targets: [x, x, x, x, x, x, x, x, x, x]}\n".to_owned();
        for level in 1..12 {
            let before = format!("*a{}, ", level - 1).repeat(10);
            bomb += &format!("- &a{level} [{before}]\n");
        }
        assert!(parse(&bomb, false).is_err());
    }

    #[test]
    fn files_come_change_break_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let pattern = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let patterns = [pattern("*.yml"), pattern("c.json"), pattern("a.yml")];

        let (files, problems) = refresh(&patterns, &Files::new());
        assert!(files.is_empty() && problems.is_empty());

        write("a.yml", "- targets: ['a:1']");
        write("b.yml", "- targets: ['b:1']");
        write("c.json", r#"[{"targets": ["c:1"]}]"#);
        write("d.txt", "- targets: ['d:1']");
        let (files, problems) = refresh(&patterns, &files);
        assert_eq!(targets(&files), ["a:1", "b:1", "c:1"]);
        assert!(problems.is_empty(), "{problems:?}");

        write("a.yml", "- targets: ['a:2']");
        write("b.yml", "- targets: [");
        write("e.yml", "- nothing: 1");
        fs::remove_file(folder.path().join("c.json")).unwrap();
        let (files, problems) = refresh(&patterns, &files);
        assert_eq!(targets(&files), ["a:2", "b:1"]);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn a_file_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, vec![b' '; FILE_BYTES_MAX as usize + 1]).unwrap();
        assert!(read(&path).unwrap_err().contains("more than"));
        fs::write(&path, format!("[{{\"targets\": [{}\"x\"]}}]", "\"x\",".repeat(TARGETS_MAX)))
            .unwrap();
        let (files, problems) = refresh(&[path.to_string_lossy().into_owned()], &Files::new());
        assert!(files.is_empty());
        assert!(problems[0].contains("more than 10000 targets"), "{problems:?}");
    }
}
