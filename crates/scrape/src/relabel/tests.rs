use proptest::prelude::*;

use super::*;

/// Labels as `a=1 b=two`; `%20` stands for a blank.
fn labels(text: &str) -> LabelSet {
    let pairs = text.split_whitespace().map(|pair| pair.split_once('=').expect("name=value"));
    pairs.map(|(name, value)| (name.to_owned(), value.replace("%20", " "))).collect()
}

fn rules(yaml: &str) -> Vec<Rule> {
    let raw: Vec<RawRule> = serde_saphyr::from_str(yaml).expect("rules");
    raw.iter().map(|raw| Rule::new(raw).expect("a rule")).collect()
}

/// Applies rules in YAML's short form; `drop` is expected where what has the labels is dropped.
#[track_caller]
fn check(yaml: &str, before: &str, expected: &str) {
    let mut found = labels(before);
    let kept = relabel(&rules(&format!("[{yaml}]")), &mut found);
    if expected == "drop" {
        assert!(!kept, "{yaml} on {before} keeps {found:?}");
    } else {
        assert!(kept, "{yaml} on {before} drops");
        assert_eq!(found, labels(expected), "{yaml} on {before}");
    }
}

#[track_caller]
fn check_wrong(yaml: &str, expected: &str) {
    let raw: RawRule = serde_saphyr::from_str(yaml).expect("a rule");
    assert_eq!(Rule::new(&raw).unwrap_err(), expected, "{yaml}");
}

#[test]
fn replace() {
    let rule = "{source_labels: [a], target_label: d, regex: f(.*), replacement: 'ch${1}-ch${1}'}";
    check(rule, "a=foo b=bar c=baz", "a=foo b=bar c=baz d=choo-choo");
    // Without a match nothing changes.
    check(rule, "a=oof d=x", "a=oof d=x");
    check("{source_labels: [a], target_label: d}", "a=foo", "a=foo d=foo");
    check(
        "{source_labels: [a], target_label: a, regex: '(.*)o', replacement: $1}",
        "a=foo",
        "a=fo",
    );
    check("{source_labels: [a, b], target_label: d}", "a=x b=y", "a=x b=y d=x;y");
    check("{source_labels: [a, b], separator: '-', target_label: d}", "a=x b=y", "a=x b=y d=x-y");
    check("{source_labels: [a, b], separator: '', target_label: d}", "a=x b=y", "a=x b=y d=xy");
    check("{source_labels: [a, no, b], target_label: d}", "a=x b=y", "a=x b=y d=x;;y");
    // The pattern must match all of the value.
    check("{source_labels: [a], regex: o, target_label: d, replacement: x}", "a=foo", "a=foo");
    check(
        "{source_labels: [a], regex: 'f|foo', target_label: d, replacement: x}",
        "a=foo",
        "a=foo d=x",
    );
}

#[test]
fn replace_with_nothing_removes() {
    check(
        "{source_labels: [a], regex: f(x?)oo, target_label: b, replacement: $1}",
        "a=foo b=x",
        "a=foo",
    );
    check("{target_label: b, replacement: ''}", "a=foo b=x", "a=foo");
    check("{source_labels: [no], target_label: b}", "a=foo b=x", "a=foo");
    check("{source_labels: [no], regex: '', target_label: b, replacement: set}", "b=x", "b=set");
    check("{source_labels: [no], regex: '.+', target_label: b, replacement: set}", "b=x", "b=x");
}

#[test]
fn replace_without_sources() {
    check("{target_label: b, replacement: fix}", "a=1", "a=1 b=fix");
    check("{target_label: b, replacement: fix}", "a=1 b=2", "a=1 b=fix");
    check("{target_label: 'x${1}y', replacement: fix}", "", "xy=fix");
    check("{target_label: '${1}', replacement: fix}", "a=1", "a=1");
}

#[test]
fn replace_into_a_name_that_the_pattern_gives() {
    let rule = |target: &str| {
        format!(
            "{{source_labels: [a], regex: 'some-([^-]+)-([^,]+)', target_label: '{target}', replacement: '${{2}}'}}"
        )
    };
    check(&rule("${1}"), "a=some-name-value", "a=some-name-value name=value");
    check(&rule("pre_${1}_suf"), "a=some-name-value", "a=some-name-value pre_name_suf=value");
    check(&rule("$1"), "a=some-name-0", "a=some-name-0 name=0");
    check(&rule("${3}"), "a=some-name-value", "a=some-name-value");
    check(&rule("$1"), "a=some-a.b-c", "a=some-a.b-c a.b=c");
    check(
        "{source_labels: [__meta_sd_tags], regex: '(?:.+,|^)path:(/[^,]+).*', target_label: __metrics_path__}",
        "__meta_sd_tags=path:/secret,job:some-job,label:x",
        "__meta_sd_tags=path:/secret,job:some-job,label:x __metrics_path__=/secret",
    );
    check(
        "{source_labels: [__meta_sd_tags], regex: '(?:.+,|^)job:([^,]+).*', target_label: job}",
        "__meta_sd_tags=path:/secret,job:some-job,label:x",
        "__meta_sd_tags=path:/secret,job:some-job,label:x job=some-job",
    );
    check(
        "{source_labels: [__meta_sd_tags], regex: '(?:.+,|^)label:([^=]+)=([^,]+).*', target_label: '${1}', replacement: '${2}'}",
        "__meta_sd_tags=job:some-job,label:foo=bar",
        "__meta_sd_tags=job:some-job,label:foo=bar foo=bar",
    );
}

#[test]
fn templates() {
    let replaced = |template: &str| {
        let yaml = format!(
            "[{{source_labels: [a], regex: '(?P<first>f)(o*)(x)?', target_label: b, replacement: '{template}'}}]"
        );
        let mut found = labels("a=foo");
        assert!(relabel(&rules(&yaml), &mut found));
        found.get("b").to_owned()
    };
    for (template, expected) in [
        ("$0", "foo"),
        ("$1", "f"),
        ("${1}", "f"),
        ("$2$1", "oof"),
        ("$first", "f"),
        ("${first}", "f"),
        ("${first}x", "fx"),
        // The longest name counts.
        ("$firstx", ""),
        ("$1x", ""),
        ("${1}x", "fx"),
        ("$1-x", "f-x"),
        ("$1.$2", "f.oo"),
        ("$3y", ""),
        ("${3}y", "y"),
        ("$4", ""),
        ("$$1", "$1"),
        ("$$", "$"),
        ("$", "$"),
        ("a$", "a$"),
        ("$-", "$-"),
        ("${1", "${1"),
        ("${}", "${}"),
        ("${1-2}", "${1-2}"),
        ("$01", ""),
        ("${00}", ""),
        ("$99999999999999999999", ""),
        ("ü$1ü", "ü"),
        ("ü${1}ü", "üfü"),
        ("plain", "plain"),
    ] {
        assert_eq!(replaced(template), expected, "{template}");
    }
}

#[test]
fn keep_and_drop() {
    check("{source_labels: [a], regex: foo, action: keep}", "a=foo", "a=foo");
    check("{source_labels: [a], regex: foo, action: keep}", "a=foobar", "drop");
    check("{source_labels: [a], regex: foo.*, action: keep}", "a=foobar", "a=foobar");
    check("{source_labels: [a], regex: no, action: keep}", "a=foo", "drop");
    check("{source_labels: [a], regex: foo, action: drop}", "a=foo", "drop");
    check("{source_labels: [a], regex: foo, action: drop}", "a=foobar", "a=foobar");
    check("{source_labels: [a], regex: '.*o.*', action: drop}", "a=foo", "drop");
    check("{source_labels: [a, b], regex: 'x;y', action: keep}", "a=x b=y", "a=x b=y");
    check("{source_labels: [no], regex: '', action: drop}", "a=x", "drop");
    check("{source_labels: [no], regex: '.+', action: keep}", "a=x", "drop");
    check("{action: KEEP, source_labels: [a], regex: x}", "a=x", "a=x");
    check("{action: drop}", "a=x", "drop");
    check("{action: keep}", "a=x", "a=x");
    // What is behind a drop is not looked at.
    check("{action: drop}, {target_label: b, replacement: c}", "a=x", "drop");
}

#[test]
fn keepequal_and_dropequal() {
    let keep = "{source_labels: [__tmp_port], target_label: __port1, action: keepequal}";
    check(
        keep,
        "__tmp_port=1234 __port1=1234 __port2=5678",
        "__tmp_port=1234 __port1=1234 __port2=5678",
    );
    check(keep, "__tmp_port=1234 __port1=5678", "drop");
    check(keep, "__tmp_port=1234", "drop");
    check(keep, "a=b", "a=b");
    let drop = "{source_labels: [__tmp_port], target_label: __port1, action: dropequal}";
    check(drop, "__tmp_port=1234 __port1=1234", "drop");
    check(drop, "__tmp_port=1234 __port1=5678", "__tmp_port=1234 __port1=5678");
    check(drop, "__tmp_port=1234", "__tmp_port=1234");
    check(
        "{source_labels: [a, b], target_label: c, action: keepequal}",
        "a=1 b=2 c=1;2",
        "a=1 b=2 c=1;2",
    );
}

#[test]
fn hashmod() {
    // The last eight bytes of the MD5 sum, big-endian; the figures are those of `md5sum`.
    assert_eq!(hash(""), 0xe980_0998_ecf8_427e);
    assert_eq!(hash("abc"), 0xd696_3f7d_28e1_7f72);
    check(
        "{source_labels: [c], target_label: d, action: hashmod, modulus: 1000}",
        "a=foo b=bar c=baz",
        "a=foo b=bar c=baz d=976",
    );
    check("{source_labels: [a], target_label: a, action: hashmod, modulus: 1}", "a=x", "a=0");
    let pair = (hash("x;y") % 8).to_string();
    check(
        "{source_labels: [a, b], target_label: c, action: hashmod, modulus: 8}",
        "a=x b=y",
        &format!("a=x b=y c={pair}"),
    );
}

#[test]
fn labelmap() {
    check(
        "{regex: '(b.*)', replacement: 'bar_${1}', action: labelmap}",
        "a=foo b1=bar b2=baz",
        "a=foo b1=bar b2=baz bar_b1=bar bar_b2=baz",
    );
    check(
        "{regex: '__meta_(my.*)', replacement: '${1}', action: labelmap}",
        "a=foo __meta_my_bar=aaa __meta_my_baz=bbb __meta_other=ccc",
        "a=foo __meta_my_bar=aaa __meta_my_baz=bbb __meta_other=ccc my_bar=aaa my_baz=bbb",
    );
    check("{regex: '__meta_(.+)', action: labelmap}", "__meta_x=1 x=0", "__meta_x=1 x=1");
    check("{regex: 'b', action: labelmap}", "b=1", "b=1");
    check("{regex: '(a)b', action: labelmap}", "ab=1 abc=2", "ab=1 abc=2 a=1");
}

#[test]
fn labeldrop_and_labelkeep() {
    check("{regex: '(b.*)', action: labeldrop}", "a=foo b1=bar b2=baz", "a=foo");
    check("{regex: '(b.*)', action: labelkeep}", "a=foo b1=bar b2=baz", "b1=bar b2=baz");
    check("{regex: 'b', action: labeldrop}", "a=foo b1=bar", "a=foo b1=bar");
    check("{action: labeldrop}", "a=foo", "");
    check("{action: labelkeep}", "a=foo", "a=foo");
}

#[test]
fn cases() {
    check(
        "{source_labels: [a], target_label: b, action: lowercase}",
        "a=FooBAR",
        "a=FooBAR b=foobar",
    );
    check(
        "{source_labels: [a], target_label: b, action: uppercase}",
        "a=FooBar",
        "a=FooBar b=FOOBAR",
    );
    check("{source_labels: [a], target_label: a, action: uppercase}", "a=äß", "a=Äß");
    check("{source_labels: [a], target_label: a, action: lowercase}", "a=ÄΣ", "a=äσ");
    check("{source_labels: [no], target_label: a, action: lowercase}", "a=X", "");
}

#[test]
fn rules_in_turn() {
    check(
        "{source_labels: [a], target_label: b, regex: f(.*), replacement: '${1}x'}, {source_labels: [b], target_label: c}",
        "a=foo",
        "a=foo b=oox c=oox",
    );
    check(
        "{source_labels: [a], target_label: __tmp}, {regex: __tmp, action: labeldrop}",
        "a=foo",
        "a=foo",
    );
    // Sharding, as documented: each target is kept by one of the servers.
    let kept = |shard: u64| {
        let yaml = format!(
            "[{{source_labels: [__address__], modulus: 4, target_label: __tmp_hash, action: hashmod}}, \
              {{source_labels: [__tmp_hash], regex: '^{shard}$', action: keep}}]"
        );
        relabel(&rules(&yaml), &mut labels("__address__=host:9100"))
    };
    assert_eq!((0..4).filter(|shard| kept(*shard)).count(), 1);
}

#[test]
fn patterns_are_gos() {
    check(r"{source_labels: [a], regex: '\d+', action: keep}", "a=12", "a=12");
    // Digits and letters are ASCII's.
    check(r"{source_labels: [a], regex: '\d+', action: keep}", "a=١٢", "drop");
    check(r"{source_labels: [a], regex: '\w+', action: keep}", "a=ä", "drop");
    check("{source_labels: [a], regex: 'a.b', action: keep}", "a=a%20b", "a=a%20b");
    let mut newline: LabelSet = [("a", "x\ny")].into_iter().collect();
    assert!(relabel(&rules("[{source_labels: [a], regex: x.y, action: keep}]"), &mut newline));
    check("{source_labels: [a], regex: '(?i)FOO', action: keep}", "a=foo", "a=foo");
    check("{source_labels: [a], regex: '^foo$', action: keep}", "a=foo", "a=foo");
}

#[test]
fn what_is_no_rule() {
    check_wrong(
        "{action: x}",
        "unknown action `x`, expected one of replace, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, lowercase, uppercase",
    );
    check_wrong("{}", "action replace needs a target_label");
    check_wrong("{action: lowercase}", "action lowercase needs a target_label");
    check_wrong("{action: hashmod, target_label: a}", "action hashmod needs a modulus above 0");
    check_wrong(
        "{action: hashmod, target_label: a, modulus: 0}",
        "action hashmod needs a modulus above 0",
    );
    check_wrong("{action: hashmod, modulus: 2}", "action hashmod needs a target_label");
    check_wrong(
        "{action: uppercase, target_label: a, replacement: x}",
        "action uppercase has no replacement, leave it out",
    );
    check_wrong(
        "{action: labelmap, replacement: ''}",
        "action labelmap needs a replacement that names a label",
    );
    check_wrong(
        "{action: keepequal, target_label: a, regex: x}",
        "action keepequal takes source_labels and target_label alone",
    );
    check_wrong(
        "{action: dropequal, target_label: a, separator: x}",
        "action dropequal takes source_labels and target_label alone",
    );
    check_wrong(
        "{action: dropequal, target_label: a, modulus: 3}",
        "action dropequal takes source_labels and target_label alone",
    );
    for field in
        ["source_labels: [a]", "target_label: a", "modulus: 3", "separator: x", "replacement: x"]
    {
        check_wrong(
            &format!("{{action: labeldrop, {field}}}"),
            "action labeldrop takes a regex alone",
        );
        check_wrong(
            &format!("{{action: labelkeep, {field}}}"),
            "action labelkeep takes a regex alone",
        );
    }
    let raw = RawRule {
        regex: Some("(".to_owned()),
        target_label: Some("a".to_owned()),
        ..RawRule::default()
    };
    assert!(Rule::new(&raw).unwrap_err().contains("no regular expression"));
    let raw = RawRule { regex: Some("a".repeat(PATTERN_BYTES_MAX + 1)), ..RawRule::default() };
    assert!(Rule::new(&raw).unwrap_err().contains("at most"));
    assert!(serde_saphyr::from_str::<RawRule>("{target: a}").is_err());
}

proptest! {
    #[test]
    fn no_template_panics(template in "[$}{0-9a-zü_-]{0,12}", value in "\\PC{0,8}") {
        let raw = RawRule {
            source_labels: Some(vec!["a".to_owned()]),
            regex: Some("(?P<a>.)(.*)".to_owned()),
            target_label: Some("b".to_owned()),
            replacement: Some(template),
            ..RawRule::default()
        };
        let mut labels: LabelSet = [("a", value)].into_iter().collect();
        prop_assert!(relabel(&[Rule::new(&raw).unwrap()], &mut labels));
    }

    #[test]
    fn shards_are_complete(address in "\\PC{1,20}", modulus in 1u64..50) {
        let raw = RawRule {
            action: Some("hashmod".to_owned()),
            source_labels: Some(vec!["a".to_owned()]),
            target_label: Some("b".to_owned()),
            modulus: Some(modulus),
            ..RawRule::default()
        };
        let mut labels: LabelSet = [("a", address)].into_iter().collect();
        relabel(&[Rule::new(&raw).unwrap()], &mut labels);
        prop_assert!(labels.get("b").parse::<u64>().unwrap() < modulus);
    }
}
