//! What rules and defaults decide, and that patterns match what they say.

use proptest::prelude::*;

use super::glob::{Glob, TOKENS_MAX};
use super::*;

fn frame(module: &str, function: &str, path: &str) -> Frame {
    Frame {
        module: module.into(),
        function: function.into(),
        file: path.into(),
        path: if path.starts_with('/') { path.into() } else { String::new() },
        ..Frame::default()
    }
}

fn check(language: Option<Language>, ours: bool, frames: &[(&str, &str, &str)]) {
    for (module, function, path) in frames {
        let decided = InApp::default().decide(&frame(module, function, path), language);
        assert_eq!(decided, ours, "{language:?}: {module} {function} {path}");
    }
}

#[test]
fn python() {
    let ours = [
        ("", "total", "/srv/shop/cart.py"),
        ("", "total", "shop/cart.py"),
        ("", "f", r"C:\shop\cart.py"),
    ];
    check(Some(Language::Python), true, &ours);
    let foreign = [
        ("", "get", "/srv/shop/.venv/lib/python3.12/site-packages/requests/api.py"),
        ("", "f", "/usr/lib/python3/dist-packages/yaml/__init__.py"),
        ("", "loads", "/usr/local/lib/python3.13/json/__init__.py"),
        ("", "_find", "<frozen importlib._bootstrap>"),
        ("", "__init__", "<string>"),
        ("", "f", r"C:\Python311\Lib\json\decoder.py"),
        ("", "f", r"C:\shop\venv\Lib\site-packages\flask\app.py"),
        ("", "", ""),
    ];
    check(Some(Language::Python), false, &foreign);
}

#[test]
fn java() {
    let ours = [
        ("com.acme.Cart", "total", "Cart.java"),
        ("javaland.shop.Cart", "f", "Cart.kt"),
        ("org.springframeworks.X", "f", ""),
    ];
    check(Some(Language::Java), true, &ours);
    let foreign = [
        ("java.util.List", "get", "List.java"),
        ("jdk.internal.reflect.X", "invoke0", ""),
        ("kotlin.collections.X", "f", "X.kt"),
        ("org.springframework.web.X", "f", "X.java"),
        ("com.fasterxml.jackson.X", "f", "X.java"),
        ("reactor.core.X", "f", "X.java"),
        ("", "f", "X.java"),
    ];
    check(Some(Language::Java), false, &foreign);
}

#[test]
fn javascript() {
    let ours = [
        ("", "total", "/srv/shop/cart.js"),
        ("", "total", "https://shop.example/assets/cart.js"),
        ("", "f", "webpack:///./src/cart.ts"),
        ("", "f", "src/internal/cart.ts"),
    ];
    check(Some(Language::JavaScript), true, &ours);
    let foreign = [
        ("", "f", "/srv/shop/node_modules/express/lib/router.js"),
        ("", "f", "node:internal/modules/cjs/loader"),
        ("", "f", "internal/timers.js"),
        ("", "f", "webpack:///webpack/runtime/chunk"),
        ("", "f", "chrome-extension://abc/content.js"),
        ("", "Array.map", ""),
        ("", "f", "<anonymous>"),
    ];
    check(Some(Language::JavaScript), false, &foreign);
}

#[test]
fn go() {
    let ours = [
        ("main", "main", "/srv/shop/main.go"),
        ("example.com/shop/cart", "(*Cart).Total", "/srv/shop/cart/cart.go"),
        ("shop/net", "Dial", "/srv/shop/net/dial.go"),
    ];
    check(Some(Language::Go), true, &ours);
    let foreign = [
        ("runtime", "goexit", "/usr/local/go/src/runtime/asm_amd64.s"),
        ("net/http", "HandlerFunc.ServeHTTP", "net/http/server.go"),
        ("github.com/gin-gonic/gin", "f", "/go/pkg/mod/github.com/gin-gonic/gin@v1.9.1/gin.go"),
        ("github.com/gin-gonic/gin", "f", "github.com/gin-gonic/gin@v1.9.1/gin.go"),
        ("github.com/gin-gonic/gin", "f", "/srv/shop/vendor/github.com/gin-gonic/gin/gin.go"),
        ("golang.org/x/net/http2", "f", "x.go"),
    ];
    check(Some(Language::Go), false, &foreign);
}

#[test]
fn dotnet_ruby_and_php() {
    check(
        Some(Language::DotNet),
        true,
        &[("Acme.Cart", "Total", ""), ("SystemShop.Cart", "F", "")],
    );
    let foreign =
        [("System.Linq.Enumerable", "Sum", ""), ("Microsoft.X", "F", ""), ("", "lambda", "")];
    check(Some(Language::DotNet), false, &foreign);
    let ours = [("", "Cart#total", "app/models/cart.rb"), ("", "total", "/srv/shop/lib/cart.rb")];
    check(Some(Language::Ruby), true, &ours);
    let foreign = [
        ("", "call", "/usr/local/bundle/gems/rack-3.1.8/lib/rack/runtime.rb"),
        ("", "call", "vendor/bundle/ruby/3.3.0/x.rb"),
        ("", "parse", "/usr/lib/ruby/3.1.0/json/common.rb"),
        ("", "tap", "<internal:kernel>"),
        ("", "x", "(eval)"),
    ];
    check(Some(Language::Ruby), false, &foreign);
    let ours = [("Acme\\Cart", "total", "/srv/shop/src/Cart.php"), ("Acme.Cart", "f", "Cart.php")];
    check(Some(Language::Php), true, &ours);
    let foreign = [
        ("Illuminate\\Routing\\Router", "f", "/srv/shop/vendor/laravel/framework/Router.php"),
        ("Symfony.Component.X", "f", "X.php"),
        ("", "array_map", ""),
    ];
    check(Some(Language::Php), false, &foreign);
}

#[test]
fn rust() {
    let ours = [
        ("shop", "shop::main", "./src/main.rs"),
        ("", "<alloc::string::String as shop::Priced>::price", "./src/cart.rs"),
        ("", "<shop::Cart as core::fmt::Display>::fmt", ""),
        ("", "", "src/cart.rs"),
        ("", "<&mut shop::Cart as core::fmt::Debug>::fmt", ""),
    ];
    check(Some(Language::Rust), true, &ours);
    let foreign = [
        ("", "std::rt::lang_start", "/rustc/598076/library/std/src/rt.rs"),
        ("", "tokio::runtime::task::raw::poll", ""),
        ("", "shop::cart::index", "/rustc/598076/library/core/src/ops/function.rs"),
        ("", "krate::f", "/home/shop/.cargo/registry/src/index-1949/krate-1.0.0/src/lib.rs"),
        ("", "krate::f", "/opt/cargo/registry/src/index-1949/krate-1.0.0/src/lib.rs"),
        ("", "<T as core::convert::Into<U>>::into", ""),
        ("", "<alloc::vec::Vec<T,A> as core::ops::index::Index<I>>::index", ""),
        ("", "__libc_start_main", "./csu/../csu/libc-start.c"),
        ("", "main", ""),
        ("", "", ""),
    ];
    check(Some(Language::Rust), false, &foreign);
}

/// What is decided of a frame that the SDK calls the service's own, in a stack of Rust of no known language.
#[test]
fn what_the_sdk_of_rust_guesses_is_no_more_than_that() {
    const REGISTRY: &str = "/home/shop/.cargo/registry/src/index-1949";
    for (function, path, ours) in [
        ("shop::label_of", "/srv/shop/src/main.rs", true),
        ("shop::label_of", "", true),
        ("<shop::Failure as axum_core::response::IntoResponse>::into_response", "", true),
        // Debug information of lines alone has no crates.
        ("into_response", "/srv/shop/src/main.rs", true),
        ("unheard_of::f", "", true),
        ("{closure#0}", "REGISTRY/axum-0.8.9/src/handler.rs", false),
        (
            "poll<alloc::boxed::Box<(dyn core::future::Future)>>",
            "REGISTRY/tower-0.5.3/src/x.rs",
            false,
        ),
        ("unheard_of::f", "REGISTRY/unheard-of-1.0.0/src/lib.rs", false),
        ("try_with<(), ()>", "/rustc/598076/library/std/src/thread/local.rs", false),
        ("sentry_panic::panic_handler::{{closure}}", "", false),
        ("<axum::util::MapIntoResponseFuture<F> as core::future::Future>::poll", "", false),
        ("__rustc::rust_begin_unwind", "", false),
        ("start_thread", "./nptl/pthread_create.c", false),
        ("clone3", "./misc/../sysdeps/unix/sysv/linux/x86_64/clone3.S", false),
        ("main", "", false),
        ("<unknown>", "", false),
    ] {
        let path = path.replace("REGISTRY", REGISTRY);
        let guessed = Frame { in_app: Some(true), ..frame("", function, &path) };
        let raised = frame("core", "core::panicking::panic_fmt", "");
        let mut exceptions = [Exception { frames: vec![raised, guessed], ..Exception::default() }];
        InApp::default().mark(&mut exceptions, None);
        assert_eq!(exceptions[0].frames[1].in_app, Some(ours), "{function} {path}");
    }
    let rules = Rules::parse("path:**/axum-*/** +app").expect("rules");
    let path = format!("{REGISTRY}/axum-0.8.9/src/handler.rs");
    assert!(InApp::new(rules).decide(&frame("", "axum::f", &path), None), "a rule wins");
}

#[test]
fn the_file_tells_a_language_that_is_not_known() {
    check(
        None,
        true,
        &[("", "f", "/srv/shop/cart.py"), ("", "f", "x/cart.js?v=3"), ("", "f", "a.c")],
    );
    let foreign = [
        ("java.util.List", "get", "List.java"),
        ("", "f", "a/node_modules/b.js"),
        ("", "f", "/usr/lib/ruby/3.1.0/json.rb"),
        ("", "f", ""),
        ("", "f", "<unknown>"),
    ];
    check(None, false, &foreign);
}

#[test]
fn rules_decide_over_sources_and_defaults() {
    let rules = "# our generated code is not ours\n\
                 path:**/generated/** -app\n\n\
                 module:com.acme.** +app\n\
                 module:com.acme.legacy.* function:old* -app\n\
                 path:**/site-packages/acme_*/** +app\n";
    let in_app = InApp::new(Rules::parse(rules).expect("rules"));
    for (module, function, path, said, ours) in [
        ("", "f", "/srv/shop/generated/cart.py", None, false),
        ("", "f", "/srv/shop/generated/cart.py", Some(true), false),
        ("", "f", "generated/cart.py", None, false),
        ("", "f", r"C:\shop\generated\cart.py", None, false),
        ("", "f", "/srv/shop/Generated/cart.py", None, true),
        ("", "f", "/srv/shop/cart.py", Some(false), false),
        ("", "f", "/usr/lib/x/site-packages/requests/a.py", Some(true), true),
        ("", "f", "/usr/lib/x/site-packages/acme_core/a.py", None, true),
        ("com.acme.Cart", "f", "generated/Cart.java", None, true),
        ("com.acme.legacy.Cart", "older", "Cart.java", Some(true), false),
        ("com.acme.legacy.Cart", "new", "Cart.java", None, true),
        ("com.acme.legacy.a.Cart", "older", "Cart.java", None, true),
    ] {
        let frame = Frame { in_app: said, ..frame(module, function, path) };
        assert_eq!(in_app.decide(&frame, None), ours, "{module} {function} {path} {said:?}");
    }
}

#[test]
fn marking_says_it_of_every_frame() {
    let mut exceptions = vec![Exception {
        frames: vec![frame("", "f", "a.py"), frame("", "f", "<frozen x>")],
        ..Exception::default()
    }];
    InApp::default().mark(&mut exceptions, Some(Language::Python));
    let marks: Vec<_> = exceptions[0].frames.iter().map(|frame| frame.in_app).collect();
    assert_eq!(marks, [Some(true), Some(false)]);
}

#[test]
fn a_wrong_rule_is_told_with_its_line() {
    for (text, line, part) in [
        ("path:a", 1, "+app or -app"),
        ("\n# x\npath:a +ap", 3, "`+ap`"),
        ("-app", 1, "no pattern"),
        ("path: +app", 1, "no pattern"),
        ("file:a +app", 1, "expected path:"),
        ("a +app", 1, "expected path:"),
    ] {
        let problem = Rules::parse(text).expect_err(text);
        assert_eq!(problem.line, line, "{text}");
        assert!(problem.text.contains(part), "{problem}");
    }
    let long = format!("path:{} +app", "a".repeat(TOKENS_MAX + 1));
    assert!(Rules::parse(&long).expect_err("too long").text.contains("127"));
    let many = "path:a +app\n".repeat(limits::RULES_MAX + 1);
    assert_eq!(Rules::parse(&many).expect_err("too many").line, limits::RULES_MAX + 1);
    assert!(Rules::parse(&many[..many.len() - 12]).is_ok());
}

#[test]
fn patterns_match_what_they_say() {
    let path =
        |pattern: &str, text: &str| Glob::new(pattern, b"/").expect("a pattern").matches(text);
    for (pattern, texts, others) in [
        ("a", &["a"][..], &["", "b", "aa", "A"][..]),
        ("*", &["", "a", "äb"], &["/", "a/b"]),
        ("**", &["", "a", "a/b/c"], &[]),
        ("a/*/c", &["a/b/c", "a//c"], &["a/b/b/c", "a/c"]),
        ("a/**/c", &["a/c", "a/b/c", "a/b/b/c"], &["ac", "a/bc", "ab/c"]),
        ("**/c", &["c", "a/c", "/c", "a/b/c"], &["ac", "a/cc"]),
        ("a/**", &["a/", "a/b", "a/b/c"], &["a", "ab"]),
        ("**/a/**", &["a/", "b/a/c"], &["a", "ba/c"]),
        ("**/**/c", &["c", "a/c"], &["ac"]),
        ("*.py", &[".py", "a.py"], &["a/b.py", "a.pyc"]),
        ("*a*a*b", &["aab", "aaaab", "xaxaxb"], &["ab", "aaa"]),
        ("?", &["a", "ä", "語"], &["", "/", "ab"]),
        ("?b", &["äb", "ab"], &["b", "ääb"]),
        ("a**b", &["ab", "a/b", "axb"], &["a", "b"]),
        ("a***/b", &["a/b", "ac/d/b"], &["ab"]),
        (r"a\b", &["a/b", r"a\b"], &["ab"]),
        ("ä*", &["ä", "äx"], &["a", "ax"]),
    ] {
        for text in texts {
            assert!(path(pattern, text), "{pattern} does not match {text}");
        }
        for text in others {
            assert!(!path(pattern, text), "{pattern} matches {text}");
        }
    }
    assert!(path(&"a".repeat(TOKENS_MAX), &"a".repeat(TOKENS_MAX)));
    let ends = format!("{}b", "*a".repeat(63));
    assert!(path(&ends, &format!("{}b", "a".repeat(1000))));
    assert!(!path(&ends, &"a".repeat(1000)));
}

/// The same by trying every way a star could go: right, and slow.
fn matches_slowly(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', '*', '/', rest @ ..] => {
            matches_slowly(rest, text)
                || (0..text.len())
                    .any(|at| text[at] == '/' && matches_slowly(rest, &text[at + 1..]))
        }
        ['*', '*', rest @ ..] => (0..=text.len()).any(|at| matches_slowly(rest, &text[at..])),
        ['*', rest @ ..] => (0..=text.len())
            .take_while(|at| *at == 0 || text[at - 1] != '/')
            .any(|at| matches_slowly(rest, &text[at..])),
        ['?', rest @ ..] => {
            text.first().is_some_and(|c| *c != '/') && matches_slowly(rest, &text[1..])
        }
        [c, rest @ ..] => text.first() == Some(c) && matches_slowly(rest, &text[1..]),
    }
}

proptest! {
    #[test]
    fn patterns_match_as_trying_all_ways_does(
        parts in proptest::collection::vec(
            prop_oneof![Just("*"), Just("?"), Just("a"), Just("b"), Just("/"), Just("/**/"), Just("ä")],
            0..8,
        ),
        text in "[ab/ä]{0,10}",
    ) {
        // Three stars in a row, and two behind a name, are read otherwise: the table above has them.
        let pattern = parts.concat();
        let in_folders = pattern.matches("/**/").count() * 2;
        prop_assume!(!pattern.contains("**") || pattern.matches('*').count() == in_folders);
        let glob = Glob::new(&pattern, b"/").expect("a short pattern");
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        prop_assert_eq!(glob.matches(&text), matches_slowly(&chars(&pattern), &chars(&text)));
    }

    #[test]
    fn any_rules_are_read_or_refused(text in r"(.|\n){0,200}", name in ".{0,60}") {
        if let Ok(rules) = Rules::parse(&text) {
            rules.decide(&frame(&name, &name, &name));
        }
    }

    #[test]
    fn any_frame_is_decided(
        module in ".{0,20}",
        function in ".{0,30}",
        path in ".{0,30}",
        language in 0_usize..9,
    ) {
        let language = Language::ALL.get(language).copied();
        let decided = InApp::default().decide(&frame(&module, &function, &path), language);
        let again = InApp::default().decide(&frame(&module, &function, &path), language);
        prop_assert_eq!(decided, again);
    }
}
