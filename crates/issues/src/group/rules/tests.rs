use plimsoll_model::{Exception, Frame};

use super::*;

fn matches(rule: &str, occurrence: &Occurrence<'_>) -> bool {
    let rules = Rules::parse(&format!("{rule} -> a")).unwrap();
    rules.matching(occurrence).is_some()
}

#[test]
fn matchers_look_at_all_of_an_occurrence() {
    let frame = Frame {
        function: "shop::Cart::total".to_owned(),
        module: "shop.cart".to_owned(),
        file: "src/cart.rs".to_owned(),
        ..Frame::default()
    };
    let exceptions = [
        Exception { kind: "AppError".to_owned(), ..Exception::default() },
        Exception {
            kind: "db.Timeout".to_owned(),
            message: "Gave up after 5 s".to_owned(),
            frames: vec![frame],
            ..Exception::default()
        },
    ];
    let occurrence = Occurrence {
        exceptions: &exceptions,
        service: "checkout",
        level: "error",
        release: "1.2.3",
        tags: &|key| (key == "region").then_some("eu-1"),
        ..Occurrence::default()
    };
    for (rule, expected) in [
        ("type:Timeout", true),
        ("type:db.*", true),
        ("type:AppError service:checkout", true),
        ("type:AppError service:cart", false),
        ("!type:AppError", false),
        ("!service:cart", true),
        ("message:\"gave up *\"", true),
        ("message:gave", false),
        ("function:total", true),
        ("module:shop.*", true),
        ("path:*/cart.rs", true),
        ("level:ERROR", true),
        ("release:1.*", true),
        ("tags.region:eu-?", true),
        ("tags.other:*", false),
        ("!tags.other:*", true),
        ("logger:\"\"", true),
        ("environment:prod", false),
        ("transaction:*", true),
    ] {
        assert_eq!(matches(rule, &occurrence), expected, "of {rule}");
    }
}

#[test]
fn the_first_rule_that_matches_wins() {
    let rules = Rules::parse("# two\n\nservice:a -> x\n service:* -> y, {{ type }}\n").unwrap();
    let of = |service| {
        let occurrence = Occurrence { service, ..Occurrence::default() };
        rules.matching(&occurrence).map(|rule| (rule.line, rule.fingerprint.join("|")))
    };
    assert_eq!(of("a"), Some((3, "x".to_owned())));
    assert_eq!(of("b"), Some((4, "y|{{ type }}".to_owned())));
    assert_eq!(rules.len(), 2);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, column, message) in [
        ("type:A", 7, "the rule ends without an arrow"),
        ("-> a", 1, "the rule has no matcher"),
        ("typ:A -> a", 1, "`typ` is nothing that can be matched"),
        ("!typ:A -> a", 2, "`typ` is nothing that can be matched"),
        ("ü -> a", 1, "`ü` is no matcher"),
        ("message:ä b -> a", 11, "`b` is no matcher"),
        ("type: -> a", 6, "a matcher without a pattern"),
        ("type:\"A -> a", 6, "a quote that is not closed"),
        ("type:A -> a,", 13, "an empty part of a fingerprint"),
        ("type:A ->", 10, "an empty part of a fingerprint"),
        ("type:A -> \"a\" b", 15, "a text after a quoted part"),
        ("type:A -> {{ typ }}", 11, "no variable `typ`"),
        ("type:A -> {{ type", 11, "a variable that is not closed"),
        ("type:A -> a {{ default }}", 11, "`{{ default }}` within a text"),
        ("tags.:A -> a", 1, "`tags.` is nothing that can be matched"),
    ] {
        let problems = Rules::parse(&format!("type:Fine -> fine\n{text}")).unwrap_err();
        let [problem] = problems.as_slice() else { panic!("{problems:?} of {text:?}") };
        assert_eq!((problem.line, problem.column), (2, column), "of {text:?}");
        assert_eq!(problem.message, message, "of {text:?}");
        assert!(!problem.hint.is_empty());
    }
}

#[test]
fn bounds_hold() {
    let many = "type:A -> a\n".repeat(limits::RULES_MAX + 1);
    assert_eq!(Rules::parse(&many).unwrap_err()[0].line, limits::RULES_MAX + 1);
    assert!(Rules::parse(&"x\n".repeat(500)).unwrap_err().len() == limits::PROBLEMS_MAX);
    assert!(Rules::parse(&"#".repeat(limits::TEXT_BYTES_MAX + 1)).is_err());
    assert!(Rules::parse(&format!("type:{} -> a", "x".repeat(limits::LINE_BYTES_MAX))).is_err());
    let matchers = "type:A ".repeat(limits::MATCHERS_MAX + 1);
    assert!(Rules::parse(&format!("{matchers} -> a")).is_err());
    assert!(Rules::parse(&format!("type:A -> a{}", ",a".repeat(16))).is_err());
}

#[test]
fn any_text_gives_rules_or_problems() {
    proptest::proptest!(|(text in "[a-z:!*\"\\\\{}> ,#\n.-]{0,80}")| {
        if let Err(problems) = Rules::parse(&text) {
            assert!(!problems.is_empty());
        }
    });
}
