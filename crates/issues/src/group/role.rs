//! What part a function has in an error: whether it is where the mistake is, or serves who made it.
//!
//! Invariants: decided from names alone, so that the same frame has the same role in every stack.

use super::name::Name;
use super::vocabulary::{Place, Verb, enters, serves, serves_at_end, verb};
use super::words::words;

/// The part a function has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A function with a task of its own.
    Own,
    /// One whose task is to check a thing of the business: it raises for several reasons.
    Checks,
    /// It raises for its caller.
    Raises,
    /// It does what its caller says: a statement, a request.
    Runs,
    /// It does so if what failed was the connection; a domain's `orders.get` else is a task of its
    /// own.
    RunsOutside,
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
    let mut count = 0;
    let mut seen = Seen::default();
    for word in words(name.function) {
        let verb = verb(word.as_str());
        if count == 0 {
            seen.checks_first = matches!(verb, Verb::Check | Verb::Raise);
        }
        count += 1;
        match verb {
            Verb::Raise => seen.raises = true,
            Verb::Check => seen.checks = true,
            Verb::Run => seen.runs = true,
            Verb::Wrap => seen.wraps = true,
            Verb::Plain => {}
            Verb::Own => seen.own = true,
        }
    }
    seen.role(count, place)
}

/// What kinds of words a name has.
#[derive(Default)]
struct Seen {
    raises: bool,
    checks: bool,
    runs: bool,
    wraps: bool,
    own: bool,
    checks_first: bool,
}

impl Seen {
    fn role(&self, count: usize, place_name: &str) -> Role {
        if self.own {
            return if self.checks_first { Role::Checks } else { Role::Own };
        }
        if self.raises {
            return Role::Raises;
        }
        let place = place(place_name);
        if self.checks {
            let general = count > 1 || place == Place::Infrastructure;
            return if general { Role::Raises } else { Role::Checks };
        }
        if self.wraps {
            return Role::Wraps;
        }
        match place {
            _ if !self.runs => Role::Own,
            Place::Infrastructure => Role::Runs,
            Place::Entry => Role::Own,
            Place::Business if count > 1 => Role::Runs,
            Place::Business => Role::RunsOutside,
        }
    }
}

/// What a module, file or class is, by its last name.
pub(super) fn place(name: &str) -> Place {
    let mut all_serve = true;
    let mut first_serves = None;
    let mut last = None;
    for word in words(name) {
        let serving = serves(word.as_str());
        first_serves.get_or_insert(serving);
        all_serve &= serving || matches!(verb(word.as_str()), Verb::Run | Verb::Wrap | Verb::Plain);
        last = Some(word);
    }
    let Some(last) = last else { return Place::Business };
    if enters(last.as_str()) {
        let serving = first_serves == Some(true) && words(name).nth(1).is_some();
        return if serving { Place::Infrastructure } else { Place::Entry };
    }
    if all_serve || serves_at_end(last.as_str()) { Place::Infrastructure } else { Place::Business }
}

/// `new AppError`, `AppError.<init>`: where an error comes into being, not where a mistake is.
fn constructs(function: &str, place: &str) -> bool {
    let is_error = |name: &str| {
        name.starts_with(|first: char| first.is_uppercase())
            && words(name).last().is_some_and(|word| {
                matches!(word.as_str(), "error" | "exception" | "fault" | "failure" | "throwable")
            })
    };
    let constructor = matches!(
        function,
        "<init>" | "__init__" | "constructor" | "initialize" | "__construct" | "new" | "init"
    );
    is_error(function) || (constructor && is_error(place))
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
            ("shop.OrderValidator.validate", Role::Checks),
            ("shop.orders.validate_order", Role::Checks),
            ("shop.stock.check_stock", Role::Checks),
            ("shop.db.run_query", Role::Runs),
            ("shop.orders.run_query", Role::Runs),
            ("shop.http.post", Role::Runs),
            ("src.api.request", Role::Runs),
            ("shop.PaymentClient.post", Role::Runs),
            ("shop.payments.post", Role::RunsOutside),
            ("shop.views.post", Role::Own),
            ("shop.CheckoutHandler.handle", Role::Own),
            ("shop.PaymentSync.run", Role::Own),
            ("shop.retry.wrapper", Role::Wraps),
            ("shop.retry.retry", Role::Wraps),
            ("shop.db.with_transaction", Role::Wraps),
            ("shop.RetryHandler.handle", Role::Runs),
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
