//! What keys of secrets are made of: every list of words there is, in one place.
//!
//! Invariant: words are lower case and without separators, each list is sorted (a test sees to
//! it), and a word stands for a whole word of a key, never for a part of one.

/// A word that makes a key a secret's wherever it stands, unless the key ends in one of
/// [`ASPECTS`].
#[rustfmt::skip]
pub(super) const ANYWHERE: &[&str] = &[
    "accesskey", "accountkey", "apikey", "apikeys", "authkey", "authorization", "cardnumber",
    "ccnumber", "cookie", "cookies", "credential", "credentials", "creditcard", "creds", "csrf",
    "cvc", "cvc2", "cvv", "cvv2", "encryptionkey", "jwt", "passcode", "passphrase", "passwd",
    "password", "passwords", "privatekey", "pwd", "secret", "secretkey", "secrets", "sessionkey",
    "setcookie", "signingkey", "ssn", "token", "xsrf",
];

/// A word that makes a key a secret's where it ends it: `db_pass`, but not `pass_rate`.
pub(super) const AT_THE_END: &[&str] = &[
    "auth",
    "bearer",
    "otp",
    "pass",
    "pin",
    "pw",
    "sessid",
    "session",
    "sessionid",
    "sig",
    "totp",
];

/// How words of secrets end that are written together with others: `dbpassword`,
/// `csrfmiddlewaretoken`, `JSESSIONID`.
pub(super) const COMPOUND_ENDS: &[&str] = &[
    "accesskey",
    "apikey",
    "cookie",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "secretkey",
    "sessid",
    "sessionid",
    "token",
];

/// Two words, second and first, that together are a secret's.
pub(super) const PAIRS: &[(&str, &[&str])] = &[
    ("card", &["credit", "debit"]),
    ("code", &["auth", "backup", "mfa", "otp", "pin", "recovery", "security", "verification"]),
    ("cookies", &["auth"]),
    ("data", &["auth", "session"]),
    ("hash", &["auth"]),
    ("header", &["auth"]),
    ("id", &["session"]),
    ("key", KEYS),
    ("keys", KEYS),
    ("no", &["card", "cc"]),
    ("num", &["card", "cc"]),
    ("number", &["card", "cc"]),
    ("phrase", &["pass", "seed"]),
    ("security", &["social"]),
    ("signature", &["amz", "goog"]),
    ("string", &["auth"]),
    ("tokens", &["access", "api", "auth", "bearer", "csrf", "device", "id", "refresh"]),
];

const KEYS: &[&str] = &[
    "access",
    "account",
    "api",
    "auth",
    "encryption",
    "functions",
    "master",
    "private",
    "secret",
    "session",
    "signing",
    "ssh",
    "subscription",
];

/// Words before `token` that make it something to be counted or gone on with.
pub(super) const HARMLESS_TOKENS: &[&str] = &[
    "bos",
    "continuation",
    "cursor",
    "eos",
    "max",
    "min",
    "next",
    "pad",
    "page",
    "pagination",
    "per",
    "stop",
    "sync",
    "syntax",
    "unexpected",
];

/// Words that begin a key which says only whether there is something.
pub(super) const QUESTIONS: &[&str] = &["has", "have", "is", "needs", "requires"];

/// Last words of keys that hold something about a secret, not the secret.
#[rustfmt::skip]
pub(super) const ASPECTS: &[&str] = &[
    "age", "alg", "algorithm", "arn", "at", "audience", "average", "banner", "budget", "changed",
    "class", "consent", "cost", "count", "counts", "created", "date", "dir", "disabled", "domain",
    "duration", "enabled", "endpoint", "error", "errors", "exp", "expiration", "expires",
    "expiry", "file", "format", "host", "id", "ids", "in", "index", "invalid", "issuer", "kind",
    "len", "length", "lifetime", "limit", "limits", "manager", "max", "method", "min", "mode",
    "ms", "name", "names", "offset", "on", "path", "policy", "position", "present", "price",
    "provided", "provider", "rate", "region", "remaining", "required", "rules", "samesite",
    "scope", "scopes", "seconds", "server", "service", "size", "state", "status", "store",
    "strength", "time", "timeout", "timestamp", "total", "ttl", "type", "types", "updated", "uri",
    "url", "usage", "used", "valid", "verified", "version",
];

/// Last words of keys after which free text is prose as often as a secret: `session: expired`.
#[rustfmt::skip]
pub(super) const PROSE: &[&str] = &[
    "auth", "authorization", "bearer", "cookie", "cookies", "csrf", "jwt", "otp", "pin", "session",
    "sig", "token", "totp", "xsrf",
];

/// Whether a key is of an id or a version, whose digits and dots say nothing of a person; its words
/// are written together.
#[rustfmt::skip]
pub(super) fn is_id(key: &[u8]) -> bool {
    matches!(
        key,
        b"buildid" | b"checksum" | b"codeid" | b"commit" | b"debugid" | b"digest" | b"eventid"
        | b"parentspanid" | b"profileid" | b"profilerid" | b"release" | b"replayid" | b"revision"
        | b"serviceinstanceid" | b"serviceversion" | b"sha" | b"spanid" | b"traceid"
        | b"traceparent" | b"transactionid" | b"version"
    )
}

/// Whether a list has a word.
pub(super) fn has(list: &[&str], word: &[u8]) -> bool {
    list.binary_search_by(|entry| entry.as_bytes().cmp(word)).is_ok()
}

/// Whether two words together are a secret's.
pub(super) fn is_pair(first: &[u8], second: &[u8]) -> bool {
    let found = PAIRS.binary_search_by(|(entry, _)| entry.as_bytes().cmp(second));
    found.is_ok_and(|at| has(PAIRS[at].1, first))
}

/// Whether a word ends as those that are written together.
pub(super) fn is_compound(word: &[u8]) -> bool {
    COMPOUND_ENDS.iter().any(|end| word.ends_with(end.as_bytes()))
        || word.starts_with(b"password") && !word.starts_with(b"passwordless")
}

/// Whether a word of any case may be, or end in, one that makes a key a secret's; of most others it
/// is known at once that they do not.
#[inline]
pub(super) fn is_candidate(word: &[u8]) -> bool {
    let has = |bit: usize| SIEVE[bit / 64] >> (bit % 64) & 1 == 1;
    has(whole_bit(word)) || has(end_bit(word)) || begins_with_password(word)
}

fn begins_with_password(word: &[u8]) -> bool {
    word.first().is_some_and(|byte| byte | 0x20 == b'p')
        && word.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"password"))
}

const SIEVE_BITS: usize = 1 << 12;

/// Bits of all words and ends there are.
static SIEVE: [u64; SIEVE_BITS / 64] = {
    let mut bits = [0; SIEVE_BITS / 64];
    let mut at = 0;
    while at < ANYWHERE.len() {
        bits = with_bit(bits, whole_bit(ANYWHERE[at].as_bytes()));
        at += 1;
    }
    at = 0;
    while at < AT_THE_END.len() {
        bits = with_bit(bits, whole_bit(AT_THE_END[at].as_bytes()));
        at += 1;
    }
    at = 0;
    while at < PAIRS.len() {
        bits = with_bit(bits, whole_bit(PAIRS[at].0.as_bytes()));
        at += 1;
    }
    at = 0;
    while at < COMPOUND_ENDS.len() {
        bits = with_bit(bits, end_bit(COMPOUND_ENDS[at].as_bytes()));
        at += 1;
    }
    bits
};

const fn with_bit(mut bits: [u64; SIEVE_BITS / 64], bit: usize) -> [u64; SIEVE_BITS / 64] {
    bits[bit / 64] |= 1 << (bit % 64);
    bits
}

/// A bit by the length, the first, a middle and the last letter of a word.
const fn whole_bit(word: &[u8]) -> usize {
    if word.is_empty() {
        return 0;
    }
    let letters = [word[0], word[word.len() / 2], word[word.len() - 1], word.len() as u8];
    // Small letters and capitals differ in this bit; digits have it.
    ((u32::from_le_bytes(letters) | 0x20_20_20).wrapping_mul(0x9e37_79b1) >> 20) as usize
}

/// A bit by the last three letters of a word.
const fn end_bit(word: &[u8]) -> usize {
    if word.len() < 3 {
        return 0;
    }
    let letters = [word[word.len() - 3], word[word.len() - 2], word[word.len() - 1], 0];
    ((u32::from_le_bytes(letters) | 0x20_20_20).wrapping_mul(0x85eb_ca6b) >> 20) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_have_no_word_twice() {
        for list in
            [ANYWHERE, AT_THE_END, COMPOUND_ENDS, KEYS, HARMLESS_TOKENS, QUESTIONS, ASPECTS, PROSE]
        {
            assert!(list.is_sorted_by(|a, b| a < b), "{list:?}");
        }
        assert!(PAIRS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(PAIRS.iter().all(|(_, first)| first.is_sorted_by(|a, b| a < b)));
    }
}
