//! Which of two releases came later.

use std::cmp::Ordering;

/// A release: its version, and when it was first heard of, Unix nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release<'a> {
    /// `1.4.2`, `shop@1.4.2+7`, or whatever the sender calls it.
    pub version: &'a str,
    /// When it was first heard of; none where it never was, so that it comes after all others.
    pub created: Option<i64>,
}

/// Whether `a` came after `b`: by their numbers where both have versions of one package, else by when they were
/// first heard of.
#[must_use]
pub fn is_later(a: Release<'_>, b: Release<'_>) -> bool {
    if a.version.is_empty() || a.version == b.version {
        return false;
    }
    match (Version::of(a.version), Version::of(b.version)) {
        (Some(a), Some(b)) if a.package == b.package => a.cmp_numbers(&b) == Ordering::Greater,
        _ => match (a.created, b.created) {
            (Some(a), Some(b)) => a > b,
            (None, _) => true,
            (Some(_), None) => false,
        },
    }
}

/// `package@1.2.3-rc.1+build`.
struct Version<'a> {
    package: &'a str,
    numbers: Vec<u64>,
    /// Empty for the release itself, which comes after what leads to it.
    before: &'a str,
}

impl<'a> Version<'a> {
    /// `None` where it is no dotted numbers: a commit, a date with words.
    fn of(text: &'a str) -> Option<Self> {
        let (package, version) = text.rsplit_once('@').unwrap_or(("", text));
        let version = version.split('+').next().unwrap_or_default();
        let (numbers, before) = version.split_once('-').unwrap_or((version, ""));
        let numbers = numbers.strip_prefix('v').unwrap_or(numbers);
        let numbers: Option<Vec<u64>> = numbers.split('.').map(|part| part.parse().ok()).collect();
        let numbers = numbers.filter(|numbers| numbers.len() > 1)?;
        Some(Self { package, numbers, before })
    }

    fn cmp_numbers(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let number = |version: &Self, at| version.numbers.get(at).copied().unwrap_or(0);
        (0..length)
            .map(|at| number(self, at).cmp(&number(other, at)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| match (self.before.is_empty(), other.before.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => cmp_identifiers(self.before, other.before),
            })
    }
}

/// As semantic versioning orders what leads to a release: numbers as numbers, and before words.
fn cmp_identifiers(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(earlier: &str, later: &str) {
        let release = |version, created| Release { version, created: Some(created) };
        // What was heard of later is not later by its number.
        assert!(is_later(release(later, 1), release(earlier, 2)), "{later} after {earlier}");
        assert!(!is_later(release(earlier, 2), release(later, 1)), "{earlier} after {later}");
    }

    #[test]
    fn versions_are_in_the_order_of_their_numbers() {
        check("1.4.2", "1.4.10");
        check("v1.9", "v1.10.1");
        check("shop@1.4.2", "shop@2.0.0");
        check("1.4.0-rc.1", "1.4.0");
        check("1.4.0-rc.2", "1.4.0-rc.10");
        check("1.4.0-alpha", "1.4.0-alpha.1");
        check("1.4.0-1", "1.4.0-alpha");
        check("1.4.2+8", "1.4.3+7");
    }

    #[test]
    fn others_are_in_the_order_they_came() {
        let release = |version, created| Release { version, created };
        for (a, b) in [("d0e4c6b", "0f3a9c1"), ("cart@1.2.3", "shop@0.1.0"), ("2026w1", "1.4.2")] {
            assert!(is_later(release(a, Some(2)), release(b, Some(1))), "{a} {b}");
            assert!(!is_later(release(a, Some(1)), release(b, Some(2))), "{a} {b}");
            assert!(is_later(release(a, None), release(b, Some(1))), "{a} {b}");
        }
        assert!(!is_later(release("1.0", None), release("1.0", Some(1))));
        assert!(!is_later(release("", Some(9)), release("abc", Some(1))));
        assert!(!is_later(release("1.4.2+7", Some(9)), release("1.4.2+8", Some(1))));
    }
}
