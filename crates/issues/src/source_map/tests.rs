//! Maps of small programs, made by hand and by bundlers, and maps that mean harm.
//!
//! `shop/` has a small program of ours, as esbuild and webpack minified it: their maps, and what V8 wrote when
//! it was run.

mod functions;
mod hostile;

use std::fmt::Write;

use plimsoll_model::Frame;

use super::*;
use crate::in_app::InApp;
use crate::stack::{self, Language};

const ESBUILD: &str = include_str!("tests/shop/esbuild.js.map");
const WEBPACK: &str = include_str!("tests/shop/webpack.js.map");

fn map(text: &str) -> Map {
    Map::parse(text.as_bytes()).expect("a map")
}

/// The frames of stacks once the map is applied: `*` before those of the service, and the line of source.
fn render(map: &Map, stacks: &str) -> String {
    let mut text = String::new();
    for stack in stacks.split("\n\n") {
        let mut stack = stack::parse(stack, Some(Language::JavaScript));
        for frame in stack.exceptions.iter_mut().flat_map(|exception| &mut exception.frames) {
            frame.in_app = Some(true);
            let path = frame.path.clone();
            let is_known = map.apply(frame);
            assert_eq!(is_known, frame.in_app.take().is_none(), "{frame:?}");
            assert_eq!(path, frame.path, "it is still where the code was served");
        }
        InApp::default().mark(&mut stack.exceptions, stack.language);
        for frame in stack.exceptions.iter().flat_map(|exception| &exception.frames) {
            let Frame { function, file, line, column, .. } = frame;
            let mark = if frame.in_app == Some(true) { '*' } else { ' ' };
            let source = frame.source.as_ref().map_or("", |source| source.line.trim());
            writeln!(text, "{mark} {function} {file}:{line}:{column} {source}").unwrap();
        }
        text.push('\n');
    }
    text
}

#[test]
fn stacks_of_esbuild_are_read() {
    let text = render(&map(ESBUILD), include_str!("tests/shop/esbuild.stack.txt"));
    assert_eq!(text, include_str!("tests/shop/esbuild.frames.txt"), "{text}");
}

#[test]
fn stacks_of_webpack_are_read() {
    let text = render(&map(WEBPACK), include_str!("tests/shop/webpack.stack.txt"));
    assert_eq!(text, include_str!("tests/shop/webpack.frames.txt"), "{text}");
}

/// Both bundlers' maps find at each place what another reader of maps finds.
#[test]
fn places_are_those_that_another_reader_finds() {
    for text in [ESBUILD, WEBPACK] {
        let (ours, theirs) =
            (map(text), sourcemap::SourceMap::from_slice(text.as_bytes()).unwrap());
        assert_eq!(ours.0.tokens.len(), theirs.get_token_count() as usize);
        let mut found = 0;
        for (line, column) in (0..4).flat_map(|line| (0..3_000).map(move |column| (line, column))) {
            let token = theirs.lookup_token(line, column);
            let token = token.filter(|token| token.get_dst_line() == line && token.has_source());
            let mut frame = Frame { line: line + 1, column: column + 1, ..Frame::default() };
            assert_eq!(ours.apply(&mut frame), token.is_some(), "{line}:{column}");
            let Some(token) = token else { continue };
            let place = (frame.line - 1, frame.column - 1);
            assert_eq!(place, (token.get_src_line(), token.get_src_col()), "{line}:{column}");
            assert_eq!(frame.file, name::clean("", token.get_source().unwrap()));
            assert_eq!(ours.name_at(line + 1, column + 1), token.get_name());
            found += 1;
        }
        assert!(found > 1_000, "{found}");
    }
}

#[test]
fn lines_around_are_cut_and_few() {
    let text =
        |count: usize| (1..=count).map(|line| format!("line {line}\r\n")).collect::<String>();
    let lines = lines_around(&text(20), 9).unwrap();
    assert_eq!(lines.line, "line 10");
    assert_eq!(lines.before, ["line 5", "line 6", "line 7", "line 8", "line 9"]);
    assert_eq!(lines.after, ["line 11", "line 12", "line 13", "line 14", "line 15"]);
    let lines = lines_around(&text(2), 0).unwrap();
    assert_eq!((lines.before.len(), lines.after.len()), (0, 2));
    assert_eq!(lines_around(&text(2), 3), None);
    assert_eq!(lines_around(&text(2), u32::MAX), None);
    assert_eq!(lines_around(&"ä".repeat(1_000), 0).unwrap().line, "ä".repeat(LINE_CHARS));
}

#[test]
fn sections_are_read_where_they_begin() {
    let section = |line, column, map: &str| {
        format!(r#"{{"offset":{{"line":{line},"column":{column}}},"map":{map}}}"#)
    };
    let text =
        |sections: &[String]| format!(r#"{{"version":3,"sections":[{}]}}"#, sections.join(","));
    let whole = map(&text(&[section(0, 100, ESBUILD), section(10, 0, WEBPACK)]));
    for (text, line, column, places) in
        [(ESBUILD, 0, 100, [1_108, 1_468, 1_604]), (WEBPACK, 10, 0, [609, 696, 366])]
    {
        let alone = map(text);
        for place in places {
            let mut frame = Frame { line: 1, column: place, ..Frame::default() };
            let mut shifted = Frame { line: 1 + line, column: place + column, ..Frame::default() };
            assert!(alone.apply(&mut frame) && whole.apply(&mut shifted), "{place}");
            assert_eq!(frame, shifted);
        }
    }
    let by_url = r#"{"offset":{"line":0,"column":0},"url":"other.map"}"#.to_owned();
    assert_eq!(map(&text(&[by_url])).name_at(1, 1), None);
}

#[test]
fn frames_that_the_map_does_not_know_stay() {
    let map =
        map(r#"{"version":3,"sources":["a.ts"],"names":["total"],"mappings":"IAAA,C,CACAA;"}"#);
    for (line, column) in
        [(0, 0), (1, 0), (0, 1), (1, 1), (1, 4), (1, 6), (2, 1), (u32::MAX, u32::MAX)]
    {
        let before = Frame { line, column, function: "t".to_owned(), ..Frame::default() };
        let mut frame = before.clone();
        let is_known = map.apply(&mut frame);
        assert_eq!((is_known, &frame), (false, &before));
    }
    let before = Frame { file: "app.js".to_owned(), function: "t".to_owned(), ..Frame::default() };
    let mut frame = Frame { line: 1, column: 5, ..before.clone() };
    assert!(map.apply(&mut frame));
    let after =
        Frame { file: "a.ts".to_owned(), path: "app.js".to_owned(), line: 1, column: 1, ..before };
    assert_eq!(frame, after, "without sources the function is not known");
}

#[test]
fn memory_is_estimated() {
    let map = map(ESBUILD);
    let (least, most) = (ESBUILD.len() / 2, ESBUILD.len() * 5);
    assert!((least..most).contains(&map.bytes()), "{}", map.bytes());
}
