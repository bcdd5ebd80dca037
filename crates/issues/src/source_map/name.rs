//! Names of sources: what a bundler calls them, and what people call them.
//!
//! Invariant: a name is relative, has slashes, and has no `.` and no `..` in it.

/// Bytes of a name. Of a longer one the end is kept, which says more.
const BYTES_MAX: usize = 1_024;

/// The name of a source below a root: `webpack://shop/./src/cart.js?1f2a` is `src/cart.js`.
pub(super) fn clean(root: &str, source: &str) -> String {
    let is_absolute = source.starts_with('/') || source.contains("://") || has_drive(source);
    if is_absolute || root.is_empty() {
        return clean_path(source);
    }
    clean_path(&format!("{}/{source}", root.trim_end_matches('/')))
}

fn clean_path(source: &str) -> String {
    let path = source.replace('\\', "/");
    let path = without_scheme(&path);
    let path = without_query(path);
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." | "[project]" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut name = parts.join("/");
    if let Some(over) = name.len().checked_sub(BYTES_MAX) {
        let start = (over..=name.len()).find(|at| name.is_char_boundary(*at)).unwrap_or(0);
        name.drain(..start);
    }
    name
}

/// The path of a URL, whose host is a server or the name that a bundler has for the program.
fn without_scheme(path: &str) -> &str {
    if let Some((scheme, rest)) = path.split_once("://") {
        let is_scheme = !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        if is_scheme {
            let path = rest.split_once('/').map_or(rest, |(_, path)| path);
            return without_drive(path);
        }
    }
    without_drive(path)
}

fn without_drive(path: &str) -> &str {
    let trimmed = path.trim_start_matches('/');
    if has_drive(trimmed) { &trimmed[2..] } else { path }
}

fn has_drive(path: &str) -> bool {
    let [letter, b':', b'/' | b'\\', ..] = path.as_bytes() else { return false };
    letter.is_ascii_alphabetic()
}

/// What bundlers put behind a name to tell parts of a file apart; names with spaces, such as
/// `external "a?b"`, are none of files.
fn without_query(path: &str) -> &str {
    match path.split_once('?') {
        Some((path, _)) if !path.is_empty() && !path.contains(' ') => path,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_and_clean() {
        let check = |root, source, name| assert_eq!(clean(root, source), name, "{root:?} {source}");
        check("", "webpack:///./src/a.js", "src/a.js");
        check("", "webpack://name/./src/a.js?abcd", "src/a.js");
        check("", "webpack-internal:///./src/a.js", "src/a.js");
        check("", "webpack://@shop/web/../lib/a.js", "lib/a.js");
        check("", "webpack:///(webpack)/buildin/global.js", "(webpack)/buildin/global.js");
        check("", "webpack://shop/webpack/bootstrap", "webpack/bootstrap");
        check("", "../src/a.ts", "src/a.ts");
        check("", "../../../node_modules/b/c.js", "node_modules/b/c.js");
        check("", "a/./b/../c.ts", "a/c.ts");
        check("", "/abs/src/a.ts", "abs/src/a.ts");
        check("", "file:///home/ci/src/a.ts", "home/ci/src/a.ts");
        check("", "https://cdn.example.com/js/a.ts?v=3", "js/a.ts");
        check("", r"C:\shop\src\a.ts", "shop/src/a.ts");
        check("", "file:///C:/shop/src/a.ts", "shop/src/a.ts");
        check("", "turbopack:///[project]/src/a.tsx", "src/a.tsx");
        check("", "src/App.vue?vue&type=script&lang=ts", "src/App.vue");
        check("", r#"external "react?""#, r#"external "react?""#);
        check("", "", "");
        check("", "..", "");
        check("packages/web", "src/a.ts", "packages/web/src/a.ts");
        check("packages/web/", "../src/a.ts", "packages/src/a.ts");
        check("packages/web", "/src/a.ts", "src/a.ts");
        check("packages/web", "webpack:///./src/a.ts", "src/a.ts");
        check("https://cdn.example.com/src", "a.ts", "src/a.ts");
        check("/", "src/a.ts", "src/a.ts");
    }

    #[test]
    fn long_names_keep_their_end() {
        let name = clean("", &format!("{}/ä.ts", "ö".repeat(BYTES_MAX)));
        assert!(name.len() <= BYTES_MAX && name.ends_with("/ä.ts"), "{name}");
    }
}
