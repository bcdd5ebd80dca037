//! Events: what real ones say, and every shape that a part of one may have.

use plimsoll_model::Exception;
use plimsoll_wire::sentry::ItemType;
use plimsoll_wire::sentry::event::{self, Event, Level};

use crate::captures::{clean, payload};

fn captured(name: &str) -> Event {
    let event = event::read(&payload(name, ItemType::Event)).expect("an event");
    assert_eq!((event.misfits, event.omitted), (0, 0), "{name}");
    assert_document(&event);
    event
}

fn assert_document(event: &Event) {
    let document: serde_json::Value = serde_json::from_str(&event.document).expect("valid JSON");
    assert!(document.is_object());
}

fn read(json: &str) -> Event {
    event::read(&clean(json.as_bytes()).expect("valid JSON")).expect("an event")
}

/// Each exception as `Type: message [mechanism handled] frame < caller < …`.
fn chain(event: &Event) -> Vec<String> {
    let line = |exception: &Exception| {
        let mut line = format!("{}: {}", exception.kind, exception.message);
        if !exception.mechanism.is_empty() {
            line += &format!(" [{} {:?}]", exception.mechanism, exception.handled);
        }
        let frames = exception.frames.iter().map(|frame| {
            let mark = match frame.in_app {
                Some(true) => "*",
                Some(false) => "",
                None => "?",
            };
            format!("{mark}{}:{}:{}", frame.file, frame.function, frame.line)
        });
        line + " " + &frames.collect::<Vec<_>>().join(" < ")
    };
    event.exceptions.iter().map(|exception| line(exception).trim_end().to_owned()).collect()
}

fn check_chain(name: &str, expected: &[&str]) -> Event {
    let event = captured(name);
    assert_eq!(chain(&event), expected, "{name}");
    event
}

#[test]
fn an_exception_of_python_with_its_cause() {
    let event = check_chain(
        "python-2.75.0-chained",
        &[
            "CartError: order 31 not placed [flask Some(false)] *shop.py:place_order:13 < \
             *shop.py:orders:22 < flask/app.py:dispatch_request:902 < \
             flask/app.py:full_dispatch_request:917 < flask/app.py:full_dispatch_request:919 < \
             flask/app.py:wsgi_app:1511",
            "ZeroDivisionError: integer division or modulo by zero [flask Some(false)] \
             *shop.py:reserve:10 < *shop.py:place_order:12",
        ],
    );
    assert_eq!(event.time_unix_nano, Some(1_795_523_288_881_746_000));
    assert_eq!(
        (event.level, &*event.platform, &*event.transaction),
        (Level::Error, "python", "orders")
    );
    assert_eq!(
        (&*event.release, &*event.dist, &*event.environment),
        ("shop@1.4.2", "42", "production")
    );
    assert_eq!(event.tags, [("plan".to_owned(), "gold".to_owned())]);
    assert_eq!((&*event.user.id, &*event.user.email), ("u-17", "ada@example.org"));
    assert_eq!(
        (&*event.request.method, &*event.request.url),
        ("GET", "http://localhost/orders/31")
    );
    assert_eq!(event.trace_id.unwrap().to_string(), "4d84f458dca94a409ef8cc61057a5f57");
    assert_eq!(event.span_id.unwrap().to_string(), "81181c02eec447d8");
    assert_eq!(event.server_name, "web-1");
    let cause = &event.exceptions[1].frames[0];
    assert_eq!((&*cause.module, &*cause.path), ("__main__", "/srv/shop/shop.py"));
    let source = cause.source.as_ref().unwrap();
    assert_eq!(source.line, "    return 10//stock[item]");
    assert_eq!((source.before.len(), source.after.len()), (2, 2));
    let variables: Vec<_> =
        cause.variables.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(variables, [("item", "'tea'"), ("stock", r#"{"tea":"0","token":"'s3'"}"#)]);
    let document: serde_json::Value = serde_json::from_str(&event.document).unwrap();
    let members: Vec<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "breadcrumbs",
        "contexts",
        "extra",
        "modules",
        "request",
        "sdk",
        "transaction_info",
        "user",
    ];
    assert_eq!(members, expected);
}

#[test]
fn a_group_of_exceptions_of_python() {
    let text = "ValueError: invalid literal for int() with base 10: 'x' [chained Some(true)]";
    let event = check_chain(
        "python-2.75.0-group",
        &[
            "ExceptionGroup: two failed [generic Some(true)] *shop.py:both:32 < *shop.py:<module>:33",
            &format!("{text} *shop.py:<lambda>:29 < *shop.py:both:30"),
            "KeyError: 'k' [chained Some(true)] *shop.py:<lambda>:29 < *shop.py:both:30",
        ],
    );
    assert!(!event.synthetic);
}

#[test]
fn a_message_of_python_with_parameters_and_the_stack_it_was_logged_at() {
    let event = check_chain(
        "python-2.75.0-logentry",
        &[
            ": cannot reach stock ?__init__.py:handle:978 < ?__init__.py:handle:1644 < ?__init__.py:_log:1634 < \
          ?__init__.py:error:1518 < *shop.py:<module>:26",
        ],
    );
    assert_eq!(
        (&*event.message, &*event.message_template),
        ("cannot reach stock", "cannot reach %s")
    );
    assert_eq!(event.logger, "shop.cart");
    assert!(event.document.contains(r#""params":["stock"]"#));
}

#[test]
fn exceptions_of_node() {
    let outer = "node:internal/process/task_queues:process.processTicksAndRejections:95";
    let event = check_chain(
        "node-11.12.0-chained",
        &[
            &format!(
                "CartError: order 31 not placed [generic Some(true)] */srv/shop/shop.mjs:placeOrder:5 \
                 < */srv/shop/shop.mjs:Server.?:8 < {outer}"
            ),
            &format!(
                "TypeError: Cannot read properties of undefined (reading 'count') [chained Some(true)] \
                 */srv/shop/shop.mjs:reserve:4 < */srv/shop/shop.mjs:placeOrder:5 < \
                 */srv/shop/shop.mjs:Server.?:8 < {outer}"
            ),
        ],
    );
    assert_eq!((&*event.transaction, &*event.user.id), ("GET /orders/31", "17"));
    assert_eq!(event.exceptions[0].frames[0].column, 66);
    let at = format!("[chained Some(true)] */srv/shop/shop.mjs:?:18 < {outer}");
    check_chain(
        "node-11.12.0-aggregate",
        &[
            &format!(
                "AggregateError: two failed [generic Some(true)] */srv/shop/shop.mjs:?:18 < {outer}"
            ),
            &format!("TypeError: a {at}"),
            &format!("RangeError: b {at}"),
        ],
    );
}

#[test]
fn a_message_of_node_is_an_exception_that_was_made_up() {
    let outer = "node:internal/process/task_queues:process.processTicksAndRejections:95";
    let event = check_chain(
        "node-11.12.0-message",
        &[&format!(": stock is low [generic Some(true)] */srv/shop/shop.mjs:?:15 < {outer}")],
    );
    assert!(event.synthetic);
    assert_eq!((&*event.message, event.level), ("stock is low", Level::Warning));
}

#[test]
fn an_error_of_rust_has_the_stack_of_its_thread() {
    let event = captured("rust-0.49.5-error");
    let [reported, cause] = &event.exceptions[..] else { panic!("{:?}", chain(&event)) };
    assert_eq!((&*reported.kind, &*reported.message), ("CartError", "order 31 not placed"));
    assert_eq!((&*cause.kind, cause.frames.len()), ("Stock", 0));
    let inner = &reported.frames[0];
    assert_eq!(
        (&*inner.function, &*inner.module),
        ("sentry_backtrace::current_stacktrace", "sentry_backtrace")
    );
    assert_eq!(reported.frames.last().unwrap().function, "_start");
    let event = captured("rust-0.49.5-panic");
    assert_eq!((event.level, event.exceptions[0].handled), (Level::Fatal, Some(false)));
}

#[test]
fn what_was_logged_with_an_error_of_rust_is_its_message() {
    let event = captured("rust-0.49.5-tracing");
    let [only] = &event.exceptions[..] else { panic!("{:?}", chain(&event)) };
    assert_eq!((&*only.kind, &*only.message), ("PriceError", "tea has no count"));
    assert_eq!(&*event.message, "the request failed");
    assert!(!event.synthetic);
    let places: Vec<_> = only.frames.iter().map(|frame| (&*frame.function, frame.line)).collect();
    assert!(places.contains(&("into_response", 72)), "{places:?}");
}

#[test]
fn an_exception_that_was_made_up_gives_way_only_to_one_without_a_stack() {
    let stack = r#""stacktrace":{"frames":[{"function":"f"}]}"#;
    let made_up = |more: &str| {
        format!(r#"{{"type":"log!","value":"said",{stack},"mechanism":{{"type":"log"{more}}}}}"#)
    };
    let check = |head: &str, cause: &str, made_up: &str, expected: &[&str], message: &str| {
        let event = read(&format!(r#"{{{head}"exception":{{"values":[{cause}{made_up}]}}}}"#));
        assert_eq!((chain(&event), &*event.message), (to_owned(expected), message), "{cause}");
    };
    let synthetic = &made_up(r#","synthetic":true"#);
    let log = "log!: said [log None] ?:f:0";
    check("", r#"{"type":"E"},"#, synthetic, &["E:  [log None] ?:f:0"], "said");
    check(r#""message":"m","#, r#"{"type":"E"},"#, synthetic, &["E:  [log None] ?:f:0"], "m");
    let of_its_own = r#"{"type":"E","mechanism":{"type":"x","handled":true}},"#;
    check("", of_its_own, synthetic, &["E:  [x Some(true)] ?:f:0"], "said");
    check("", "", synthetic, &[log], "");
    check("", r#"{"type":"E"},"#, &made_up(""), &[log, "E:"], "");
    check("", &format!(r#"{{"type":"E",{stack}}},"#), synthetic, &[log, "E:  ?:f:0"], "");
}

fn to_owned(texts: &[&str]) -> Vec<String> {
    texts.iter().copied().map(str::to_owned).collect()
}

/// What `value` makes of a part of an event that is sent in each of these shapes.
fn check_shapes<T: PartialEq + std::fmt::Debug>(
    shapes: &[&str],
    value: impl Fn(&Event) -> T,
    expected: &T,
) {
    for json in shapes {
        let event = read(json);
        assert_eq!(value(&event), *expected, "{json}");
        assert_eq!(event.misfits, 0, "{json}");
        assert_document(&event);
    }
}

#[test]
fn exceptions_come_in_many_shapes() {
    let one = ["E: v [generic Some(false)] f.py:f:7".to_owned()];
    let exception = r#"{"type":"E","value":"v","mechanism":{"type":"generic","handled":false},
        "stacktrace":{"frames":[{"function":"f","filename":"f.py","lineno":"7","in_app":false}]}}"#;
    check_shapes(
        &[
            &format!(r#"{{"exception":{{"values":[{exception}]}}}}"#),
            &format!(r#"{{"exception":[{exception}]}}"#),
            &format!(r#"{{"exception":{exception}}}"#),
            &format!(r#"{{"sentry.interfaces.Exception":{{"values":[null,{exception},{{}}]}}}}"#),
        ],
        chain,
        &one.to_vec(),
    );
    check_shapes(
        &[r#"{"exception":null}"#, r#"{"exception":{"values":null}}"#, "{}"],
        chain,
        &vec![],
    );
    let odd = read(
        r#"{"exception":[7,{"type":["x"],"value":{"a":1},"stacktrace":"none"}],"level":"odd"}"#,
    );
    assert_eq!(chain(&odd), [": {\"a\":1}"]);
    assert_eq!(odd.misfits, 3);
}

#[test]
fn the_reported_exception_is_first_however_parents_are_told() {
    let exception = |name: &str, id: &str, parent: &str| {
        format!(
            r#"{{"type":"{name}","mechanism":{{"type":"","exception_id":{id},"parent_id":{parent}}}}}"#
        )
    };
    let check = |told: &[(&str, &str, &str)], expected: &str| {
        let values: Vec<_> =
            told.iter().map(|(name, id, parent)| exception(name, id, parent)).collect();
        let event = read(&format!(r#"{{"exception":[{}]}}"#, values.join(",")));
        let kinds: Vec<_> = event.exceptions.iter().map(|exception| &*exception.kind).collect();
        assert_eq!(kinds.join(" "), expected, "{told:?}");
    };
    check(&[("cause", "null", "null"), ("reported", "null", "null")], "reported cause");
    check(&[("b", "1", "0"), ("a", "0", "null")], "a b");
    check(&[("a", "0", "null"), ("b", "1", "0")], "a b");
    // A group of two, one of which has a cause.
    check(&[("d", "3", "0"), ("c", "2", "1"), ("b", "1", "0"), ("a", "0", "null")], "a b c d");
    check(&[("c", "3", "1"), ("d", "2", "0"), ("b", "1", "0"), ("a", "0", "null")], "a b c d");
    // Nobody is lost in circles, behind parents that do not exist, or among equal ids.
    check(&[("b", "1", "2"), ("a", "2", "1")], "b a");
    check(&[("b", "1", "1"), ("a", "0", "9")], "a b");
    check(&[("b", "0", "null"), ("a", "0", "null")], "a b");
}

#[test]
fn long_chains_and_deep_stacks_are_cut() {
    let frames: Vec<_> = (0..1_000).map(|at| format!(r#"{{"function":"f{at}"}}"#)).collect();
    let stack = format!(r#"{{"type":"E","stacktrace":{{"frames":[{}]}}}}"#, frames.join(","));
    let event = read(&format!(r#"{{"exception":[{stack}]}}"#));
    let exception = &event.exceptions[0];
    assert_eq!((exception.frames.len(), exception.frames_omitted), (250, 750));
    let at = |at: usize| &*exception.frames[at].function;
    assert_eq!((at(0), at(124), at(125), at(249)), ("f999", "f875", "f124", "f0"));
    let chain: Vec<_> = (0..70).map(|at| format!(r#"{{"type":"E{at}"}}"#)).collect();
    let event = read(&format!(r#"{{"exception":[{}]}}"#, chain.join(",")));
    assert_eq!((event.exceptions.len(), event.omitted), (50, 20));
    assert_eq!((&*event.exceptions[0].kind, &*event.exceptions[49].kind), ("E69", "E20"));
    let tags: Vec<_> = (0..300).map(|at| format!(r#""t{at}":1"#)).collect();
    let event = read(&format!(r#"{{"tags":{{{}}}}}"#, tags.join(",")));
    assert_eq!((event.tags.len(), event.omitted), (200, 100));
}

#[test]
fn frames_without_symbols_have_their_address() {
    let event = read(
        r#"{"exception":{"type":"SIGSEGV","stacktrace":{"frames":[
            {"instruction_addr":"0x7f01","package":"/usr/lib/libshop.so"},
            {"instruction_addr":"0x7f02","raw_function":"_ZN4shop"},
            {"filename":"a.c","instruction_addr":"0x7f03","lineno":-3,"colno":5000000000,
             "vars":["x",{"y":1}],"pre_context":null,"context_line":null,"in_app":null}]}}}"#,
    );
    let frames = &event.exceptions[0].frames;
    assert_eq!((&*frames[2].function, &*frames[2].module), ("0x7f01", "/usr/lib/libshop.so"));
    assert_eq!((&*frames[1].function, &*frames[0].function), ("_ZN4shop", ""));
    assert_eq!((frames[0].line, frames[0].column, frames[0].in_app), (0, 0, None));
    assert_eq!(frames[0].source, None);
    let expected = [("0".to_owned(), "x".to_owned()), ("1".to_owned(), "{\"y\":1}".to_owned())];
    assert_eq!(frames[0].variables, expected);
}

#[test]
fn the_thread_that_matters_gives_its_stack() {
    let thread = |name: &str, marks: &str| {
        format!(r#"{{"stacktrace":{{"frames":[{{"function":"{name}"}}]}}{marks}}}"#)
    };
    let check = |head: &str, threads: &[String], expected: &[&str]| {
        let json = format!(r#"{{{head}"threads":{{"values":[{}]}}}}"#, threads.join(","));
        assert_eq!(chain(&read(&json)), expected, "{json}");
    };
    let (crashed, current) = (r#","crashed":true"#, r#","current":true,"crashed":false"#);
    check("", &[thread("a", current), thread("b", crashed), thread("c", current)], &[":  ?:b:0"]);
    check("", &[thread("a", ""), thread("b", current)], &[":  ?:b:0"]);
    check("", &[thread("a", "")], &[":  ?:a:0"]);
    check("", &[thread("a", ""), thread("b", "")], &[]);
    check(
        r#""exception":[{"type":"C"},{"type":"E"}],"#,
        &[thread("a", crashed)],
        &["E:  ?:a:0", "C:"],
    );
    let own = r#""exception":{"type":"E","stacktrace":{"frames":[{"function":"own"}]}},"#;
    check(own, &[thread("a", crashed)], &["E:  ?:own:0"]);
    assert_eq!(chain(&read(r#"{"stacktrace":[{"function":"old"}]}"#)), [":  ?:old:0"]);
}

#[test]
fn messages_come_in_many_shapes() {
    let texts = |event: &Event| (event.message.clone(), event.message_template.clone());
    check_shapes(
        &[
            r#"{"message":"a b"}"#,
            r#"{"message":{"formatted":"a b"}}"#,
            r#"{"logentry":{"message":"a b"},"message":"other"}"#,
            r#"{"logentry":{},"message":"a b"}"#,
            r#"{"message":["a","b"]}"#,
        ],
        texts,
        &("a b".to_owned(), String::new()),
    );
    check_shapes(
        &[
            r#"{"logentry":{"message":"a %s","params":["b"]}}"#,
            r#"{"message":{"message":"a %s","formatted":"a b"}}"#,
            r#"{"sentry.interfaces.Message":{"message":"a %s","params":["b"],"formatted":""}}"#,
        ],
        texts,
        &("a b".to_owned(), "a %s".to_owned()),
    );
}

#[test]
fn tags_users_and_fingerprints_come_in_many_shapes() {
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    check_shapes(
        &[
            r#"{"tags":{"a":"1","b":"true"}}"#,
            r#"{"tags":{"a":1,"b":true,"c":null}}"#,
            r#"{"tags":[["a","1"],["b","true","more"],["c"],null]}"#,
            r#"{"tags":[{"key":"a","value":"1"},{"value":true,"key":"b"},{"key":"c"}]}"#,
        ],
        |event| event.tags.clone(),
        &vec![tag("a", "1"), tag("b", "true")],
    );
    check_shapes(
        &[r#"{"fingerprint":["x","1"]}"#, r#"{"fingerprint":["x",1]}"#],
        |event| event.fingerprint.clone(),
        &vec!["x".to_owned(), "1".to_owned()],
    );
    check_shapes(
        &[
            r#"{"user":{"id":7,"name":"n"}}"#,
            r#"{"user":{"id":"7","username":"n","data":{"x":[]}}}"#,
        ],
        |event| (event.user.id.clone(), event.user.username.clone()),
        &("7".to_owned(), "n".to_owned()),
    );
    check_shapes(
        &[
            r#"{"contexts":{"otel":{"resource":{"service.name":"shop"}}},"tags":{"service":"no"}}"#,
            r#"{"tags":{"service":"shop"}}"#,
        ],
        |event| event.service.clone(),
        &"shop".to_owned(),
    );
}

#[test]
fn times_are_reported_as_they_are() {
    check_shapes(
        &[
            r#"{"timestamp":"2026-11-24T12:28:08.5Z"}"#,
            r#"{"timestamp":"2026-11-24T12:28:08.5"}"#,
            r#"{"timestamp":1795523288.5}"#,
            r#"{"timestamp":"1795523288.5"}"#,
        ],
        |event| event.time_unix_nano,
        &Some(1_795_523_288_500_000_000),
    );
    assert_eq!(read(r#"{"timestamp":1}"#).time_unix_nano, Some(1_000_000_000));
    assert_eq!(read(r#"{"timestamp":"soon"}"#).time_unix_nano, None);
    assert_eq!(read(r#"{"event_id":"00000000000000000000000000000000"}"#).id, None);
}

#[test]
fn source_maps_are_found_among_images() {
    let event = read(
        r#"{"debug_meta":{"images":[{"type":"elf","debug_id":"x"},
            {"type":"sourcemap","code_file":"https://a/b.js","debug_id":"395835f4-03e0-4436-80d3-136f0749a893"},
            {"type":"sourcemap","code_file":"c.js"},7]}}"#,
    );
    let images: Vec<_> =
        event.debug_images.iter().map(|image| (&*image.code_file, &*image.debug_id)).collect();
    assert_eq!(images, [("https://a/b.js", "395835f4-03e0-4436-80d3-136f0749a893")]);
    assert_eq!(event.misfits, 1);
}

#[test]
fn what_is_no_object_is_no_event() {
    let check = |json: &str, found: &str| {
        let error = event::read(json).unwrap_err().to_string();
        assert_eq!(error, format!("cannot read an event: expected a JSON object, found {found}"));
    };
    check("[1]", "\"[1]\"");
    check(" \"text\"", "\"\\\"text\\\"\"");
    check("null", "\"null\"");
    check("", "nothing");
}
