//! Resources and instrumentation scopes: decoded once, used for every item below them.

use plimsoll_model::batch::{ResourceCopies, ResourceRow, ScopeRow};

use super::context::Context;
use super::fault::{Fault, Within};
use super::reader::{Known, Reader, len, varint};
use super::series::Identity;
use super::text::write_string;
use super::value::{Object, Value, key_value};

/// The resource and scope of an item.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) resource: &'a Resource<'a>,
    pub(super) scope: &'a Scope<'a>,
}

/// A decoded `Resource` message with the schema URL that goes with it.
pub(super) struct Resource<'a> {
    copies: ResourceCopies<'a>,
    attributes: &'a [u8],
    /// The attributes by key, those of one key in the order sent.
    pub(super) pairs: Vec<(&'a [u8], Value<'a>)>,
    dropped_attributes_count: i32,
    schema_url: &'a [u8],
    /// What the resource adds to the identity of its series.
    pub(super) identity: u128,
    /// Bytes that each of its rows repeats.
    pub(super) bytes_per_row: usize,
}

const ATTRIBUTES: u32 = len(1);
const DROPPED: u32 = varint(2);
const ENTITY_REFS: u32 = len(3);
const RESOURCE: Known = Known::fields(&[1, 2, 3]);

impl<'a> Resource<'a> {
    /// Decodes the parts of a resource; `text` receives its attributes as typed JSON.
    pub(super) fn decode(
        parts: &[&'a [u8]],
        schema_url: &'a [u8],
        text: &'a mut Vec<u8>,
        cx: &Context<'_>,
    ) -> Result<Self, Fault> {
        let mut copies = ResourceCopies::default();
        let mut identity = Identity::default();
        let mut dropped_attributes_count = 0;
        let mut entity_refs = Vec::new();
        text.clear();
        let mut object = Object::new(text);
        let mut pairs = Vec::new();
        for part in parts {
            let mut reader = Reader::new(part);
            while let Some(tag) = reader.tag().within("resource")? {
                match tag {
                    ATTRIBUTES => {
                        let message = reader.bytes().within("resource.attributes")?;
                        object.push_message("resource.attributes", message, cx)?;
                        let (key, value) = key_value(message)?;
                        if let Value::String(text) = value {
                            copies.see(key, text);
                        }
                        pairs.push((key, value));
                    }
                    DROPPED => {
                        dropped_attributes_count = reader.uint32_bits().within("resource")?
                    }
                    ENTITY_REFS => {
                        entity_refs.push(reader.bytes().within("resource")?);
                        cx.attribute_count(entity_refs.len()).within("resource.entity_refs")?;
                    }
                    _ => reader.skip(tag, RESOURCE).within("resource")?,
                }
            }
        }
        let written = object.finish();
        write_entity_refs(text, written.is_empty(), &entity_refs, cx)?;
        identity.push_attributes(&mut pairs, cx)?;
        cx.text(schema_url).within("schema_url")?;
        let bytes_per_row = copies.bytes_per_row();
        Ok(Self {
            copies,
            attributes: text,
            pairs,
            dropped_attributes_count,
            schema_url,
            identity: identity.hash(),
            bytes_per_row,
        })
    }

    /// Bytes that a row takes whose labels are the attributes.
    pub(super) fn bytes_of_labels(&self) -> usize {
        self.attributes.len() + self.bytes_per_row
    }

    pub(super) fn row(&self) -> ResourceRow<'_> {
        ResourceRow {
            copies: self.copies.clone(),
            attributes: self.attributes,
            dropped_attributes_count: self.dropped_attributes_count,
            schema_url: self.schema_url,
        }
    }
}

/// Completes a resource's object: opens it where it has no attributes, adds the entity references
/// as the member `$entity_refs` where there are any, closes it.
fn write_entity_refs(
    out: &mut Vec<u8>,
    no_attributes: bool,
    entity_refs: &[&[u8]],
    cx: &Context<'_>,
) -> Result<(), Fault> {
    if no_attributes {
        out.push(b'{');
    } else if !entity_refs.is_empty() {
        out.pop();
        out.push(b',');
    }
    if !entity_refs.is_empty() {
        out.extend_from_slice(b"\"$entity_refs\":[");
        for (index, message) in entity_refs.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_entity_ref(out, message, cx).within_element("resource.entity_refs", index)?;
        }
        out.extend_from_slice(b"]}");
    } else if no_attributes {
        out.push(b'}');
    }
    Ok(())
}

fn write_entity_ref(out: &mut Vec<u8>, message: &[u8], cx: &Context<'_>) -> Result<(), Fault> {
    const ENTITY_REF: Known = Known::fields(&[1, 2, 3, 4]);
    let (mut schema_url, mut kind): (&[u8], &[u8]) = (b"", b"");
    let (mut id_keys, mut description_keys) = (Vec::new(), Vec::new());
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        if tag & 7 != 2 || tag >> 3 > 4 {
            reader.skip(tag, ENTITY_REF)?;
            continue;
        }
        let text = cx.text(reader.bytes()?)?;
        match tag >> 3 {
            1 => schema_url = text,
            2 => kind = text,
            3 => id_keys.push(text),
            _ => description_keys.push(text),
        }
    }
    out.extend_from_slice(b"{\"schema_url\":");
    write_string(out, schema_url);
    out.extend_from_slice(b",\"type\":");
    write_string(out, kind);
    for (name, keys) in [("id_keys", id_keys), ("description_keys", description_keys)] {
        out.push(b',');
        write_string(out, name.as_bytes());
        out.extend_from_slice(b":[");
        for (index, key) in keys.into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_string(out, key);
        }
        out.push(b']');
    }
    out.push(b'}');
    Ok(())
}

/// A decoded `InstrumentationScope` message with the schema URL of the scope's items.
pub(super) struct Scope<'a> {
    row: ScopeRow<'a>,
    /// What the scope adds to the identity of its series.
    pub(super) identity: u128,
}

impl<'a> Scope<'a> {
    /// Decodes the parts of a scope; `text` receives its attributes as typed JSON.
    pub(super) fn decode(
        parts: &[&'a [u8]],
        schema_url: &'a [u8],
        text: &'a mut Vec<u8>,
        cx: &Context<'_>,
    ) -> Result<Self, Fault> {
        const NAME: u32 = len(1);
        const VERSION: u32 = len(2);
        const ATTRIBUTES: u32 = len(3);
        const DROPPED: u32 = varint(4);
        const SCOPE: Known = Known::fields(&[1, 2, 3, 4]);
        let mut row = ScopeRow::default();
        text.clear();
        let mut object = Object::new(text);
        let mut attributes = Vec::new();
        for part in parts {
            let mut reader = Reader::new(part);
            while let Some(tag) = reader.tag().within("scope")? {
                match tag {
                    NAME => row.name = reader.bytes().within("scope.name")?,
                    VERSION => row.version = reader.bytes().within("scope.version")?,
                    ATTRIBUTES => {
                        let message = reader.bytes().within("scope.attributes")?;
                        object.push_message("scope.attributes", message, cx)?;
                        attributes.push(key_value(message)?);
                    }
                    DROPPED => {
                        row.dropped_attributes_count = reader.uint32_bits().within("scope")?;
                    }
                    _ => reader.skip(tag, SCOPE).within("scope")?,
                }
            }
        }
        object.finish();
        cx.text(row.name).within("scope.name")?;
        cx.text(row.version).within("scope.version")?;
        cx.text(schema_url).within("schema_url")?;
        let mut identity = Identity::default();
        identity.push_text(row.name);
        identity.push_text(row.version);
        identity.push_attributes(&mut attributes, cx)?;
        row.schema_url = schema_url;
        row.attributes = text;
        Ok(Self { row, identity: identity.hash() })
    }

    pub(super) fn row(&self) -> ScopeRow<'a> {
        self.row
    }
}
