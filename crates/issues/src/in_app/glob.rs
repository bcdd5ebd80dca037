//! Patterns of names: `*` any characters but separators, `**` any characters, `?` one but a separator.
//!
//! Invariant: matching takes the same few steps for each byte of the text, whatever the pattern: the places
//! of the pattern that the text so far could have reached are the bits of one number.

/// Places a pattern may have; one bit is for its end.
pub(super) const TOKENS_MAX: usize = 127;

/// A pattern. It matches whole texts.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    separators: &'static [u8],
    /// The places that each byte goes on from.
    bytes: Box<[u128; 256]>,
    /// Places of `?`, `*`, `**` and `**/`, which stands for nothing or for anything that ends with a slash.
    one: u128,
    within: u128,
    any: u128,
    folders: u128,
    /// The place behind the last.
    end: u128,
}

impl Glob {
    /// Reads a pattern; none where it has more places than [`TOKENS_MAX`].
    pub(super) fn new(pattern: &str, separators: &'static [u8]) -> Option<Self> {
        let mut glob = Self {
            separators,
            bytes: Box::new([0; 256]),
            one: 0,
            within: 0,
            any: 0,
            folders: 0,
            end: 1,
        };
        let mut rest = pattern.as_bytes();
        let mut is_start = true;
        for _ in 0..=TOKENS_MAX {
            let Some((first, behind)) = rest.split_first() else { return Some(glob) };
            let stars = rest.iter().take_while(|byte| **byte == b'*').count();
            let is_folders = stars > 1 && is_start && rest.get(stars).is_some_and(is_slash);
            rest = behind;
            match first {
                b'*' if is_folders => {
                    glob.folders |= glob.end;
                    rest = &rest[stars..];
                }
                b'*' => {
                    let places = if stars == 1 { &mut glob.within } else { &mut glob.any };
                    *places |= glob.end;
                    rest = &rest[stars - 1..];
                }
                b'?' => glob.one |= glob.end,
                byte => glob.bytes[usize::from(plain(*byte, separators))] |= glob.end,
            }
            is_start = is_folders || is_slash(first);
            glob.end = glob.end.checked_shl(1).filter(|end| *end != 0)?;
        }
        None
    }

    /// Whether the whole text is one the pattern describes.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut reached = self.past_empty(self.past_folders(1));
        for byte in text.bytes() {
            reached = self.step(reached, plain(byte, self.separators));
        }
        reached & self.end != 0
    }

    fn step(&self, reached: u128, byte: u8) -> u128 {
        let is_separator = self.separators.contains(&byte);
        // One character may have several bytes: the first goes on, and the others change nothing behind it.
        let is_continued = byte & 0xc0 == 0x80;
        let mut stay = reached & (self.any | self.folders);
        let mut left = reached & self.bytes[usize::from(byte)];
        if !is_separator {
            stay |= reached & self.within;
        }
        if is_continued {
            stay |= reached & (self.one << 1);
        } else if !is_separator {
            left |= reached & self.one;
        }
        if is_slash(&byte) {
            left |= reached & self.folders;
        }
        self.past_empty(self.past_folders(left << 1) | stay)
    }

    /// Adds the places behind `**/` where it stands for nothing: only just as it is reached, for what it
    /// stands for later ends with a slash.
    fn past_folders(&self, mut arrived: u128) -> u128 {
        loop {
            let more = arrived | (arrived & self.folders) << 1;
            if more == arrived {
                return arrived;
            }
            arrived = more;
        }
    }

    /// Adds the places behind stars, which may stand for nothing, and behind `**/` after those.
    fn past_empty(&self, mut reached: u128) -> u128 {
        loop {
            let behind = (reached & (self.any | self.within)) << 1;
            let more = reached | self.past_folders(behind);
            if more == reached {
                return reached;
            }
            reached = more;
        }
    }
}

/// A backslash is a slash where slashes separate.
fn plain(byte: u8, separators: &[u8]) -> u8 {
    if byte == b'\\' && separators.contains(&b'/') { b'/' } else { byte }
}

fn is_slash(byte: &u8) -> bool {
    matches!(byte, b'/' | b'\\')
}
