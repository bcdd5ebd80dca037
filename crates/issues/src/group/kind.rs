//! What the type of an exception says, and what its message adds to that.
//!
//! Invariants: a type is known by its last name, in whatever package it lies. What is not known is
//! taken for an error that someone raised on purpose.

use plimsoll_model::Exception;

use super::vocabulary;
use super::words::words;

/// Bytes of a type, and of a message that is searched for phrases.
const TYPE_BYTES_MAX: usize = 256;
const SEARCHED_BYTES_MAX: usize = 512;

/// A type without its package, its generics and its numbers: `IllegalStateException`.
pub(super) fn simple(kind: &str) -> &str {
    let kind = kind[..kind.floor_char_boundary(TYPE_BYTES_MAX)].trim();
    let kind = kind.find(['<', '[', '(', ' ']).filter(|at| *at > 0).map_or(kind, |at| &kind[..at]);
    let kind =
        kind.rsplit(['.', ':', '\\', '/', '+']).find(|part| !part.is_empty()).unwrap_or(kind);
    let kind = kind.trim_start_matches(['*', '&']);
    kind.trim_end_matches(|last: char| last.is_ascii_digit()).trim_end_matches('$')
}

/// Whether something is a mistake in the very line that raised it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Raised on purpose, or by what is outside.
    No,
    /// A runtime raises it for mistakes, and people for what they were given.
    Perhaps,
    /// Only a runtime raises it.
    Surely,
}

pub(super) fn fault(exception: &Exception) -> Fault {
    match simple(&exception.kind) {
        "NoMethodError"
        | "UnboundLocalError"
        | "ImportError"
        | "ModuleNotFoundError"
        | "ZeroDivisionError"
        | "ArithmeticException"
        | "DivideByZeroException"
        | "ClassCastException"
        | "InvalidCastException"
        | "ArrayIndexOutOfBoundsException"
        | "StringIndexOutOfBoundsException"
        | "IndexOutOfRangeException"
        | "ArrayStoreException"
        | "NoSuchMethodError"
        | "ClassNotFoundException"
        | "MissingMethodException"
        | "DivisionByZeroError"
        | "UndefinedFunctionError"
        | "FunctionClauseError"
        | "boundsError"
        | "ConcurrentModificationException"
        | "SyntaxError"
        | "IndentationError"
        | "NullReferenceException" => Fault::Surely,
        // People raise these too, where a name is looked up in what only looks like an object.
        "AttributeError" | "NameError" | "ReferenceError" if !names_absent(&exception.message) => {
            Fault::No
        }
        "AttributeError" | "NameError" | "ReferenceError" => Fault::Surely,
        "TypeError"
        | "NullPointerException"
        | "IndexError"
        | "IndexOutOfBoundsException"
        | "RangeError"
        | "UncaughtError"
        | "panic"
        | "Panic"
        | "Error"
        | "runtimeError"
        | "plainError"
        | "RuntimeError"
            if runtime_says(&exception.message) =>
        {
            Fault::Surely
        }
        "ValueError" if mistake(&exception.message) == Some("unpacking") => Fault::Surely,
        "TypeError" | "NullPointerException" | "IndexError" | "IndexOutOfBoundsException" => {
            Fault::Perhaps
        }
        _ => Fault::No,
    }
}

/// Whether a runtime speaks of a name that is not there.
fn names_absent(message: &str) -> bool {
    const PHRASES: &[&str] = &[
        "has no attribute",
        "not defined",
        "before initialization",
        "before assignment",
        "not associated with a value",
        "find variable",
        "uninitialized constant",
        "undefined local variable",
        "undefined method",
        "can't set attribute",
        "is read-only",
        "left-hand side",
        "access lexical declaration",
        "readonly attribute",
        "not writable",
        "has no setter",
        "has no getter",
        "circular import",
        "invalid memory",
    ];
    message.is_empty() || says(message, PHRASES)
}

/// Whether a runtime speaks.
fn runtime_says(message: &str) -> bool {
    mistake(message).is_some()
}

/// What kind of mistake a runtime says that it found, in whatever words its version says it; the
/// first that fits.
pub(super) fn mistake(message: &str) -> Option<&'static str> {
    const MISTAKES: &[(&str, &[&str])] = &[
        ("operands", &["unsupported operand", "not supported between instances"]),
        ("call", &["is not a function", "is not callable", "is not a constructor"]),
        ("iteration", &["is not iterable"]),
        ("unpacking", &["values to unpack"]),
        ("arguments", &["positional argument", "unexpected keyword argument"]),
        ("name", &["is not defined"]),
        ("bounds", &["index out of range", "index out of bounds"]),
        (
            "overflow",
            &["attempt to add with", "attempt to subtract with", "attempt to multiply with"],
        ),
        ("division", &["attempt to divide by zero", "integer divide by zero"]),
        ("borrowing", &["already borrowed", "already mutably borrowed"]),
        (
            "nothing there",
            &[
                "cannot read propert",
                "cannot set propert",
                "cannot destructure",
                "is undefined",
                "is null",
                "null is not an object",
                "undefined is not an object",
                "nonetype",
                "is not subscriptable",
                "cannot invoke \"",
                "invalid memory address",
            ],
        ),
        ("other", &["runtime error:"]),
    ];
    MISTAKES.iter().find(|(_, phrases)| says(message, phrases)).map(|(mistake, _)| *mistake)
}

/// The property that a runtime says was read of what has none. Code spells it, so that it tells two
/// mistakes of one function apart; what only data could spell, as an index or a key, is none.
pub(super) fn absent_property(message: &str) -> Option<&str> {
    const BEFORE: &[&str] = &[
        "(reading '",
        "(setting '",
        "read property '",
        "destructure property '",
        "access property \"",
        "has no attribute '",
    ];
    let message = &message[..message.floor_char_boundary(SEARCHED_BYTES_MAX)];
    let rest = BEFORE.iter().find_map(|before| Some(message.split_once(before)?.1))?;
    let name = &rest[..rest.find(['\'', '"'])?];
    let is_spelled = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$');
    (!name.is_empty() && name.chars().all(is_spelled)).then_some(name)
}

/// The constraint that a database says was violated: its schema spells it, so that it tells two
/// mistakes apart where nothing but the database's words is known.
pub(super) fn violated_constraint(message: &str) -> Option<&str> {
    const BEFORE: &[&str] =
        &["constraint \"", "constraint '", "constraint `", "constraint failed: ", "for key '"];
    let message = &message[..message.floor_char_boundary(SEARCHED_BYTES_MAX)];
    let rest = BEFORE.iter().find_map(|before| Some(message.split_once(before)?.1))?;
    let is_spelled = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '.' | '$');
    let name = &rest[..rest.find(|c| !is_spelled(c)).unwrap_or(rest.len())];
    let ended = !rest[name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-');
    (!name.is_empty() && ended).then_some(name)
}

/// Whether the stack is so deep because a function calls itself.
pub(super) fn is_recursion(exception: &Exception) -> bool {
    match simple(&exception.kind) {
        "RecursionError" | "StackOverflowError" | "StackOverflowException" | "SystemStackError" => {
            true
        }
        "RangeError" | "InternalError" | "Error" | "RuntimeError" => says(
            &exception.message,
            &[
                "maximum call stack",
                "too much recursion",
                "maximum recursion depth",
                "maximum function nesting",
            ],
        ),
        _ => says(&exception.message, &["goroutine stack exceeds", "stack level too deep"]),
    }
}

/// Whether something given could not be read: whatever made it so inside the library that read it,
/// it is one mistake to give it that.
pub(super) fn is_unreadable(exception: &Exception) -> bool {
    words(simple(&exception.kind)).any(|word| {
        matches!(
            word.as_str(),
            "parse"
                | "parser"
                | "parsing"
                | "decode"
                | "decoding"
                | "format"
                | "conversion"
                | "deserialization"
                | "syntax"
                | "malformed"
        )
    })
}

/// What a runtime says that it could not read, under a type that says nothing.
pub(super) fn unreadable_part(message: &str) -> Option<&'static str> {
    const PARTS: &[(&str, &[&str])] = &[
        (
            "number",
            &[
                "invalid literal for int",
                "could not convert string to float",
                "invalid digit found in",
                "cannot parse integer from empty",
                "number too large to fit",
                "number too small to fit",
                "invalid float literal",
                "cannot parse float from empty",
            ],
        ),
        (
            "json",
            &[
                "expected value at line",
                "eof while parsing",
                "expected ident at line",
                "key must be a string at line",
                "trailing characters at line",
                "trailing comma at line",
            ],
        ),
        (
            "date",
            &[
                "invalid isoformat string",
                "month must be in",
                "day is out of range",
                "hour must be in",
                "minute must be in",
                "second must be in",
                "does not match format",
                "unconverted data remains",
            ],
        ),
    ];
    PARTS.iter().find(|(_, phrases)| says(message, phrases)).map(|(part, _)| *part)
}

/// A signal of a runtime to itself: what it interrupted is not why something failed.
pub(super) fn is_signal(exception: &Exception) -> bool {
    matches!(
        simple(&exception.kind),
        "CancelledError"
            | "CancellationException"
            | "GeneratorExit"
            | "StopIteration"
            | "StopAsyncIteration"
            | "JobCancellationException"
            | "TaskCanceledException"
            | "AbortError"
            | "InterruptedException"
    )
}

/// A type that only carries its cause from one thread, promise or layer to another.
pub(super) fn is_carrier(exception: &Exception) -> bool {
    matches!(
        simple(&exception.kind),
        "ExecutionException"
            | "CompletionException"
            | "InvocationTargetException"
            | "UndeclaredThrowableException"
            | "AggregateException"
            | "AggregateError"
            | "TargetInvocationException"
            | "RetryError"
            | "RetryException"
            | "MaxRetriesExceeded"
            | "ExhaustedRetryException"
            | "ExceptionGroup"
            | "BaseExceptionGroup"
            | "ServletException"
            | "NestedServletException"
            | "UncheckedIOException"
            | "wrapError"
            | "wrapErrors"
            | "withStack"
            | "withMessage"
            | "fundamental"
            | "RuntimeException"
            | "Wrapped"
            | "WrappedException"
            | "PromiseRejection"
            | "UnhandledPromiseRejection"
    )
}

/// Whether a type says nothing of what happened, so that its message has to: in words of errors in
/// general, or of the module that it lies in, `shop.orders.OrderError`. What a runtime calls so, as
/// `java.io.IOException`, tells it from its others.
pub(super) fn is_unspecific(kind: &str) -> bool {
    let named = simple(kind);
    let kind = &kind[..kind.floor_char_boundary(TYPE_BYTES_MAX)];
    let module = kind.find(named).map_or("", |at| &kind[..at]);
    let of_runtime = ["java", "javax", "System", "std", "core", "alloc", "kotlin", "scala"];
    let first = module.split(['.', ':']).next().unwrap_or_default();
    let module = if of_runtime.contains(&first) { "" } else { module };
    words(named).all(|word| {
        let word = word.as_str();
        vocabulary::is_general(word) || words(module).any(|other| is_same(word, other.as_str()))
    })
}

/// Whether two words are the same, but for the `s` of a plural.
fn is_same(one: &str, other: &str) -> bool {
    one.strip_suffix('s').unwrap_or(one) == other.strip_suffix('s').unwrap_or(other)
}

/// Whether what is outside failed: a connection, a server, a statement.
pub(super) fn is_outside(exception: &Exception) -> bool {
    words(simple(&exception.kind)).any(|word| vocabulary::is_of_outside(word.as_str()))
        || says(
            &exception.message,
            &["econnre", "etimedout", "enotfound", "timed out", "status code", "fetch failed"],
        )
}

/// Whether a database cannot be reached at all: then neither who asked nor what was asked is to
/// blame.
pub(super) fn is_database_gone(exception: &Exception) -> bool {
    let database = words(simple(&exception.kind)).any(|word| {
        matches!(
            word.as_str(),
            "operational"
                | "sql"
                | "psql"
                | "jdbc"
                | "pool"
                | "database"
                | "db"
                | "mongo"
                | "redis"
                | "postgres"
                | "mysql"
                | "sqlx"
                | "hikari"
                | "sequelize"
                | "prisma"
        )
    });
    const PHRASES: &[&str] = &[
        "connection refused",
        "econnrefused",
        "could not connect",
        "can't connect",
        "cannot connect",
        "can't reach database",
        "failed to connect",
        "too many connections",
        "too many clients",
        "remaining connection slots",
        "server closed the connection",
        "the database system is",
        "connection is not available",
        "communications link failure",
        "timed out while waiting for an open connection",
        "timed out fetching a new connection",
        "queuepool limit",
        "pool timed out",
        "couldn't get a connection",
        "cannot get a connection",
    ];
    database && says(&exception.message, PHRASES)
}

/// Whether the beginning of a message has one of some phrases in lower case.
fn says(message: &str, phrases: &[&str]) -> bool {
    let bytes = &message.as_bytes()[..message.len().min(SEARCHED_BYTES_MAX)];
    let mut lower = [0u8; SEARCHED_BYTES_MAX];
    for (to, from) in lower.iter_mut().zip(bytes) {
        *to = from.to_ascii_lowercase();
    }
    let end = message.floor_char_boundary(bytes.len());
    let Ok(lower) = std::str::from_utf8(&lower[..end]) else { return false };
    phrases.iter().any(|phrase| lower.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exception(kind: &str, message: &str) -> Exception {
        Exception { kind: kind.to_owned(), message: message.to_owned(), ..Exception::default() }
    }

    #[test]
    fn a_type_is_known_by_its_last_name() {
        for (kind, expected) in [
            ("java.lang.NullPointerException", "NullPointerException"),
            ("psycopg2.errors.UniqueViolation", "UniqueViolation"),
            ("*errors.errorString", "errorString"),
            ("core::num::ParseIntError", "ParseIntError"),
            (r"App\Errors\NotFound", "NotFound"),
            ("shop.Failure$1", "Failure"),
            ("Result<u8>", "Result"),
            ("", ""),
            ("TypeError", "TypeError"),
        ] {
            assert_eq!(simple(kind), expected, "of {kind:?}");
        }
    }

    #[test]
    fn a_message_tells_a_mistake_from_a_refusal() {
        for (kind, message, expected) in [
            ("TypeError", "Cannot read properties of undefined (reading 'a')", Fault::Surely),
            ("TypeError", "amount must be a number", Fault::Perhaps),
            ("panic", "runtime error: index out of range [5]", Fault::Surely),
            ("ValueError", "amount is null", Fault::No),
            ("ValueError", "too many values to unpack (expected 2)", Fault::Surely),
            ("TypeError", "Cannot destructure property 'a' of 'b' as it is null.", Fault::Surely),
            ("panic", "RefCell already borrowed", Fault::Surely),
            ("KeyError", "'a'", Fault::No),
        ] {
            assert_eq!(fault(&exception(kind, message)), expected, "of {kind}: {message}");
        }
        assert!(is_unspecific("java.lang.IllegalStateException") && !is_unspecific("OutOfStock"));
        assert!(is_database_gone(&exception(
            "OperationalError",
            "Connection refused: is it running?"
        )));
        assert!(!is_database_gone(&exception("OperationalError", "no such table: a")));
        assert!(!is_database_gone(&exception("ConnectionError", "Connection refused")));
        assert!(is_recursion(&exception("RangeError", "Maximum call stack size exceeded")));
        assert!(!is_recursion(&exception("RangeError", "Invalid array length")));
    }

    #[test]
    fn a_constraint_is_told_by_who_violates_it() {
        for (message, expected) in [
            ("violates unique constraint \"bed_key\"", Some("bed_key")),
            ("UNIQUE constraint failed: bed.number", Some("bed.number")),
            ("Duplicate entry '5' for key 'bed.number'", Some("bed.number")),
            ("violates check constraint \"bed_2031_key\"", None),
            ("constraint \"", None),
            ("no constraint at all", None),
        ] {
            assert_eq!(violated_constraint(message), expected, "of {message:?}");
        }
    }

    #[test]
    fn a_type_says_something_by_more_than_its_module() {
        for (kind, expected) in [
            ("clinic.beds.errors.BedError", true),
            ("clinic::beds::BedError", true),
            ("clinic.beds.WardError", false),
            ("BedError", false),
            ("java.io.IOException", false),
            ("RuntimeError", true),
        ] {
            assert_eq!(is_unspecific(kind), expected, "of {kind:?}");
        }
    }

    #[test]
    fn a_cut_message_is_searched_as_far_as_it_goes() {
        let long = format!("{}timed out", "ä".repeat(300));
        assert!(!is_outside(&exception("Odd", &long)));
        assert!(is_outside(&exception("Odd", "it Timed Out")));
    }
}
