//! The words of the English of error messages that are no values, by the part they have in a
//! sentence.
//!
//! Invariants: each list is sorted. What is in none is a word of some business or a value; which,
//! only its place in the sentence says. Names of things that some business deals in are in no list.

/// The part that a word has in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Preposition,
    Auxiliary,
    Determiner,
    Adverb,
    Conjunction,
    /// What happened, or how something is.
    State,
    /// What it does: `exceeds`.
    Verb,
    /// A kind of things, of which a name follows.
    Namer,
    /// A property, or a part of a program.
    Noun,
    /// Anything else.
    Free,
}

/// What follows is what something is about.
#[rustfmt::skip]
const PREPOSITIONS: &[&str] = &[
    "about", "above", "across", "after", "against", "along", "among", "around", "as", "at",
    "before", "behind", "below", "beneath", "beside", "between", "beyond", "by", "despite",
    "during", "for", "from", "in", "inside", "into", "like", "near", "of", "off", "on", "onto",
    "outside", "over", "past", "per", "since", "than", "through", "to", "toward", "towards",
    "under", "until", "up", "upon", "versus", "via", "with", "within", "without",
];

/// What follows is said of what stands before.
#[rustfmt::skip]
const AUXILIARIES: &[&str] = &[
    "am", "are", "be", "been", "being", "can", "cannot", "could", "did", "do", "does", "had",
    "has", "have", "is", "may", "might", "must", "need", "needs", "shall", "should", "was",
    "were", "will", "would",
];

/// What follows is a kind of thing and no name.
#[rustfmt::skip]
const DETERMINERS: &[&str] = &[
    "a", "an", "another", "any", "both", "each", "either", "every", "its", "many", "most", "much",
    "neither", "no", "one", "other", "our", "several", "some", "such", "that", "the", "their",
    "these", "this", "those", "your",
];

/// They change what is said, and nothing of its form.
#[rustfmt::skip]
const ADVERBS: &[&str] = &[
    "again", "almost", "already", "also", "always", "away", "back", "completely", "currently",
    "else", "even", "ever", "exactly", "further", "here", "less", "long", "longer", "more",
    "never", "not", "now", "only", "out", "soon", "still", "then", "there", "too", "twice",
    "very", "yet",
];

/// Between two of a kind.
#[rustfmt::skip]
const CONJUNCTIONS: &[&str] = &[
    "&", "and", "but", "if", "nor", "or", "so", "when", "where", "whether", "which", "while",
    "who", "whose",
];

/// What something does.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "accepts", "becomes", "begins", "belongs", "breaks", "causes", "collides", "comes",
    "conflicts", "consists", "contains", "costs", "crashes", "denotes", "depends", "differs",
    "ends", "equals", "exceeds", "exists", "expects", "expires", "fails", "falls", "finishes",
    "gets", "gives", "goes", "hangs", "happens", "holds", "ignores", "implies", "includes",
    "keeps", "lacks", "leads", "leaves", "lies", "looks", "loses", "makes", "means", "misses",
    "occurs", "overflows", "overlaps", "owns", "passes", "points", "produces", "receives",
    "refers", "refuses", "rejects", "remains", "requires", "returns", "rises", "runs", "says",
    "seems", "sends", "shows", "stands", "starts", "stays", "supports", "takes", "tells",
    "throws", "wants", "writes", "yields",
];

/// What happened, or how something is, where the ending of the word does not show it.
#[rustfmt::skip]
const STATES: &[&str] = &[
    "abnormal", "absent", "active", "ago", "alive", "bad", "became", "began", "blank", "blocked",
    "bound", "broke", "broken", "busy", "came", "common", "complete", "contradictory", "correct",
    "corrupt", "crash", "dead", "denied", "died", "different", "dirty", "down", "dropped", "due",
    "duplicate", "early", "empty", "enough", "equal", "fail", "false", "fatal", "fell", "found",
    "free", "froze", "full", "gave", "given", "gone", "got", "grew", "held", "hit", "hung",
    "idle", "illegal", "impossible", "inactive", "incomplete", "inconsistent", "incorrect",
    "invalid", "kept", "late", "left", "locked", "lost", "low", "made", "malformed", "met",
    "missing", "mixed", "negative", "obsolete", "odd", "offline", "open", "overdue", "paid",
    "partial", "pending", "permanent", "positive", "ran", "read", "ready", "required", "rose",
    "said", "sank", "seen", "sent", "set", "shut", "sold", "spent", "stale", "stood", "stuck",
    "sudden", "swung", "taken", "temporary", "threw", "thrown", "timed", "timeout", "took",
    "true", "unable", "unauthorised", "unauthorized", "unavailable", "unclear", "unequal",
    "unfit", "unique", "unknown", "unpaid", "unread", "unsafe", "unsent", "unset", "valid",
    "went", "won", "written", "wrong",
];

/// Kinds of things that a name of one follows: `user ada`, `table orders`, `state sent`.
#[rustfmt::skip]
const NAMERS: &[&str] = &[
    "account", "agent", "alias", "area", "argument", "attribute", "bank", "branch", "bucket",
    "campaign", "carrier", "category", "channel", "city", "class", "client", "cluster",
    "collection", "column", "command", "company", "component", "consumer", "container", "country",
    "coupon", "courier", "currency", "customer", "database", "department", "device", "directory",
    "disk", "domain", "driver", "endpoint", "environment", "event", "extension", "feature",
    "feed", "field", "file", "flag", "folder", "format", "function", "gateway", "group", "guest",
    "handler", "host", "hostname", "image", "index", "instance", "interface", "issuer", "item",
    "job", "key", "label", "language", "level", "library", "locale", "location", "machine",
    "member", "merchant", "method", "mode", "model", "module", "mount", "namespace", "node",
    "operator", "option", "organisation", "organization", "package", "parameter", "partition",
    "partner", "patient", "peer", "person", "pipeline", "plan", "plugin", "pod", "policy", "pool",
    "process", "processor", "producer", "product", "profile", "program", "project", "property",
    "protocol", "provider", "publisher", "queue", "realm", "region", "relation", "repository",
    "resource", "role", "room", "route", "rule", "scheduler", "schema", "scope", "sensor",
    "sequence", "server", "service", "session", "setting", "shard", "share", "shop", "signal",
    "site", "stage", "state", "station", "status", "step", "store", "stream", "student",
    "subscriber", "subsystem", "supplier", "system", "table", "tag", "target", "task", "team",
    "tenant", "terminal", "theme", "thread", "topic", "track", "type", "unit", "user", "variable",
    "vendor", "version", "view", "volume", "warehouse", "watcher", "worker", "zone",
];

/// Parts of programs and properties of things, which are rarely the name of one.
#[rustfmt::skip]
const NOUNS: &[&str] = &[
    "access", "accounts", "actions", "address", "addresses", "age", "alarm", "alert", "amount",
    "amounts", "answer", "api", "app", "application", "archive", "array", "attempt", "attempts",
    "auth", "authority", "backend", "backlog", "backup", "balance", "base", "batch", "bean",
    "bearer", "beginning", "bit", "block", "blocks", "body", "boundary", "bounds", "browser",
    "buffer", "bug", "build", "bus", "byte", "bytes", "cache", "call", "callback", "calls",
    "capacity", "card", "cart", "cause", "cert", "certificate", "change", "character",
    "characters", "charge", "charset", "check", "checksum", "child", "children", "clock", "code",
    "codec", "columns", "comment", "config", "connection", "connections", "constraint", "content",
    "contents", "context", "contract", "control", "cookie", "copy", "core", "cost", "count",
    "counter", "cpu", "credential", "credentials", "csv", "cursor", "data", "date", "dates",
    "day", "days", "deadline", "deadlock", "default", "delay", "delivery", "dependency", "depth",
    "description", "descriptor", "destination", "detail", "details", "digest", "digit", "digits",
    "display", "document", "dump", "duration", "email", "end", "engine", "entity", "entries",
    "entry", "error", "errors", "events", "exception", "expiry", "expression", "extent", "factor",
    "failure", "failures", "fault", "fee", "fields", "files", "filter", "flow", "fonts", "form",
    "frame", "framework", "functions", "grammar", "graph", "handle", "handshake", "hash", "head",
    "header", "headers", "heap", "height", "history", "hook", "hour", "hours", "html", "http",
    "https", "icon", "id", "identifier", "identity", "ids", "implementation", "import", "input",
    "instruction", "integer", "interrupt", "interval", "invoice", "ip", "ipv4", "ipv6", "issue",
    "items", "iterator", "jobs", "json", "jwt", "kernel", "keys", "kind", "layer", "layout",
    "leader", "leak", "length", "letter", "letters", "licence", "license", "lifetime", "limit",
    "limits", "line", "lines", "link", "list", "literal", "load", "lock", "log", "login", "loop",
    "mail", "mails", "map", "mapping", "mask", "matches", "maximum", "memory", "menu", "message",
    "messages", "metadata", "metric", "migration", "minimum", "minute", "minutes", "money",
    "month", "name", "names", "network", "null", "number", "numbers", "object", "objects",
    "offset", "operand", "operation", "options", "order", "orders", "origin", "output",
    "overflow", "owner", "packet", "packets", "page", "pages", "pair", "parent", "parser", "part",
    "parts", "password", "patch", "path", "paths", "pattern", "payload", "payment", "pdf",
    "percent", "period", "permission", "permissions", "phone", "pid", "placeholder", "point",
    "pointer", "port", "position", "precision", "prefix", "price", "prices", "priority",
    "privilege", "proxy", "quantity", "quota", "range", "rate", "rates", "ratio", "reason",
    "receipt", "receiver", "record", "records", "recursion", "redirect", "ref", "reference",
    "refund", "registry", "relationship", "reply", "report", "request", "requests", "reservation",
    "resources", "response", "responses", "result", "results", "retries", "retry", "revenue",
    "revision", "root", "round", "row", "rows", "salt", "sample", "scale", "schedule", "score",
    "script", "search", "second", "seconds", "secret", "section", "seed", "segment", "selector",
    "sender", "serial", "settings", "shape", "sheet", "shutdown", "signature", "size", "slot",
    "slots", "socket", "source", "space", "speed", "sql", "ssl", "stack", "start", "statement",
    "stock", "stop", "storage", "string", "strings", "structure", "style", "subject",
    "subscription", "suffix", "sum", "surface", "symbol", "syntax", "tables", "tasks", "tax",
    "template", "term", "test", "text", "thing", "things", "ticket", "time", "times", "timestamp",
    "timezone", "title", "tls", "token", "tokens", "total", "totals", "trace", "traffic",
    "transaction", "transfer", "transport", "tree", "trigger", "tuple", "turn", "types", "units",
    "update", "upload", "uri", "url", "usage", "username", "users", "uuid", "value", "values",
    "vat", "weight", "width", "window", "word", "words", "wrapper", "xml", "yaml", "year",
    "years", "zip",
];

/// What something did, where no `-ed` shows it.
#[rustfmt::skip]
const PASTS: &[&str] = &[
    "became", "began", "broke", "came", "died", "fell", "found", "froze", "gave", "got", "grew",
    "held", "hit", "hung", "kept", "left", "lost", "made", "met", "ran", "rose", "said", "sank",
    "sent", "shut", "sold", "stood", "stuck", "swung", "threw", "took", "went", "won",
];

/// What may follow a number as part of it.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "b", "bit", "bits", "byte", "bytes", "c", "cm", "day", "days", "degrees", "eur", "euro",
    "euros", "feet", "g", "gb", "gib", "grams", "h", "hour", "hours", "hrs", "inches", "k", "kb",
    "kg", "kib", "kilometers", "kilometres", "km", "km/h", "kw", "kwh", "l", "lb", "lbs",
    "liters", "litres", "m", "mb", "meters", "metres", "mg", "mib", "miles", "millis",
    "milliseconds", "min", "mins", "minute", "minutes", "ml", "mm", "month", "months", "ms", "ns",
    "pct", "percent", "pounds", "ppm", "rpm", "s", "sec", "second", "seconds", "secs", "t", "tb",
    "times", "tonnes", "tons", "us", "usd", "v", "volts", "w", "watts", "week", "weeks", "x",
    "year", "years",
];

/// After these `to` begins what was meant to be done.
#[rustfmt::skip]
const INFINITIVES: &[&str] = &[
    "able", "about", "allowed", "attempt", "attempted", "attempting", "attempts", "decided",
    "expected", "fail", "failed", "failing", "fails", "failure", "forbidden", "forgot", "going",
    "had", "has", "have", "hours", "impossible", "intended", "meant", "minutes", "need", "needed",
    "needs", "permission", "permitted", "ready", "refused", "refuses", "refusing", "required",
    "second", "seconds", "supposed", "tried", "tries", "try", "trying", "unable", "unauthorised",
    "unauthorized", "unwilling", "want", "wanted", "wants", "way",
];

/// Words that announce an error without saying which.
#[rustfmt::skip]
const GENERIC: &[&str] = &[
    "an", "and", "application", "assertion", "at", "bad", "call", "caused", "command", "during",
    "encountered", "error", "errors", "exception", "exceptions", "fail", "failed", "fails",
    "failure", "fatal", "found", "general", "got", "handling", "has", "in", "internal", "is",
    "job", "occurred", "of", "operation", "panic", "process", "processing", "program", "request",
    "rule", "rules", "runtime", "server", "something", "supposed", "task", "the", "thrown",
    "uncaught", "unexpected", "unhandled", "unknown", "validation", "violated", "violation",
    "warning", "went", "when", "while", "with", "wrong",
];

/// The part of a word in lower case.
pub(super) fn part(word: &str) -> Part {
    let parts = [
        (PREPOSITIONS, Part::Preposition),
        (AUXILIARIES, Part::Auxiliary),
        (DETERMINERS, Part::Determiner),
        (ADVERBS, Part::Adverb),
        (CONJUNCTIONS, Part::Conjunction),
        (NAMERS, Part::Namer),
        (NOUNS, Part::Noun),
        (VERBS, Part::Verb),
        (STATES, Part::State),
    ];
    let known = parts.iter().find(|(words, _)| has(words, word));
    known.map_or_else(|| part_by_ending(word), |(_, part)| *part)
}

/// Of words that no list has: participles and adjectives say what happened, abstract nouns what is
/// meant. Either is hardly ever a name.
fn part_by_ending(word: &str) -> Part {
    const STATES: &[&str] =
        &["ed", "ing", "able", "ible", "less", "ful", "ous", "ive", "ly", "n't", "ical"];
    const NOUNS: &[&str] = &[
        "tion", "tions", "sion", "sions", "ment", "ments", "ness", "ity", "ities", "ance", "ence",
        "ancy", "ency", "ship", "ure", "ures",
    ];
    let ends = |endings: &[&str]| {
        let long = |ending: &&&str| word.len() >= ending.len() + 3;
        endings.iter().filter(long).any(|ending| word.ends_with(ending))
    };
    if word.ends_with("n't") {
        Part::Auxiliary
    } else if ends(NOUNS) {
        Part::Noun
    } else if ends(STATES) {
        Part::State
    } else {
        Part::Free
    }
}

/// Whether a word of what happened says that it did, and not how something is.
pub(super) fn is_past(word: &str) -> bool {
    word.ends_with("ed") || has(PASTS, word)
}

/// Whether a word belongs to the number before it.
pub(super) fn is_unit(word: &str) -> bool {
    has(UNITS, word)
}

/// Whether `to` begins what was meant to be done, after this word.
pub(super) fn means_to(word: &str) -> bool {
    has(INFINITIVES, word)
}

/// Whether a word announces an error and does not say which.
pub(super) fn is_generic(word: &str) -> bool {
    has(GENERIC, word)
}

fn has(words: &[&str], word: &str) -> bool {
    words.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_a_word_is_of_one_part() {
        let parts = [
            PREPOSITIONS,
            AUXILIARIES,
            DETERMINERS,
            ADVERBS,
            CONJUNCTIONS,
            NAMERS,
            NOUNS,
            VERBS,
            STATES,
        ];
        for list in parts.iter().chain(&[PASTS, UNITS, INFINITIVES, GENERIC]) {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
        }
        for (at, list) in parts.iter().enumerate() {
            for word in *list {
                let other = parts[at + 1..].iter().find(|list| has(list, word));
                assert!(other.is_none(), "{word} is in two lists");
            }
        }
    }

    #[test]
    fn a_word_has_a_part() {
        for (word, expected) in [
            ("of", Part::Preposition),
            ("must", Part::Auxiliary),
            ("doesn't", Part::Auxiliary),
            ("declined", Part::State),
            ("readable", Part::State),
            ("user", Part::Namer),
            ("quantity", Part::Noun),
            ("destination", Part::Noun),
            ("red", Part::Free),
            ("harbour", Part::Free),
            ("", Part::Free),
        ] {
            assert_eq!(part(word), expected, "of {word:?}");
        }
    }
}
