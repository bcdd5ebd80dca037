//! What callers rely on: the fast way and the explained one agree, versions, overrides, bounds.

use proptest::prelude::*;

use super::*;

fn of(occurrence: &Occurrence<'_>) -> Fingerprint {
    Grouper::default().group(occurrence).fingerprint
}

#[test]
fn an_event_without_an_exception_counts_by_what_it_says_and_who() {
    let event = |message, template, logger| Occurrence {
        message,
        template,
        logger,
        ..Occurrence::default()
    };
    assert_eq!(of(&event("user 5 left", "", "a")), of(&event("user 6 left", "", "a")));
    assert_ne!(of(&event("user 5 left", "", "a")), of(&event("user 5 left", "", "b")));
    assert_eq!(of(&event("ada left", "%s left", "a")), of(&event("bob left", "%s left", "a")));
    let empty = |level, transaction| Occurrence { level, transaction, ..Occurrence::default() };
    assert_ne!(of(&empty("error", "/a")), of(&empty("error", "/b")));
    assert_eq!(of(&empty("error", "/a")), of(&empty("error", "/a")));
}

#[test]
fn a_tree_says_why() {
    let found = explain(
        "AppError: failed | shop.app/handle <- ValueError: amount must be positive | shop.checks/require, \
         shop.orders/place_order, shop.orders/place_order, -flask/run",
    );
    let told: Vec<_> = found
        .why
        .children
        .iter()
        .map(|node| (node.label, node.value.as_str(), node.counts))
        .collect();
    assert_eq!(
        told,
        [
            ("type", "ValueError", true),
            ("outer type", "AppError", false),
            ("frame", "shop.checks.require", false),
            ("frame", "shop.orders.place_order", true),
            ("frame", "shop.orders.place_order", false),
            ("frame", "flask.run", false),
            ("frame", "shop.app.handle", false),
            ("message", "amount must be positive", true),
        ]
    );
    assert!(found.why.children.iter().all(|node| !node.hint.is_empty()));
    let outline = found.grouping.outline;
    assert_eq!(
        (outline.kind.as_str(), outline.culprit.as_str()),
        ("AppError", "shop.orders.place_order")
    );
    assert_eq!((outline.function.as_str(), outline.module.as_str()), ("require", "shop.checks"));
}

#[test]
fn a_variant_is_finer_than_an_issue() {
    let of = |text: &str| explain(text).grouping;
    let (a, b) = (of("Oops: a | m/f, m/g"), of("Oops: a | m/f, m/h"));
    assert!(a.fingerprint == b.fingerprint && a.variant != b.variant);
    let deep = of("Oops: a | m/f, m/f, m/f, m/g");
    assert_eq!(a.variant, deep.variant, "recursion is collapsed");
}

#[test]
fn a_sender_and_a_rule_override() {
    let exceptions = chain("Oops: order 5 failed | shop.cart/total");
    let group = |rules: &str, sent: &[&str]| {
        let sent: Vec<String> = sent.iter().map(|part| (*part).to_owned()).collect();
        let occurrence = Occurrence {
            exceptions: &exceptions,
            transaction: "/pay",
            sdk_fingerprint: &sent,
            ..Occurrence::default()
        };
        let grouper = Grouper::new(Rules::parse(rules).unwrap());
        let explained = grouper.explain(&occurrence);
        assert_eq!(explained.grouping, grouper.group(&occurrence));
        explained
    };
    let same = |a: &Explanation, b: &Explanation| a.grouping.fingerprint == b.grouping.fingerprint;
    let own = group("", &[]);
    assert!(
        same(&own, &group("", &["{{ default }}"])) && same(&own, &group("", &["{{default}}", ""]))
    );
    assert!(same(&own, &group("", &[""])));
    let mixed = group("", &["{{ default }}", "{{ transaction }}"]);
    assert!(!same(&own, &mixed) && same(&mixed, &group("", &["{{default}}", "/pay"])));
    assert!(same(&group("", &["{{ type }} in {{ function }}"]), &group("", &["Oops in total"])));
    assert!(same(&group("", &["{{ message }}"]), &group("", &["order <number> failed"])));
    assert!(same(&group("", &["{{ what }}"]), &group("", &["{{ what }}"])));
    let ruled = group("type:Oops -> cart, {{ module }}", &["x"]);
    assert!(same(&ruled, &group("", &["cart", "shop.cart"])));
    assert_eq!(
        ruled.why.hint,
        "the rule in line 1 gave this fingerprint: type:Oops -> cart, {{ module }}"
    );
    assert!(same(&group("type:Other -> cart", &[]), &own));
}

/// A later version, for tests: types alone.
struct ByType;

impl Algorithm for ByType {
    fn version(&self) -> u16 {
        2
    }

    fn decide(&self, occurrence: &Occurrence<'_>, sink: &mut dyn Sink) -> Decided {
        let kind = occurrence.exceptions.first().map_or("", |exception| exception.kind.as_str());
        sink.counts("type", kind, "all that this version looks at");
        Decided::default()
    }
}

#[test]
fn an_earlier_version_still_gives_its_fingerprint() {
    let exceptions = chain("Oops: a | m/f");
    let sent = ["{{ default }}".to_owned(), "x".to_owned()];
    for sdk_fingerprint in [&sent[..], &[]] {
        let occurrence =
            Occurrence { exceptions: &exceptions, sdk_fingerprint, ..Occurrence::default() };
        let (old, new) = (Grouper::default(), Grouper::default().with_version(ByType));
        let known = old.group(&occurrence);
        let found = new.group(&occurrence);
        assert_eq!((known.version, found.version), (1, 2));
        assert_ne!(known.fingerprint, found.fingerprint);
        let earlier: Vec<_> = new.earlier(&occurrence).collect();
        assert_eq!(earlier, [(1, known.fingerprint)]);
        assert_eq!(old.earlier(&occurrence).count(), 0);
    }
}

fn frames() -> impl Strategy<Value = Vec<Frame>> {
    let function = prop_oneof![
        "[a-z_]{1,6}",
        "[a-zA-Z<>(){}\\[\\]$#.:/`+ *&|-]{0,20}",
        prop::sample::select(vec![
            "require",
            "run_query",
            "wrapper",
            "<anonymous>",
            "validate",
            "t",
            "new AppError"
        ])
        .prop_map(str::to_owned),
    ];
    let file =
        prop_oneof!["[a-z./0-9:-]{0,16}", Just("http://a.example/main.3f2a9c.js".to_owned())];
    let frame = (function, "[a-z.$]{0,8}", file, any::<Option<bool>>()).prop_map(
        |(function, module, file, in_app)| Frame {
            function,
            module,
            file,
            in_app,
            ..Frame::default()
        },
    );
    prop::collection::vec(frame, 0..12)
}

fn exceptions() -> impl Strategy<Value = Vec<Exception>> {
    let kind = prop::sample::select(vec![
        "",
        "ValueError",
        "TypeError",
        "RecursionError",
        "AttributeError",
        "a.B<C>",
    ]);
    let one = (kind, "\\PC{0,30}", frames()).prop_map(|(kind, message, frames)| Exception {
        kind: kind.to_owned(),
        message,
        frames,
        ..Exception::default()
    });
    prop::collection::vec(one, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_fast_way_and_the_explained_one_agree(
        exceptions in exceptions(),
        sent in prop::collection::vec("[a-z{} ]{0,14}|\\{\\{ default \\}\\}", 0..3),
    ) {
        let occurrence =
            Occurrence { exceptions: &exceptions, sdk_fingerprint: &sent, message: "m", ..Occurrence::default() };
        let grouper = Grouper::default();
        let explained = grouper.explain(&occurrence);
        prop_assert_eq!(&explained.grouping, &grouper.group(&occurrence));
        let shown: Fingerprint = explained.grouping.fingerprint.to_string().parse().unwrap();
        prop_assert_eq!(shown, explained.grouping.fingerprint);
        prop_assert!(explained.why.counts);
    }

    #[test]
    fn lines_columns_and_variables_do_not_count(exceptions in exceptions(), line in 1u32..9_999) {
        let mut moved = exceptions.clone();
        for frame in moved.iter_mut().flat_map(|exception| &mut exception.frames) {
            (frame.line, frame.column) = (line, line);
            frame.variables.push(("a".to_owned(), line.to_string()));
        }
        let group = |exceptions: &[Exception]| {
            Grouper::default().group(&Occurrence { exceptions, ..Occurrence::default() })
        };
        prop_assert_eq!(group(&exceptions), group(&moved));
    }
}

#[test]
fn bounds_hold_for_what_is_hostile() {
    let frame = Frame {
        function: "<".repeat(2_000),
        module: "a.".repeat(1_000),
        in_app: Some(true),
        ..Frame::default()
    };
    let exception = Exception {
        kind: "x".repeat(100_000),
        message: "'a ".repeat(100_000),
        frames: vec![frame; 300],
        ..Exception::default()
    };
    let exceptions = vec![exception; 20];
    let sent = vec!["{{ message }}".repeat(10_000); 100];
    for sdk_fingerprint in [&sent[..], &[]] {
        let occurrence =
            Occurrence { exceptions: &exceptions, sdk_fingerprint, ..Occurrence::default() };
        let explained = Grouper::default().explain(&occurrence);
        let bytes = serde_json::to_string(&explained).unwrap().len();
        assert!(bytes < 16 << 20, "{bytes}");
    }
}
