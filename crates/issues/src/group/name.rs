//! What a frame is called once everything generated is gone from it: `shop.cart` and `total`.
//!
//! Invariants: no line, no hash of a build, no number of a closure is part of a name. Names of all
//! frames of a chain lie in one text. Every byte of a frame is looked at a bounded number of times.

use plimsoll_model::Frame;

use super::file;
use super::segment::Segments;

/// Bytes of a function or module that are read.
const NAME_BYTES_MAX: usize = 1 << 10;

/// What a frame's name says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A function with a name.
    Named,
    /// A function without a name, in a known file or module.
    Closure,
    /// Made by a compiler or a framework to call another: a proxy, the class of a lambda.
    Generated,
    /// Nothing that is the same in the next build.
    Opaque,
}

/// A name: `qualifier.function`, either of which may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// The two together.
    pub(super) whole: &'a str,
    /// The module, package, class or file.
    pub(super) qualifier: &'a str,
    /// The function itself.
    pub(super) function: &'a str,
    pub(super) kind: Kind,
}

/// Where a name lies in the text of all names.
#[derive(Clone, Copy)]
pub(super) struct Span {
    start: usize,
    /// Where the function begins.
    split: usize,
    end: usize,
    kind: Kind,
}

impl Span {
    pub(super) fn of(self, text: &str) -> Name<'_> {
        let qualifier = text[self.start..self.split].trim_end_matches('.');
        Name {
            whole: &text[self.start..self.end],
            qualifier,
            function: &text[self.split..self.end],
            kind: self.kind,
        }
    }
}

/// Writes the name of a frame to the end of a text.
pub(super) fn write(frame: &Frame, text: &mut String) -> Span {
    let function = cut(&frame.function);
    let mut called = Segments::of_function(function);
    let mut module = Segments::of_module(cut(&frame.module));
    let mut bundled = false;
    // A function that is spelled with its module needs no file.
    let pathed = || called.len() > 2 || function.contains("::") || function.contains(['/', '\\']);
    if module.is_empty() && !pathed() {
        let file = if frame.file.is_empty() { &frame.path } else { &frame.file };
        bundled = file::read(cut(file), &mut module) || file::is_url(&frame.path);
        if !bundled {
            called.drop_namesake(&module);
        }
    }
    let generated = called.generated || module.generated;
    called.name_after_class(&mut module);
    called.drop_repeated(&module);
    if bundled {
        called.drop_short_receivers();
    }
    let start = text.len();
    let (function, receivers) = called.name();
    for segment in module.as_slice().iter().chain(receivers) {
        text.push_str(segment);
        text.push('.');
    }
    let split = text.len();
    text.push_str(function);
    if function.is_empty() && split > start {
        text.pop();
    }
    let split = split.min(text.len());
    let kind = kind(function, split > start, bundled, generated);
    Span { start, split, end: text.len(), kind }
}

fn kind(function: &str, qualified: bool, bundled: bool, generated: bool) -> Kind {
    let short = bundled && function.len() <= 2;
    if generated {
        Kind::Generated
    } else if short || (function.is_empty() && !qualified) {
        Kind::Opaque
    } else if function.is_empty() {
        Kind::Closure
    } else {
        Kind::Named
    }
}

fn cut(text: &str) -> &str {
    text[..text.floor_char_boundary(NAME_BYTES_MAX)].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(function: &str, module: &str, file: &str) -> (String, Kind) {
        let frame = Frame {
            function: function.to_owned(),
            module: module.to_owned(),
            file: file.to_owned(),
            ..Frame::default()
        };
        let mut text = String::from("before");
        let span = write(&frame, &mut text);
        let name = span.of(&text);
        assert!(name.whole.starts_with(name.qualifier) && name.whole.ends_with(name.function));
        (name.whole.to_owned(), name.kind)
    }

    #[test]
    fn what_is_generated_is_stripped() {
        let mut wrong = Vec::new();
        for (function, module, file, expected) in [
            ("total", "shop.cart", "shop/cart.py", "shop.cart.total"),
            ("Cart.total", "shop.cart", "", "shop.cart.Cart.total"),
            ("place.<locals>.<lambda>", "shop.cart", "", "shop.cart.place"),
            ("retry.<locals>.wrapper", "shop.retry", "", "shop.retry.wrapper"),
            ("<module>", "shop.main", "", "shop.main.<module>"),
            ("shop::cart::total::{{closure}}", "", "src/cart.rs", "shop.cart.total"),
            ("shop::cart::total::h0123456789abcdef", "shop::cart", "", "shop.cart.total"),
            ("shop::cart::total::{closure#0}::{async_block#1}", "", "", "shop.cart.total"),
            ("<shop::Cart as core::ops::Add<u8>>::add", "", "", "shop.Cart.add"),
            ("<impl shop::Total for shop::Cart>::total", "", "", "shop.Cart.total"),
            ("alloc::vec::Vec<T,A>::push", "", "", "alloc.vec.Vec.push"),
            ("shop::parse::<u32, _>", "", "", "shop.parse"),
            ("total", "com.shop.Cart", "Cart.java", "com.shop.Cart.total"),
            ("com.shop.Cart.total", "com.shop.Cart", "", "com.shop.Cart.total"),
            ("lambda$total$3", "com.shop.Cart", "", "com.shop.Cart.total"),
            ("total", "com.shop.Cart$Inner$1", "", "com.shop.Cart.Inner.total"),
            ("total", "com.shop.Cart$$EnhancerBySpringCGLIB$$1a2b", "", "com.shop.Cart.total"),
            ("invokeSuspend", "com.shop.Cart$total$1", "", "com.shop.Cart.total"),
            ("apply", "shop.Cart$$anonfun$total$1", "", "shop.Cart.total"),
            ("$anonfun$total$1", "shop.Cart$", "", "shop.Cart.total"),
            ("<init>", "com.shop.Cart", "", "com.shop.Cart.<init>"),
            ("Shop.Cart.<Total>d__12.MoveNext", "", "", "Shop.Cart.Total"),
            ("MoveNext", "Shop.Cart+<Total>d__12", "", "Shop.Cart.Total"),
            ("Shop.Cart.<>c__DisplayClass2_0.<Total>b__0", "", "", "Shop.Cart.Total"),
            ("Shop.Cart.<Total>g__Check|0_0(Int32 x)", "", "", "Shop.Cart.Total"),
            ("Shop.Cart`1[System.Int32].Total[T](T x)", "", "", "Shop.Cart.Total"),
            (
                "github.com/acme/shop.(*Cart).Total.func1.2",
                "",
                "",
                "github.com.acme.shop.Cart.Total",
            ),
            ("main.total", "main", "main.go", "main.total"),
            ("main.Map[...].Get", "main", "", "main.Map.Get"),
            ("async total", "", "src/cart.js", "src.cart.total"),
            ("Object.total [as sum]", "", "src/cart.js", "src.cart.total"),
            ("new Cart", "", "src/cart.js", "src.cart.Cart"),
            ("total", "", "http://a.example/assets/main.3f2a9c.js?v=1", "assets.main.total"),
            ("total", "", "assets/index-BkH3x9aT.js", "assets.index.total"),
            ("total", "", "webpack:///./src/cart.ts", "src.cart.total"),
            ("block (2 levels) in total", "", "app/cart.rb", "app.cart.total"),
            ("Cart#total", "", "app/cart.rb", "app.cart.total"),
            ("ShopCarts.total", "", "src/shop-cart.js", "src.shop-cart.total"),
            ("Basket.total", "", "src/cart.js", "src.cart.Basket.total"),
            (r"App\Cart::total", "", "", "App.Cart.total"),
            (r"{closure:App\Cart::total():12}", "", "", "App.Cart.total"),
            ("anonymous fn/1 in Shop.Cart.total/2", "", "", "Shop.Cart.total"),
            ("shop::Cart::total(int, char const*) const", "", "", "shop.Cart.total"),
            ("closure #1 in Cart.total()", "", "", "Cart.total"),
        ] {
            let found = name(function, module, file);
            if found != (expected.to_owned(), Kind::Named) {
                wrong.push((function, module, file, found));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_has_no_name_is_told_apart() {
        for (function, module, file, expected, kind) in [
            ("<anonymous>", "", "src/cart.js", "src.cart", Kind::Closure),
            ("Object.<anonymous>", "", "src/cart.js", "src.cart", Kind::Closure),
            ("<lambda>", "shop.cart", "", "shop.cart", Kind::Closure),
            (r"App\Cart::{closure}", "", "", "App.Cart", Kind::Closure),
            ("run", "shop.Cart$$Lambda$14/0x0000", "", "shop.Cart.run", Kind::Generated),
            ("total", "jdk.proxy2.$Proxy12", "", "jdk.proxy2.total", Kind::Generated),
            ("", "", "", "", Kind::Opaque),
            ("?", "", "http://a.example/main.js", "main", Kind::Opaque),
            ("t", "", "http://a.example/main.3f2a9c1b.js", "main.t", Kind::Opaque),
            ("e.render", "", "http://a.example/x/main.js", "x.main.render", Kind::Named),
        ] {
            let found = name(function, module, file);
            assert_eq!(found, (expected.to_owned(), kind), "of {function:?} {module:?} {file:?}");
        }
    }
}
