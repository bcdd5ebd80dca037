//! Labels of a series or an exemplar: pairs of texts in 1.0, pairs of numbers of texts in 2.0.

use crate::otlp::fault::{Fault, Within};
use crate::otlp::reader::{Known, Reader, len, varint};
use crate::prometheus::Label;
use crate::prometheus::labels::LABELS_MAX;

/// `Label` of 1.0.
const NAME: u32 = len(1);
const VALUE: u32 = len(2);
const LABEL: Known = Known::fields(&[1, 2]);

/// The labels of 1.0, and the numbers of 2.0 in a row or one by one, are field 1.
pub(super) const LABELS: u32 = len(1);
pub(super) const LABEL_REF: u32 = varint(1);

/// Why labels cannot be told from their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RefProblem {
    #[error("reference {number} is beyond the {symbols} symbols of the request")]
    Unknown { number: u32, symbols: usize },
    #[error("it has {0} references, expected a name's and a value's in turn")]
    Odd(usize),
}

/// Labels being collected; one more than a series may have, but no more.
#[derive(Default)]
pub(super) struct Labels<'b> {
    pub(super) list: Vec<Label<'b>>,
    name: Option<&'b [u8]>,
    references: usize,
    unknown: Option<RefProblem>,
}

impl<'b> Labels<'b> {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        (self.name, self.references, self.unknown) = (None, 0, None);
    }

    #[inline]
    fn push(&mut self, label: Label<'b>) {
        if self.list.len() <= LABELS_MAX {
            self.list.push(label);
        }
    }

    /// Reads field 1 of 1.0: one label.
    #[inline]
    pub(super) fn read(&mut self, reader: &mut Reader<'b>) -> Result<(), Fault> {
        let index = self.list.len();
        let mut read = || {
            let (mut name, mut value): Label<'b> = (b"", b"");
            let mut label = Reader::new(reader.bytes()?);
            while let Some(tag) = label.tag()? {
                match tag {
                    NAME => name = label.bytes().within("name")?,
                    VALUE => value = label.bytes().within("value")?,
                    _ => label.skip(tag, LABEL)?,
                }
            }
            Ok((name, value))
        };
        let label = read().within_element("labels", index)?;
        self.push(label);
        Ok(())
    }

    /// Reads field 1 of 2.0: numbers in a row.
    #[inline]
    pub(super) fn read_refs(
        &mut self,
        reader: &mut Reader<'b>,
        symbols: &[&'b [u8]],
    ) -> Result<(), Fault> {
        let mut refs = Reader::new(reader.bytes().within("labels_refs")?);
        while !refs.is_empty() {
            self.read_ref(&mut refs, symbols)?;
        }
        Ok(())
    }

    /// Reads one number of a text.
    #[inline]
    pub(super) fn read_ref(
        &mut self,
        reader: &mut Reader<'b>,
        symbols: &[&'b [u8]],
    ) -> Result<(), Fault> {
        let number = reader.uint32_bits().within("labels_refs")?.cast_unsigned();
        self.references += 1;
        let Some(text) = symbols.get(number as usize) else {
            self.unknown.get_or_insert(RefProblem::Unknown { number, symbols: symbols.len() });
            return Ok(());
        };
        match self.name.take() {
            None => self.name = Some(text),
            Some(name) => self.push((name, text)),
        }
        Ok(())
    }

    /// Whether each number stood for a text, and each name has a value.
    #[inline]
    pub(super) fn complete(&self) -> Result<(), RefProblem> {
        match self.unknown {
            Some(problem) => Err(problem),
            None if self.references % 2 == 1 => Err(RefProblem::Odd(self.references)),
            None => Ok(()),
        }
    }
}
