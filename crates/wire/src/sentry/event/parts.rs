//! The small parts of an event: tags, user, request, debug images.

use super::super::reader::{Kind, Reader};
use super::bounds;

/// Whom an event happened to. Empty texts stand for absent ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The service's own id of the user.
    pub id: String,
    /// An address of electronic mail.
    pub email: String,
    /// A name.
    pub username: String,
    /// An address, or `{{auto}}`.
    pub ip_address: String,
}

impl User {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut user = Self::default();
        reader.object(|key, reader| match key {
            "id" => user.id = reader.string(),
            "email" => user.email = reader.string(),
            "username" => user.username = reader.string(),
            "name" if user.username.is_empty() => user.username = reader.string(),
            "ip_address" => user.ip_address = reader.string(),
            _ => {}
        });
        user
    }
}

/// The request that was handled. Empty texts stand for absent ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The URL, with or without its query.
    pub url: String,
}

impl Request {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut request = Self::default();
        reader.object(|key, reader| match key {
            "method" => request.method = reader.string(),
            "url" => request.url = reader.string(),
            _ => {}
        });
        request
    }
}

/// A generated file and the id that its source map has too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DebugImage {
    /// Path or URL, as frames have it.
    pub code_file: String,
    /// The id, as it was sent.
    pub debug_id: String,
}

impl DebugImage {
    /// The source maps among the images of `debug_meta`.
    pub(super) fn read(reader: &mut Reader<'_>, omitted: &mut u32) -> Vec<Self> {
        let mut images = Vec::new();
        reader.object(|key, reader| {
            if key != "images" || reader.kind() != Kind::Array {
                return;
            }
            reader.array(|reader| {
                let (mut image, mut is_source_map) = (Self::default(), false);
                reader.object(|key, reader| match key {
                    "type" => is_source_map = reader.text().is_some_and(|kind| kind == "sourcemap"),
                    "code_file" => image.code_file = reader.string(),
                    "debug_id" => image.debug_id = reader.string(),
                    _ => {}
                });
                if !is_source_map || image.debug_id.is_empty() {
                    return;
                }
                if images.len() < bounds::IMAGES {
                    images.push(image);
                } else {
                    *omitted = omitted.saturating_add(1);
                }
            });
        });
        images
    }
}

/// Tags: an object, a list of pairs, or a list of objects with `key` and `value`. A tag without a
/// value is none.
pub(in super::super) fn tags(reader: &mut Reader<'_>, omitted: &mut u32) -> Vec<(String, String)> {
    let mut tags = Vec::new();
    let mut push = |key: String, value: Option<String>| match value {
        Some(value) if !key.is_empty() && tags.len() < bounds::TAGS => tags.push((key, value)),
        Some(_) => *omitted = omitted.saturating_add(1),
        None => {}
    };
    let value = |reader: &mut Reader<'_>| reader.text_or_json().map(|text| text.into_owned());
    if reader.kind() == Kind::Object {
        reader.object(|key, reader| push(key.to_owned(), value(reader)));
        return tags;
    }
    reader.array(|reader| {
        let mut tag = (String::new(), None);
        if reader.kind() == Kind::Array {
            let mut at = 0;
            reader.array(|reader| {
                match at {
                    0 => tag.0 = reader.string(),
                    1 => tag.1 = value(reader),
                    _ => {}
                }
                at += 1;
            });
        } else {
            reader.object(|key, reader| match key {
                "key" => tag.0 = reader.string(),
                "value" => tag.1 = value(reader),
                _ => {}
            });
        }
        push(tag.0, tag.1);
    });
    tags
}
