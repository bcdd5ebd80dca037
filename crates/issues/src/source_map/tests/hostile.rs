//! Maps that mean harm: they are refused, or harm nothing.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(text: &str, says: &str) {
    let error = Map::parse(text.as_bytes()).expect_err(says).to_string();
    assert!(error.contains(says), "{error}");
}

fn with_mappings(mappings: &str) -> String {
    format!(r#"{{"version":3,"sources":["a.js"],"names":["a"],"mappings":"{mappings}"}}"#)
}

#[test]
fn what_is_no_map_is_refused() {
    check("", "not the JSON");
    check("[]", "not the JSON");
    check("<!DOCTYPE html>", "not the JSON");
    check(")]}'", "not the JSON");
    check("{}", "no version");
    check(r#"{"version":2,"mappings":""}"#, "version 2");
    check(r#"{"version":3}"#, "neither mappings nor sections");
    check(r#"{"version":3,"mappings":7}"#, "not the JSON");
    check(r#"{"version":3,"mappings":"","sources":{}}"#, "not the JSON");
    check(r#"{"version":3,"mappings":"","names":[1]}"#, "not the JSON");
    let nested = r#"{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":"#;
    check(&format!("{nested}{nested}null}}]}}}}]}}"), "has sections itself");
    check(&nested.repeat(10_000), "not the JSON");
    check(&format!("{nested}{{}}}}]}}"), "neither mappings");
    check(&nested.replace("0,\"column", "-1,\"column").replace(",\"map\":", "}]}"), "not the JSON");
    assert!(Map::parse(b")]}'\n{\"version\":3,\"mappings\":\"\"}").is_ok());
    assert!(Map::parse(b"\xef\xbb\xbf{\"version\":3,\"mappings\":\"\"}").is_ok());
}

#[test]
fn mappings_that_point_nowhere_are_refused() {
    check(&with_mappings("D"), "below zero");
    check(&with_mappings("AADA"), "below zero");
    check(&with_mappings("AAAD"), "below zero");
    check(&with_mappings("ACAA"), "a source that is not listed");
    check(&with_mappings("ADAA"), "a source that is not listed");
    check(&with_mappings("AAAAC"), "a name that is not listed");
    check(&with_mappings("AAAAD"), "a name that is not listed");
    check(&with_mappings("AA"), "neither one, four nor five");
    check(&with_mappings("AAAAAA"), "more than five");
    check(&with_mappings("g"), "not complete");
    check(&with_mappings("gggggggggB"), "too large");
    check(&with_mappings("ggggggC,ggggggC,ggggggC,ggggggC"), "too large");
    check(&with_mappings(";;;!"), "line 3");
    check(&with_mappings("ä"), "no digit");
}

#[test]
fn floods_are_refused() {
    check(&" ".repeat(limits::BYTES + 1), "bytes; at most");
    check(&with_mappings(&"A,".repeat(limits::TOKENS + 1)), "mappings");
    let names = "\"\",".repeat(limits::NAMES);
    check(&format!(r#"{{"version":3,"mappings":"","names":[{names}""]}}"#), "names");
    let sources = "null,".repeat(limits::SOURCES);
    check(&format!(r#"{{"version":3,"mappings":"","sources":[{sources}null]}}"#), "sources");
    let section = r#"{"offset":{"line":0,"column":0}},"#.repeat(limits::SECTIONS);
    let last = r#"{"offset":{"line":0,"column":0}}"#;
    check(&format!(r#"{{"version":3,"sections":[{section}{last}]}}"#), "sections");
    assert!(Map::parse(with_mappings(&";,".repeat(1 << 20)).as_bytes()).is_ok());
}

/// Code whose every part is searched for an end that is not there.
#[test]
fn searching_functions_is_linear() {
    for part in
        ["/[", "(", "({", "`${", "'", "=>", "a=>", "a:", "/*", "x=/", "})", "a.", "<>", "class "]
    {
        let code = part.repeat(limits::SCOPE_BYTES / part.len());
        let end = u32::try_from(code.len()).unwrap();
        assert!(scope::enclosing("a.ts", &code, (0, end)).is_some(), "{part}");
    }
}

/// Pieces of code, in an order that no program has.
fn code() -> impl Strategy<Value = String> {
    let pieces = vec![
        "function ",
        "f",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "=>",
        "=",
        ":",
        ",",
        ";",
        "`",
        "${",
        "'",
        "\"",
        "/",
        "\\",
        "\n",
        "class ",
        "async ",
        "*",
        "<",
        ">",
        ".",
        "ä",
        "𝄞",
        "//",
        "/*",
        "*/",
        "?",
        "return ",
        "#",
        "\r",
        "\u{2028}",
        "constructor",
        "get ",
        "1",
        "==",
    ];
    vec(proptest::sample::select(pieces), 0..80).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_code_is_searched(code in code(), line in 0..3_u32, column in 0..200_u32) {
        if let Some(name) = scope::enclosing("a.ts", &code, (line, column)) {
            let mut words = name.split(['.', ' ']).filter(|word| !word.is_empty() && *word != "new");
            prop_assert!(words.all(|word| code.contains(word)), "{name:?} is not in {code:?}");
        }
    }

    /// Maps of bundlers with some bytes replaced, left out or doubled.
    #[test]
    fn changed_maps_are_refused_or_read(
        is_webpack in any::<bool>(),
        changes in vec((any::<prop::sample::Index>(), 0..3_u8, any::<u8>(), 1..40_usize), 1..6),
        places in vec((0..5_u32, 0..3_000_u32), 8),
    ) {
        let mut bytes = if is_webpack { WEBPACK } else { ESBUILD }.as_bytes().to_vec();
        for (index, kind, byte, count) in changes {
            let at = index.index(bytes.len());
            let end = (at + count).min(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.drain(at..end)),
                _ => {
                    let again = bytes[at..end].to_vec();
                    bytes.splice(at..at, again);
                }
            }
        }
        if let Ok(map) = Map::parse(&bytes) {
            prop_assert!(map.bytes() < bytes.len() * 30 + 1_000);
            for (line, column) in places {
                let named = map.name_at(line, column);
                prop_assert!(named.is_none_or(|name| name.len() <= bytes.len()));
                map.apply(&mut Frame { line, column, ..Frame::default() });
            }
        }
    }

    /// The same of mappings alone, whose every change is one of meaning.
    #[test]
    fn any_mappings_are_refused_or_read(mappings in "[A-Za-z0-9+/;,]{0,60}", column in 0..100_u32) {
        if let Ok(map) = Map::parse(with_mappings(&mappings).as_bytes()) {
            let tokens = &map.0.tokens;
            prop_assert!(tokens.is_sorted_by_key(|token| (token.line, token.column)));
            prop_assert!(tokens.iter().all(|token| token.source == 0 || token.source == NONE));
            prop_assert!(tokens.iter().all(|token| token.name == 0 || token.name == NONE));
            map.apply(&mut Frame { line: 1, column, ..Frame::default() });
        }
    }
}
