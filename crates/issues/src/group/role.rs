//! What part a function has in an error: whether it is where the mistake is, or serves who made it.
//!
//! Invariants: decided from names alone, so that the same frame has the same role in every stack.

use super::name::Name;
use super::vocabulary::{Verb, serves, verb};
use super::words::words;

/// The part a function has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A function with a task of its own.
    Own,
    /// It raises for its caller.
    Raises,
    /// It does what its caller says, with what that brings: a statement, a request.
    Runs,
    /// It does so if what failed was the connection: `orders.get` is a task of its own else.
    RunsOutside,
    /// It hands out what its caller names, and refuses what there is not.
    Accesses,
    /// It stands around a call and adds nothing.
    Wraps,
    /// It makes the error that is raised.
    Constructs,
}

/// The role of a function with a name.
pub(super) fn role(name: &Name<'_>) -> Role {
    let place = name.qualifier.rsplit('.').next().unwrap_or_default();
    if constructs(name.function, place) {
        return Role::Constructs;
    }
    if is_accessor(name.function) {
        return if is_infrastructure(place) { Role::Runs } else { Role::Accesses };
    }
    let mut seen = Seen::default();
    for word in words(name.function) {
        match verb(word.as_str()) {
            Verb::Raise => seen.raises = true,
            // Of two, the second is what the first does: `run_query`, `send_request`.
            Verb::Run => (seen.tool, seen.runs) = (seen.tool || seen.runs, true),
            Verb::Wrap => seen.wraps = true,
            Verb::Tool => seen.tool = true,
            Verb::Condition => seen.condition = true,
            Verb::Plain => {}
            Verb::Own if makes_errors(place) => seen.raises = true,
            Verb::Own if extends_runtime(name.qualifier) || stands_around(place) => {
                seen.wraps = true;
            }
            Verb::Own => return Role::Own,
        }
    }
    match seen {
        Seen { raises: true, .. } => Role::Raises,
        Seen { wraps: true, .. } => Role::Wraps,
        Seen { runs: true, tool: true, .. } => Role::Runs,
        Seen { runs: true, .. } if is_infrastructure(place) => Role::Runs,
        // `Guard.against` and `Checks.positive` are checks but for the verb.
        _ if checks(place) => Role::Raises,
        Seen { runs: true, .. } => Role::RunsOutside,
        Seen { condition: true, .. } => Role::Raises,
        _ => Role::Own,
    }
}

/// Whether a function serves for its whole module: who is called by it there does so too.
pub(super) fn leads(name: &Name<'_>) -> bool {
    let place = name.qualifier.rsplit('.').next().unwrap_or_default();
    match role(name) {
        Role::Runs => is_infrastructure(place),
        Role::Raises => checks(place),
        _ => false,
    }
}

/// Whether a module, file or class only checks what others are given.
fn checks(place: &str) -> bool {
    words(place).last().is_some_and(|word| {
        let word = word.as_str();
        matches!(
            word.strip_suffix('s').unwrap_or(word),
            "validate"
                | "verify"
                | "must"
                | "insist"
                | "expect"
                | "demand"
                | "enforce"
                | "check"
                | "checker"
                | "assert"
                | "assertion"
                | "guard"
                | "validation"
                | "validator"
                | "precondition"
                | "requirement"
                | "require"
                | "ensure"
                | "verification"
                | "verifier"
                | "invariant"
                | "contract"
        )
    })
}

/// What a language calls for a name that is only known when the program runs, or may.
fn is_accessor(function: &str) -> bool {
    matches!(
        function,
        "get"
            | "set"
            | "has"
            | "getProperty"
            | "setProperty"
            | "__getattr__"
            | "__getattribute__"
            | "__setattr__"
            | "__getitem__"
            | "__setitem__"
            | "__delitem__"
            | "__missing__"
            | "__get"
            | "__set"
            | "__call"
            | "method_missing"
            | "const_missing"
            | "doesNotUnderstand"
            | "Get"
            | "Set"
    )
}

/// Whether a module is there to make errors for all others.
fn makes_errors(place: &str) -> bool {
    words(place).last().is_some_and(|word| {
        matches!(word.as_str(), "errors" | "exceptions" | "faults" | "failures" | "problems")
    })
}

/// Whether a module, file or class is there to stand around the calls of others.
fn stands_around(place: &str) -> bool {
    words(place).last().is_some_and(|word| {
        let word = word.as_str();
        matches!(
            word.strip_suffix('s').unwrap_or(word),
            "retry"
                | "retrie"
                | "decorator"
                | "interceptor"
                | "telemetry"
                | "timing"
                | "tracing"
                | "instrumentation"
                | "aspect"
                | "wrapper"
                | "resilience"
                | "breaker"
        )
    })
}

/// Whether a function was added to a type of the language, `Result.context`: code of the service
/// that only stands between others of it.
fn extends_runtime(place: &str) -> bool {
    ["core.", "alloc.", "std."].iter().any(|runtime| place.starts_with(runtime))
}

/// Whether a module, file or class serves everything above it, by the last word of its name.
fn is_infrastructure(place: &str) -> bool {
    words(place).last().is_some_and(|word| serves(word.as_str()))
}

/// What kinds of words a name has.
#[derive(Default)]
struct Seen {
    raises: bool,
    runs: bool,
    tool: bool,
    condition: bool,
    wraps: bool,
}

/// `new AppError`, and whatever belongs to an error's class, as `AppError.from`: where an error
/// comes into being, not where a mistake is.
fn constructs(function: &str, place: &str) -> bool {
    let is_error = |name: &str| {
        name.starts_with(|first: char| first.is_uppercase())
            && words(name).last().is_some_and(|word| {
                matches!(word.as_str(), "error" | "exception" | "fault" | "failure" | "throwable")
            })
    };
    is_error(function) || is_error(place)
}

#[cfg(test)]
mod tests {
    use super::super::name::Kind;
    use super::*;

    #[test]
    fn a_name_tells_a_role() {
        for (name, expected) in [
            ("shop.money.parse_amount", Role::Own),
            ("shop.orders.place_order", Role::Own),
            ("shop.users.get_user", Role::Own),
            ("shop.checks.require", Role::Raises),
            ("shop.orders.fail", Role::Raises),
            ("shop.Assert.assertPositive", Role::Raises),
            ("shop.result.unwrap_or_raise", Role::Raises),
            ("core.option.unwrap_failed", Role::Raises),
            ("java.util.Objects.requireNonNull", Role::Raises),
            ("shop.errors.handle_error", Role::Raises),
            ("shop.validation.validate", Role::Raises),
            ("shop.OrderValidator.validate", Role::Raises),
            ("shop.orders.validate_order", Role::Own),
            ("shop.stock.check_stock", Role::Own),
            ("shop.db.run_query", Role::Runs),
            ("shop.orders.run_query", Role::Runs),
            ("shop.http.post", Role::Runs),
            ("src.api.request", Role::Runs),
            ("shop.PaymentClient.post", Role::Runs),
            ("shop.payments.post", Role::RunsOutside),
            ("shop.notices.send_on", Role::RunsOutside),
            ("shop.orders.post_json", Role::Runs),
            ("shop.orders.get", Role::Accesses),
            ("shop.model.Record.__getattr__", Role::Accesses),
            ("shop.http.get", Role::Runs),
            ("shop.Checks.positive", Role::Raises),
            ("shop.Checks.stock", Role::Own),
            ("shop.Guard.against", Role::Raises),
            ("shop.text.notBlank", Role::Raises),
            ("shop.errors.not_found", Role::Raises),
            ("shop.errors.complain_about", Role::Raises),
            ("shop.decorators.counted", Role::Wraps),
            ("shop.orders.with_lock", Role::Wraps),
            ("shop.faults.Fault.from", Role::Constructs),
            ("core.result.Result.context", Role::Wraps),
            ("core.result.Result.unwrap_or_raise", Role::Raises),
            ("shop.views.post", Role::RunsOutside),
            ("shop.CheckoutHandler.handle", Role::RunsOutside),
            ("shop.PaymentSync.run", Role::RunsOutside),
            ("shop.retry.wrapper", Role::Wraps),
            ("shop.retry.retry", Role::Wraps),
            ("shop.db.with_transaction", Role::Wraps),
            ("shop.RetryHandler.handle", Role::RunsOutside),
            ("shop.errors.AppError", Role::Constructs),
            ("shop.OrderException.<init>", Role::Constructs),
            ("shop.Cart.<init>", Role::Own),
            ("shop.main.<module>", Role::Own),
        ] {
            let (qualifier, function) = name.rsplit_once('.').unwrap();
            let found = role(&Name { whole: name, qualifier, function, kind: Kind::Named });
            assert_eq!(found, expected, "of {name}");
        }
    }
}
