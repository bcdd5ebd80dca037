//! Patterns with `*` for any characters, `?` for one, and `\` before one that stands for itself.
//!
//! Invariants: a match looks at no more than [`TEXT_BYTES_MAX`] bytes and takes at most that many
//! steps for each piece of the pattern.

/// Bytes of a text that are matched.
const TEXT_BYTES_MAX: usize = 1 << 10;

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Any,
    One,
    Char(char),
}

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob {
    steps: Vec<Step>,
    /// Whether `A` is `a`.
    folded: bool,
}

impl Glob {
    pub(super) fn new(pattern: &str, folded: bool) -> Self {
        let mut steps = Vec::new();
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            let step = match character {
                '*' if steps.last() == Some(&Step::Any) => continue,
                '*' => Step::Any,
                '?' => Step::One,
                '\\' => Step::Char(characters.next().unwrap_or('\\')),
                other => Step::Char(other),
            };
            steps.push(step);
        }
        Self { steps, folded }
    }

    /// Whether the whole of a text is as the pattern says.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
        let (mut rest, mut step) = (text.chars(), 0);
        // Where to go on if the pieces after the last `*` do not fit here.
        let mut retry: Option<(std::str::Chars<'_>, usize)> = None;
        loop {
            let mut after = rest.clone();
            let fits = match (self.steps.get(step), after.next()) {
                (Some(Step::Any), _) => {
                    step += 1;
                    retry = Some((rest.clone(), step));
                    continue;
                }
                (None, None) => return true,
                (Some(Step::One), Some(_)) => true,
                (Some(Step::Char(expected)), Some(found)) => self.same(*expected, found),
                _ => false,
            };
            if fits {
                (rest, step) = (after, step + 1);
                continue;
            }
            let Some((from, again)) = retry.as_mut() else { return false };
            if from.next().is_none() {
                return false;
            }
            (rest, step) = (from.clone(), *again);
        }
    }

    fn same(&self, expected: char, found: char) -> bool {
        expected == found || (self.folded && expected.eq_ignore_ascii_case(&found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_text() {
        for (pattern, text, expected) in [
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*b*", "abc", true),
            ("a?c", "aäc", true),
            ("a?c", "ac", false),
            ("", "", true),
            ("*", "", true),
            ("**", "x", true),
            (r"a\*c", "a*c", true),
            (r"a\*c", "abc", false),
            ("*ab*ab", "abab", true),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaa", false),
            ("A", "a", false),
        ] {
            assert_eq!(
                Glob::new(pattern, false).matches(text),
                expected,
                "{pattern:?} of {text:?}"
            );
        }
        assert!(Glob::new("A*", true).matches("abc"));
    }
}
