//! What decoding needs to know, the checks that every value goes through, and what was rejected.
//!
//! Invariant: once enough reasons are collected, a fault costs no allocation: a request full of bad
//! items is refused about as fast as a good one is decoded.

use plimsoll_model::{TimeWindow, UnixNano};

use super::fault::{Fault, hex, preview};
use super::limits::Limits;

/// Reasons given to the sender.
const REASONS_MAX: usize = 5;

/// The state of one decoding.
pub(super) struct Context<'c> {
    pub(super) window: &'c TimeWindow,
    limits: &'c Limits,
    /// Whether each text is checked to be UTF-8.
    strict: bool,
    expansion_bytes_left: usize,
    rejected: u64,
    reasons: Vec<String>,
    /// Names and indices of the resource, scope and item that the walk is at.
    pub(super) fields: [&'static str; 3],
    pub(super) at: [usize; 3],
}

impl<'c> Context<'c> {
    pub(super) fn new(
        body_bytes: usize,
        window: &'c TimeWindow,
        limits: &'c Limits,
        strict: bool,
    ) -> Self {
        Self {
            window,
            limits,
            strict,
            expansion_bytes_left: limits.expansion_bytes(body_bytes),
            rejected: 0,
            reasons: Vec::new(),
            fields: [""; 3],
            at: [0; 3],
        }
    }

    /// A fault of an item, described only if somebody will read it.
    #[cold]
    pub(super) fn bad<T>(&self, problem: impl FnOnce() -> String) -> Result<T, Fault> {
        let read = self.reasons.len() < REASONS_MAX;
        Err(if read { Fault::item(problem()) } else { Fault::unread_item() })
    }

    /// Checks a text: its length always, that it is UTF-8 where asked to.
    #[inline]
    pub(super) fn text<'a>(&self, text: &'a [u8]) -> Result<&'a [u8], Fault> {
        if text.len() > self.limits.value_bytes_max || self.strict {
            self.check_text(text)?;
        }
        Ok(text)
    }

    #[cold]
    fn check_text(&self, text: &[u8]) -> Result<(), Fault> {
        self.bytes(text)?;
        match std::str::from_utf8(text) {
            Err(error) if self.strict => self.bad(|| {
                let (at, shown) = (error.valid_up_to(), preview(text));
                format!("expected UTF-8, found other bytes at {at} of {shown}")
            }),
            _ => Ok(()),
        }
    }

    /// Checks the length of a value.
    #[inline]
    pub(super) fn bytes<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8], Fault> {
        let (found, most) = (bytes.len(), self.limits.value_bytes_max);
        if found > most {
            return self.bad(|| {
                let shown = preview(bytes);
                format!("it has {found} bytes, at most {most} are taken; it begins {shown}")
            });
        }
        Ok(bytes)
    }

    /// Checks that an array or map this deep in a value may hold elements.
    pub(super) fn nested(&self, depth: usize) -> Result<(), Fault> {
        let most = self.limits.nesting_max;
        if depth >= most {
            return self.bad(|| {
                format!(
                    "arrays and maps nest over {most} deep; send fewer levels, or the value as text"
                )
            });
        }
        Ok(())
    }

    /// Checks how many attributes an item has.
    #[inline]
    pub(super) fn attribute_count(&self, count: usize) -> Result<(), Fault> {
        let most = self.limits.attributes_per_item_max;
        if count > most {
            return self.bad(|| format!("over {most} attributes; send fewer"));
        }
        Ok(())
    }

    /// Takes what a row costs beyond its bytes in the body.
    #[inline]
    pub(super) fn expand(&mut self, bytes: usize) -> Result<(), Fault> {
        let Some(left) = self.expansion_bytes_left.checked_sub(bytes) else {
            return self.bad(|| {
                "the request takes too much more memory than it has bytes; send smaller batches, \
                 or shorter resource attributes and metric descriptions"
                    .to_owned()
            });
        };
        self.expansion_bytes_left = left;
        Ok(())
    }

    /// Checks a time against what 64 signed bits hold.
    #[inline]
    pub(super) fn time(&self, unix_nano: u64) -> Result<UnixNano, Fault> {
        match i64::try_from(unix_nano) {
            Ok(time) => Ok(time),
            Err(_) => {
                self.bad(|| format!("expected nanoseconds before the year 2262, found {unix_nano}"))
            }
        }
    }

    /// Checks the time that places an item.
    #[inline]
    pub(super) fn item_time(&self, unix_nano: u64) -> Result<UnixNano, Fault> {
        self.in_window(self.time(unix_nano)?)
    }

    /// Checks a time against the window of the request.
    #[inline]
    pub(super) fn in_window(&self, time: UnixNano) -> Result<UnixNano, Fault> {
        if self.window.contains(time) {
            return Ok(time);
        }
        self.bad(|| {
            let TimeWindow { oldest, newest, .. } = self.window;
            let (what, bound) = if time < *oldest { ("after", oldest) } else { ("before", newest) };
            format!(
                "expected Unix nanoseconds {what} {bound}, found {time}; check the sender's clock"
            )
        })
    }

    /// Checks an id: exactly this length and not all zero.
    #[inline]
    pub(super) fn required_id<const N: usize>(&self, bytes: &[u8]) -> Result<[u8; N], Fault> {
        match <[u8; N]>::try_from(bytes) {
            Ok(id) if id != [0; N] => Ok(id),
            Ok(_) => self.bad(|| format!("expected {N} bytes, not all zero, found zeros")),
            Err(_) => self.wrong_length(N, bytes),
        }
    }

    /// Checks an id: exactly this length; `None` where it is empty or all zero, which both mean
    /// that there is none.
    #[inline]
    pub(super) fn optional_id<const N: usize>(
        &self,
        bytes: &[u8],
    ) -> Result<Option<[u8; N]>, Fault> {
        if bytes.is_empty() {
            return Ok(None);
        }
        match <[u8; N]>::try_from(bytes) {
            Ok(id) => Ok((id != [0; N]).then_some(id)),
            Err(_) => self.wrong_length(N, bytes),
        }
    }

    #[cold]
    fn wrong_length<T>(&self, expected: usize, bytes: &[u8]) -> Result<T, Fault> {
        self.bad(|| {
            let (found, shown) = (bytes.len(), hex(bytes));
            format!("expected {expected} bytes, found {found} ({shown})")
        })
    }

    /// Checks an enum's number: known to us or not, it must be a sane one.
    #[inline]
    pub(super) fn small_enum(&self, number: i32) -> Result<i8, Fault> {
        match i8::try_from(number) {
            Ok(number) => Ok(number),
            Err(_) => self.bad(|| format!("expected a number below 128, found {number}")),
        }
    }

    /// Rejects `count` items for a fault in the message at this level of the walk: 1 a resource, 2
    /// a scope, 3 an item.
    pub(super) fn reject(&mut self, level: usize, count: u64, fault: Fault) {
        self.rejected += count;
        if count > 0 {
            self.report(level, fault);
        }
    }

    /// Tells the sender of something left out of an item that is accepted all the same.
    pub(super) fn warn(&mut self, fault: Fault) {
        self.report(3, fault);
    }

    fn report(&mut self, level: usize, fault: Fault) {
        if self.reasons.len() < REASONS_MAX {
            let path = self.fields.into_iter().zip(self.at).take(level).rev();
            let fault = path.fold(fault, |fault, (field, at)| fault.within_element(field, at));
            self.reasons.push(fault.reason());
        }
    }

    /// Rejected items and the message about them.
    pub(super) fn into_rejected(self) -> (u64, String) {
        (self.rejected, self.reasons.join("; "))
    }
}
