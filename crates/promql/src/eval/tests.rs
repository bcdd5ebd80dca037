//! Limits, and who may end a query.

use super::*;
use crate::ast::Matcher;
use crate::parse;

struct Ten;

impl Storage for Ten {
    fn select(&self, _: &[Matcher], _: i64, _: i64) -> Result<Vec<Series>, EvalError> {
        let floats = (0..10).map(|at| (at * 1_000, at as f64)).collect();
        let labels = Labels::new([("__name__", "x")]);
        Ok(vec![Series { labels, floats, ..Series::default() }])
    }
}

#[test]
fn limits_are_kept() {
    let engine = Engine::new(&Ten, Options { samples_max: 25, ..Options::default() });
    assert!(engine.instant("x", 9_000).is_ok());
    let many = engine.range("x", 0, 100_000, 1_000);
    assert!(matches!(many, Err(EvalError::Limit(_))), "{many:?}");
    let long = engine.range("x", 0, i64::MAX, 1);
    assert!(matches!(long, Err(EvalError::Limit(_))), "{long:?}");
    let wide = engine.instant("max_over_time(x[1h:1ms])", 9_000);
    assert!(matches!(wide, Err(EvalError::Limit(_))), "{wide:?}");
    assert!(engine.range("x", 1, 0, 1).is_err());
    assert!(engine.range("x", 0, 1, 0).is_err());
}

/// Two series whose storage says stop after so many questions.
struct Patient(std::cell::Cell<usize>);

impl Storage for Patient {
    fn select(&self, _: &[Matcher], _: i64, _: i64) -> Result<Vec<Series>, EvalError> {
        let series = |job| {
            let floats = (0..10).map(|at| (at * 1_000, at as f64)).collect();
            let labels = Labels::new([("__name__", "x"), ("job", job)]);
            Series { labels, floats, ..Series::default() }
        };
        Ok(vec![series("a"), series("b")])
    }

    fn check(&self) -> Result<(), EvalError> {
        match self.0.get().checked_sub(1) {
            Some(left) => self.0.set(left),
            None => return Err(EvalError::Stopped("that is enough".to_owned())),
        }
        Ok(())
    }
}

#[test]
fn a_storage_ends_a_query() {
    let stopped = Err(EvalError::Stopped("that is enough".to_owned()));
    // Each as a query of few nodes, so that most questions are asked within them.
    for query in [
        "x",
        "-x",
        "rate(x[5m])",
        "max_over_time(x[1h:1s])",
        "sum(x)",
        "topk(1, x)",
        "quantile(0.5, x)",
        "count_values(\"v\", x)",
        "x + x",
        "x and x",
        "x * on (job) group_left () x",
        "label_replace(x, \"a\", \"$1\", \"job\", \"(.*)\")",
        "absent(x)",
        "scalar(x)",
        "abs(x)",
        "x > 3",
    ] {
        let ask = |patience| {
            let storage = Patient(std::cell::Cell::new(patience));
            let engine = Engine::new(&storage, Options::default());
            let answer = engine.range(query, 0, 10_000_000, 1_000).map(|_| ());
            (answer, patience - storage.0.get())
        };
        let (answer, asked) = ask(10_000);
        assert_eq!(answer, Ok(()), "{query}");
        assert!(asked > 4, "{query}: asked {asked} times only");
        for patience in (0..asked).step_by(1 + asked / 4) {
            assert_eq!(ask(patience).0, stopped, "{query}");
        }
    }
}

#[test]
fn what_is_held_is_limited_and_not_what_is_made() {
    let ask = |query: &str, samples_max| {
        let storage = Patient(std::cell::Cell::new(usize::MAX));
        let options = Options { samples_max, ..Options::default() };
        let engine = Engine::new(&storage, options);
        engine.range(query, 0, 99_000, 1_000).map(|_| ())
    };
    // Two series of a hundred steps; their samples are twenty.
    let limited = |query: &str, samples_max| {
        assert!(matches!(ask(query, samples_max), Err(EvalError::Limit(_))), "{query}");
    };
    limited("x", 199);
    assert_eq!(ask("x", 220), Ok(()));
    // As long as it likes, a chain holds two operands and a result.
    let chain = ["abs(x)"; 20].join(" + ");
    assert_eq!(ask(&chain, 1_000), Ok(()));
    limited("x + x", 420);
    limited("max_over_time(x[1d:1s])", 10_000);
    // Text that is doubled by each of many functions.
    let double =
        |query: String, _| format!("label_replace({query}, \"a\", \"$1$1\", \"a\", \"(.*)\")");
    let start = "label_replace(x, \"a\", \"0123456789\", \"a\", \"\")".to_owned();
    limited(&(0..30).fold(start.clone(), double), 1_000_000);
    limited(&(0..12).fold(start, double), 2_000);
}

#[test]
fn times_at_the_ends_of_time_do_not_overflow() {
    let engine = Engine::new(&Ten, Options::default());
    for query in ["x", "x offset 290y", "rate(x[290y])", "x @ 9e15", "max_over_time(x[1y:1y])"] {
        for at in [i64::MIN, 0, i64::MAX] {
            let _ = engine.instant(query, at);
        }
    }
}

/// Sees how deep the stack is whenever it is asked.
struct Deep(std::cell::Cell<usize>);

impl Storage for Deep {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Result<Vec<Series>, EvalError> {
        self.check()?;
        Ten.select(matchers, from, to)
    }

    fn check(&self) -> Result<(), EvalError> {
        let here = 0_u8;
        self.0.set(self.0.get().min(std::ptr::from_ref(&here).addr()));
        Ok(())
    }
}

/// Bytes of stack that the deepest expressions may need, of the 2 MiB that a thread has; without optimisation,
/// as these tests are built, it is the most.
const STACK_MAX: usize = 1_750_000;

#[test]
fn whatever_may_be_nested_fits_the_stack() {
    let run = || {
        for (open, close) in [
            ("(", ")"),
            ("abs(", ")"),
            ("-", ""),
            ("1 + ", ""),
            ("sum by (job) (", ")"),
            ("topk(1, ", ")"),
            ("label_replace(", ", \"a\", \"\", \"b\", \"\")"),
            ("max_over_time(", "[1s:1s])"),
            ("info(", ")"),
            ("histogram_quantile(0.5, ", ")"),
            ("clamp_max(", ", 5)"),
            ("vector(scalar(", "))"),
        ] {
            let start = 0_u8;
            let start = std::ptr::from_ref(&start).addr();
            let storage = Deep(std::cell::Cell::new(start));
            let engine = Engine::new(&storage, Options::default());
            // As deep as parsing allows: one level or two each.
            let mut depth = 199;
            let nested = |depth| format!("{}x{}", open.repeat(depth), close.repeat(depth));
            while parse(&nested(depth)).is_err() {
                depth -= 1;
            }
            assert!(depth > 90, "{open}");
            let answer = engine.range(&nested(depth), 0, 9_000, 3_000);
            assert!(answer.is_ok(), "{open}: {answer:?}");
            let used = start - storage.0.get();
            assert!(used < STACK_MAX, "{open}: {used} bytes of stack");
        }
    };
    let thread = std::thread::Builder::new().stack_size(1 << 26).spawn(run);
    thread.unwrap().join().unwrap();
}
