//! Spans in the newer form, `application/vnd.sentry.items.span.v2+json`: a list of spans that say
//! all of themselves in typed attributes.

use super::super::event::ShapeError;
use super::super::reader::{Kind, Reader};
use super::super::time;
use super::attribute::Value;
use super::span::{Fields, Inherited, Spans};
use super::{Fault, Outcome};

/// What the content type of a container of spans begins with.
pub(super) const CONTAINER: &str = "application/vnd.sentry.items.";

impl Spans<'_> {
    /// Adds the spans of an item of type `span`, a container or one span, whichever it is.
    ///
    /// # Errors
    ///
    /// The payload is no JSON object.
    pub fn push_item(&mut self, content_type: &str, json: &str) -> Result<Outcome, ShapeError> {
        if content_type.starts_with(CONTAINER) {
            self.push_spans(json)
        } else {
            self.push_span(json)
        }
    }

    /// Adds the spans of a container.
    ///
    /// # Errors
    ///
    /// The payload is no JSON object.
    pub fn push_spans(&mut self, json: &str) -> Result<Outcome, ShapeError> {
        let mut reader = ShapeError::check("a container of spans", json)?;
        let mut outcome = Outcome::default();
        reader.object(|key, reader| {
            if key != "items" || reader.kind() != Kind::Array {
                return;
            }
            let mut at = 0;
            reader.array(|reader| {
                outcome.add(self.push_newer(reader), || format!("items[{at}]"));
                at += 1;
            });
        });
        Ok(outcome)
    }

    fn push_newer(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        self.begin(&Inherited::default());
        let mut fields = Fields::default();
        reader.object(|key, reader| match key {
            "name" => fields.name = reader.text().unwrap_or_default(),
            "start_timestamp" => fields.start = reader.parsed(time::unix_nano),
            "end_timestamp" => fields.end = reader.parsed(time::unix_nano),
            "attributes" => reader.object(|key, reader| {
                let Some(value) = Value::read_typed(reader) else { return };
                self.attribute(key, value, &mut fields);
            }),
            "links" => self.push_links(reader, &mut fields, Value::read_typed),
            "is_segment" => {
                if reader.boolean() == Some(true) {
                    let columns = &mut self.columns.attributes;
                    self.row.push(columns, "sentry.is_segment", Value::Bool(true));
                }
            }
            _ => self.common_member(key, reader, &mut fields),
        });
        self.commit(&fields)
    }
}
