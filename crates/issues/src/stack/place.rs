//! Where in a file a frame is.

use plimsoll_model::Frame;

/// Says in which file a frame is. A path that says where the file is, and not only its name, is kept as such.
pub(super) fn set_file(frame: &mut Frame, path: &str) {
    let local = path.strip_prefix("file://").map(|local| {
        // A drive's letter follows the third slash: `file:///C:/shop`.
        let is_drive = local.as_bytes().get(2) == Some(&b':');
        if is_drive { &local[1..] } else { local }
    });
    let path = local.unwrap_or(path);
    path.clone_into(&mut frame.file);
    if is_absolute(path) {
        path.clone_into(&mut frame.path);
    }
}

fn is_absolute(path: &str) -> bool {
    let bytes = path.as_bytes();
    let has_drive = bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.get(1) == Some(&b':')
        && matches!(bytes.get(2), Some(b'/' | b'\\'));
    has_drive || path.starts_with(['/', '\\']) || path.contains("://")
}

/// Splits `file:line:column`, or `file:line`, whose column is then 0.
pub(super) fn split_position(text: &str) -> Option<(&str, u32, u32)> {
    let (rest, last) = split_line(text)?;
    match split_line(rest) {
        Some((file, line)) => Some((file, line, last)),
        None => Some((rest, last, 0)),
    }
}

/// Splits `file:line`.
pub(super) fn split_line(text: &str) -> Option<(&str, u32)> {
    let (file, number) = text.rsplit_once(':')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !file.is_empty()).then_some(())?;
    Some((file, number.parse().ok()?))
}
