//! Files as part of a name: the last directories and the stem, without what a build adds.
//!
//! Invariants: host, query, extension, content hash and directories of releases are not part of it.

use super::segment::Segments;

/// Directories that are kept before the stem.
const DIRECTORIES_MAX: usize = 2;

/// Adds a file's segments; whether it is a bundle, whose short names mean nothing.
pub(super) fn read<'a>(file: &'a str, segments: &mut Segments<'a>) -> bool {
    let colon = file.find(':').filter(|at| file[*at..].starts_with("://"));
    let scheme = colon.map(|at| (&file[..at], &file[at + 3..]));
    let address = scheme.map_or(file, |(scheme, rest)| {
        let host = rest.find('/').unwrap_or(0);
        if scheme.starts_with("http") { &rest[host..] } else { rest }
    });
    let address = &address[..address.find(['?', '#']).unwrap_or(address.len())];
    let (directories, name) = address.rsplit_once(['/', '\\']).unwrap_or(("", address));
    for directory in last(directories) {
        segments.add_plain(directory);
    }
    let (stem, hashed) = stem(name);
    segments.add_plain(stem);
    hashed || is_url(file)
}

/// Whether a browser loaded it.
pub(super) fn is_url(file: &str) -> bool {
    file.starts_with("http://") || file.starts_with("https://")
}

/// The last directories that are no release, in their order.
fn last(directories: &str) -> impl Iterator<Item = &str> {
    let mut kept = [""; DIRECTORIES_MAX];
    let named = directories.rsplit(['/', '\\']).filter(|name| is_named(name)).take(DIRECTORIES_MAX);
    for (slot, name) in kept.iter_mut().rev().zip(named) {
        *slot = name;
    }
    kept.into_iter().filter(|name| !name.is_empty())
}

fn is_named(directory: &str) -> bool {
    directory.starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '@')
        && !is_hash(directory)
}

/// A file's name up to its extension and a hash in it, and whether there was one.
fn stem(name: &str) -> (&str, bool) {
    let mut stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut hashed = stem.bytes().all(|byte| byte.is_ascii_digit());
    while let Some(at) = stem.rfind(['.', '-', '_']) {
        let piece = &stem[at + 1..];
        let built = stem.as_bytes()[at] != b'_' && matches!(piece, "min" | "chunk" | "bundle");
        if !built && !is_hash(piece) {
            break;
        }
        hashed = true;
        stem = &stem[..at];
    }
    (if is_hash(stem) { "" } else { stem }, hashed)
}

/// A piece that a build made from the content: hexadecimal, or eight and more of mixed characters.
fn is_hash(piece: &str) -> bool {
    let count = |is: fn(&u8) -> bool| piece.as_bytes().iter().filter(|byte| is(byte)).count();
    let digits = count(u8::is_ascii_digit);
    let upper = count(u8::is_ascii_uppercase);
    let lower = count(u8::is_ascii_lowercase);
    let hexadecimal = piece.len() >= 5 && count(u8::is_ascii_hexdigit) == piece.len() && digits > 0;
    let mixed = piece.len() == 8 && digits > 0 && upper > 0 && lower > 0;
    hexadecimal || mixed
}
