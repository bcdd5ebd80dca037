//! What a message says whoever it is about: the sentence, without values, names and details.
//!
//! Invariants: a message that says something has a gist that is not empty. What it leaves out is in
//! the variant. Only the words of one message are looked at, so that the same message has the same
//! gist for ever; one pass over at most [`LIMITS`] of it.
//!
//! That a word is a value is known from its spelling, or from its place in the sentence: `blue`
//! after `quantity of`, `north` between `warehouse` and `did not answer`. Words that the lists of
//! `lexicon.rs` know stay wherever they stand.

mod lexicon;
mod sentence;
mod token;

use crate::message::{Limits, parameterize};

/// Bytes of a message that are read.
const LIMITS: Limits = Limits { bytes: 512, lines: 1 };

/// The gist of a message beside a stack: all that it says.
pub(super) fn of(message: &str) -> String {
    gist(message, sentence::Extent::Whole)
}

/// The gist of a message that has nothing beside it: what is said, without what is said to explain
/// it. `cannot read the feed: timed out` is written by one line of code, whatever the reason.
pub(super) fn of_statement(message: &str) -> String {
    gist(message, sentence::Extent::Statement)
}

fn gist(message: &str, extent: sentence::Extent) -> String {
    let text = parameterize(message, LIMITS);
    let tokens = token::tokens(&text);
    let said = sentence::write(&tokens, extent);
    if said.is_empty() { text } else { said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_a_gist() {
        for (message, expected) in [
            ("amount must be positive", "amount must be positive"),
            ("Customer Alice Smith not found", "Customer * not found"),
            ("Unknown currency: xyz", "Unknown currency: *"),
            ("currency EUR is not supported", "currency * is not supported"),
            ("assertion failed: amount > 0", "assertion failed: amount > *"),
            ("order 5 of 'a' failed\nin detail", "order * of * failed"),
            ("timeout: 5", "timeout: *"),
            ("limit of user=ada is 5", "limit of * is *"),
            ("cannot send [a, b c] now", "cannot send * now"),
            ("an `Err` value: Bad { kind: Empty }", "an * value: Bad *"),
            ("fields missing: a, b, c", "fields missing: *"),
            ("expected [ here", "expected * here"),
            ("{\"order\": 5}", "*"),
            ("'a'", "*"),
            ("5", "*"),
            ("", ""),
        ] {
            assert_eq!(of(message), expected, "of {message:?}");
        }
    }

    /// Messages of one line are written by one line of code.
    #[test]
    fn a_word_is_a_value_by_its_place() {
        for one in [
            "quantity of MUG-1 must be positive | quantity of blue vase must be positive",
            "no bed for ada | no bed for Grace Hopper | no bed for bolt & sons",
            "turbine alpha did not answer | turbine old town did not answer",
            "turbine alpha exceeds 5 rpm | turbine B7 exceeds 17 rpm",
            "a parcel in state sent cannot leave | a parcel in state refunded cannot leave",
            "mail to ada@example.org bounced (550) | mail to b.c@example.net bounced (552)",
            "loan of The Art of War is 1 day late | loan of Emma is 12 days late",
            "2 jobs were lost | 17 jobs were lost",
            "upstream a.example.net timed out | upstream 10.0.0.1:80 timed out",
            "block rdd_2_0 not found | block rdd_3_11 not found",
            "parcel is lost, expected sent | parcel is free, expected sent",
            "expected a list, got nothing | expected a list, got an object of 5",
            "parcel late at=old town by=5min | parcel late at=north by=2h",
            "prices.csv: row 5 skipped | north/2031.csv: row 7 skipped",
        ] {
            let gists: Vec<String> = one.split(" | ").map(of).collect();
            assert!(gists.windows(2).all(|pair| pair[0] == pair[1]), "{gists:#?}");
        }
    }

    /// Of each line no two are written by one line of code.
    #[test]
    fn a_word_that_says_what_happened_stays() {
        for different in [
            "room is full | room is closed | room was cancelled",
            "patient name is required | patient age is required | patient is required",
            "no bed for patient 5 | no bed for visitor 5",
            "unknown ward | unknown drug | unknown ward code",
            "cannot cancel shipped order | cannot cancel paid order | cannot refund paid order",
            "failed to send mail | failed to send invoice | failed to read mail",
            "Connection refused | Connection reset by peer | Permission denied",
            "took 5 seconds to build it | took 5 seconds to spawn it",
            "invalid JSON in body | invalid XML in body",
            "parcel is lost, expected sent | parcel is lost, expected paid",
            "expected a list, got nothing | expected a map, got nothing",
            "truck north too heavy | truck north too wide",
            "rule violated: weight exceeds limit | rule violated: volume exceeds limit",
        ] {
            let mut gists: Vec<String> = different.split(" | ").map(of).collect();
            let count = gists.len();
            gists.sort_unstable();
            gists.dedup();
            assert_eq!(gists.len(), count, "{gists:#?}");
        }
    }

    #[test]
    fn what_explains_a_statement_is_no_part_of_it() {
        for (message, expected) in [
            ("card of customer 5 declined: no funds left", "card of customer * declined"),
            ("cannot read feed: it is gone", "cannot read feed"),
            ("cannot read feed because it is gone", "cannot read feed"),
            ("order 5 was lost. Try again", "order * was lost"),
            ("request failed: feed is gone", "request failed: feed is gone"),
            ("error: feed is gone: or not", "error: feed is gone"),
            ("payment gateway: timed out", "payment gateway: timed out"),
        ] {
            assert_eq!(of_statement(message), expected, "of {message:?}");
        }
    }
}
