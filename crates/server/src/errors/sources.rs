//! Source maps that were uploaded, and frames of minified code that become frames of what people wrote.
//!
//! Invariants: a map is durable before its row is in the state database, and was read as a whole before that;
//! maps in memory are bounded, and those used longest ago go first; a frame without a map stays as it is.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use plimsoll_issues::source_map::Map;
use plimsoll_model::{ErrorCode, Exception, Frame};
use plimsoll_state::{SourceMapRow, State};
use plimsoll_wire::sentry::event::DebugImage;

use super::files::Files;
use super::otel::new_id;
use super::view::hex;
use crate::access::state_problem;
use crate::problem::Problem;

/// Longest name of a file, release or debug id, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// Source maps of the whole server.
pub(crate) struct SourceMaps {
    files: Files,
    /// By debug id, and by release and file.
    known: RwLock<Arc<Known>>,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Known {
    by_debug_id: HashMap<String, String>,
    by_file: HashMap<(String, String), String>,
}

impl Known {
    fn of(rows: Vec<SourceMapRow>) -> Self {
        let mut known = Self::default();
        // The newest come first, and count.
        for row in rows {
            if !row.debug_id.is_empty() {
                known.by_debug_id.entry(row.debug_id).or_insert_with(|| row.id.clone());
            }
            if !row.file.is_empty() {
                known.by_file.entry((row.release, row.file)).or_insert(row.id);
            }
        }
        known
    }
}

/// Maps in memory, those used last at the end.
struct Cache {
    bytes_max: usize,
    maps: Vec<(String, Arc<Map>)>,
}

impl Cache {
    fn get(&mut self, id: &str) -> Option<Arc<Map>> {
        let at = self.maps.iter().position(|(known, _)| known == id)?;
        let entry = self.maps.remove(at);
        let map = Arc::clone(&entry.1);
        self.maps.push(entry);
        Some(map)
    }

    fn insert(&mut self, id: String, map: Arc<Map>) {
        self.maps.push((id, map));
        let mut bytes: usize = self.maps.iter().map(|(_, map)| map.bytes()).sum();
        while bytes > self.bytes_max && self.maps.len() > 1 {
            bytes -= self.maps.remove(0).1.bytes();
        }
    }
}

/// Where a map belongs: a debug id, or a release and a file, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) release: String,
    pub(crate) file: String,
    pub(crate) debug_id: String,
}

impl Place {
    fn check(&self) -> Result<(), Problem> {
        let invalid = |detail: String| Err(Problem::new(ErrorCode::InvalidArgument, detail));
        if self.debug_id.is_empty() && (self.release.is_empty() || self.file.is_empty()) {
            return invalid(
                "a source map needs a debug_id, or a release and a file like ~/assets/app.js"
                    .to_owned(),
            );
        }
        let texts = [&self.release, &self.file, &self.debug_id];
        match texts.iter().any(|text| text.chars().count() > TEXT_CHARS_MAX) {
            true => invalid(format!("a name has more than {TEXT_CHARS_MAX} characters")),
            false => Ok(()),
        }
    }
}

impl SourceMaps {
    /// Reads which there are.
    pub(super) fn open(files: Files, bytes_max: usize, rows: Vec<SourceMapRow>) -> Self {
        Self {
            files,
            known: RwLock::new(Arc::new(Known::of(rows))),
            cache: Mutex::new(Cache { bytes_max, maps: Vec::new() }),
        }
    }

    /// Whether there is any.
    pub(crate) fn is_empty(&self) -> bool {
        let known = self.known.read();
        known.by_debug_id.is_empty() && known.by_file.is_empty()
    }

    /// Makes frames of minified code those of the code they come from. May read files.
    pub(super) fn apply(&self, exceptions: &mut [Exception], release: &str, images: &[DebugImage]) {
        let known = Arc::clone(&self.known.read());
        for frame in exceptions.iter_mut().flat_map(|exception| &mut exception.frames) {
            let Some(id) = find(&known, frame, release, images) else { continue };
            if let Some(map) = self.load(id) {
                map.apply(frame);
            }
        }
    }

    fn load(&self, id: &str) -> Option<Arc<Map>> {
        if let Some(map) = self.cache.lock().get(id) {
            return Some(map);
        }
        let read = self.files.read(id).map_err(|error| error.to_string());
        let parsed = read.and_then(|bytes| Map::parse(&bytes).map_err(|error| error.to_string()));
        match parsed {
            Ok(map) => {
                let map = Arc::new(map);
                self.cache.lock().insert(id.to_owned(), Arc::clone(&map));
                Some(map)
            }
            Err(error) => {
                tracing::error!(id, error, "a source map cannot be read");
                None
            }
        }
    }

    /// Keeps a map.
    pub(crate) async fn put(
        self: &Arc<Self>,
        state: &State,
        place: Place,
        bytes: bytes::Bytes,
        now: i64,
    ) -> Result<SourceMapRow, Problem> {
        place.check()?;
        let row = SourceMapRow {
            id: hex(&new_id(&place.file, now)),
            file: place.file,
            release: place.release,
            debug_id: place.debug_id.to_ascii_lowercase(),
            bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            created: now,
        };
        let (maps, id) = (Arc::clone(self), row.id.clone());
        let write = move || {
            Map::parse(&bytes).map_err(|error| {
                Problem::new(ErrorCode::InvalidArgument, error.to_string()).location("body")
            })?;
            maps.files.write(&id, &bytes).map_err(|error| {
                tracing::error!(%error, "a source map cannot be written");
                Problem::new(ErrorCode::Unavailable, "the source map cannot be written")
            })
        };
        tokio::task::spawn_blocking(write).await.map_err(Problem::internal)??;
        let gone = state.add_source_map(&row).await.map_err(state_problem)?;
        self.reload(state, &gone).await?;
        Ok(row)
    }

    /// Forgets a map; whether there was one.
    pub(crate) async fn delete(&self, state: &State, id: &str) -> Result<bool, Problem> {
        let done = state.delete_source_map(id).await.map_err(state_problem)?;
        if done {
            self.reload(state, &[id.to_owned()]).await?;
        }
        Ok(done)
    }

    async fn reload(&self, state: &State, gone: &[String]) -> Result<(), Problem> {
        let rows = state.source_maps().await.map_err(state_problem)?;
        *self.known.write() = Arc::new(Known::of(rows));
        self.cache.lock().maps.retain(|(id, _)| !gone.contains(id));
        gone.iter().for_each(|id| self.files.delete(id));
        Ok(())
    }
}

/// The map of a frame: by the debug id of its file, else by release and file.
fn find<'a>(
    known: &'a Known,
    frame: &Frame,
    release: &str,
    images: &[DebugImage],
) -> Option<&'a str> {
    if frame.line == 0 || frame.column == 0 {
        return None;
    }
    let path = if frame.path.is_empty() { &frame.file } else { &frame.path };
    let image = images.iter().find(|image| image.code_file == *path);
    let by_id = image.and_then(|image| known.by_debug_id.get(&image.debug_id.to_ascii_lowercase()));
    by_id.or_else(|| by_file(known, release, path)).map(String::as_str)
}

fn by_file<'a>(known: &'a Known, release: &str, path: &str) -> Option<&'a String> {
    let get = |file: &str| known.by_file.get(&(release.to_owned(), file.to_owned()));
    let plain = path.split(['?', '#']).next().unwrap_or_default();
    // `~` stands for whatever host serves the file.
    let rest = plain
        .split_once("://")
        .map_or(plain, |(_, rest)| rest.find('/').map_or("", |slash| &rest[slash..]));
    get(plain).or_else(|| get(&format!("~{rest}"))).or_else(|| get(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let row = |id: &str, release: &str, file: &str, debug_id: &str| SourceMapRow {
            id: id.to_owned(),
            file: file.to_owned(),
            release: release.to_owned(),
            debug_id: debug_id.to_owned(),
            bytes: 0,
            created: 0,
        };
        Known::of(vec![
            row("new", "1.4", "~/assets/app.js", ""),
            row("old", "1.4", "~/assets/app.js", ""),
            row("node", "1.4", "/srv/app/dist/app.js", ""),
            row("by-id", "", "", "4c1f-aa"),
        ])
    }

    #[test]
    fn maps_are_found_by_debug_id_and_by_release_and_file() {
        let known = known();
        let image = DebugImage {
            code_file: "https://shop.example/other.js".to_owned(),
            debug_id: "4C1F-AA".to_owned(),
        };
        let check = |path: &str, release: &str, expected: Option<&str>| {
            let frame = Frame { path: path.to_owned(), line: 1, column: 9, ..Frame::default() };
            let found = find(&known, &frame, release, std::slice::from_ref(&image));
            assert_eq!(found, expected, "{path}");
        };
        check("https://shop.example/assets/app.js?v=3", "1.4", Some("new"));
        check("https://shop.example/assets/app.js", "1.5", None);
        check("https://shop.example/other.js", "", Some("by-id"));
        check("/srv/app/dist/app.js", "1.4", Some("node"));
        check("https://shop.example", "1.4", None);
        check("", "", None);
    }

    #[test]
    fn a_place_is_a_debug_id_or_a_release_and_a_file() {
        let place = |release: &str, file: &str, debug_id: &str| Place {
            release: release.to_owned(),
            file: file.to_owned(),
            debug_id: debug_id.to_owned(),
        };
        assert!(place("1", "~/a.js", "").check().is_ok() && place("", "", "x").check().is_ok());
        assert!(place("1", "", "").check().is_err() && place("", "~/a.js", "").check().is_err());
    }
}
