//! Functions around places: the place is where `¦` is.

use super::*;

#[track_caller]
fn check(code: &str, function: &str) {
    let (before, behind) = code.split_once('¦').expect("a place");
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().map_or(0, |text| text.encode_utf16().count());
    let place = (u32::try_from(line).unwrap(), u32::try_from(column).unwrap());
    let found = scope::enclosing("a.tsx", &format!("{before}{behind}"), place);
    assert_eq!(found.as_deref(), Some(function), "{code}");
}

#[test]
fn functions_have_the_names_of_their_declarations() {
    check("function total(a, b) { ¦throw 1 }", "total");
    check("export default async function* total<T extends {}>(a: T): Gen<T, 1> { ¦f() }", "total");
    check("function outer() { function inner() {} ¦f() }", "outer");
    check("function outer() { function inner() { if (a) { ¦f() } } }", "inner");
    check("function f() {}\n¦g()", "");
    check("¦f()", "");
    check("function (a) { ¦f() }", "");
    check("function total(a = { b: 1 }) { for (const c of a) { while (1) { ¦f() } } }", "total");
    check("function total() { try { a } catch (e) { ¦f() } finally {} }", "total");
    check("function total() { switch (f(1)) { case g(2): { ¦f() } } }", "total");
    check("function total(a = ¦f()) { }", "total");
    check("x = { async total(¦a): B { } }", "total");
    check("class Cart { total(a, ¦b) { } }", "Cart.total");
    check("{ total(¦a) }", "");
    check("{ total(¦a); {} }", "");
    check("function ünï(a) { ¦f() }", "ünï");
}

#[test]
fn functions_have_the_names_of_what_they_are_assigned_to() {
    check("const total = (a) => { ¦f() }", "total");
    check("const total = a => ¦f()", "total");
    check("const total = async (a) => ¦f()", "total");
    check("const total = function () { ¦f() }", "total");
    check("const total = async function* named() { ¦f() }", "named");
    check("const total: Total<A, B> = (a: A): Promise<B> => { ¦f() }", "total");
    check("const total: () => void = () => { ¦f() }", "total");
    check("const total: A | ((b: B, c: C) => Map<D, E>) = () => { ¦f() }", "total");
    check("f(a, b = () => { ¦f() })", "b");
    check("x = { a: y, b = () => { ¦f() } }", "b");
    check("x = a ? b : c = () => { ¦f() }", "");
    check("const a: T = 1, total = (b) => { ¦f() }", "total");
    check("module.exports = () => { ¦f() }", "module.exports");
    check("exports.total = function () { ¦f() }", "total");
    check("Cart.prototype.total = function () { ¦f() }", "Cart.total");
    check("this.total = () => { ¦f() }", "total");
    check("x = { total: (a) => { ¦f() } }", "total");
    check("x = { a, total: a => ¦f() }", "total");
    check("x = { 'a b': function () { ¦f() } }", "a b");
    check("x = a ? b : () => { ¦f() }", "");
    check("list.map((a) => { ¦f() })", "");
    check("const all = list.map((a) => ¦f(a))", "");
    check("const total = () => list.map(¦f)", "total");
}

#[test]
fn members_have_the_name_of_their_class() {
    check("class Cart { total() { ¦f() } }", "Cart.total");
    check(
        "class Cart<T> extends Base<T, U> implements A, B { total(): Sum { ¦f() } }",
        "Cart.total",
    );
    check("class Cart { get total(): A | B[] { ¦f() } }", "Cart.total");
    check("class Cart { private static async *total() { ¦f() } }", "Cart.total");
    check("class Cart { constructor(private a: A) { ¦f() } }", "new Cart");
    check("const Cart = class extends Base { total() { ¦f() } }", "Cart.total");
    check("class Cart { #lines = []\n #total() { ¦f() } }", "Cart.#total");
    check("class Cart { total = (a: A): B => { ¦f() } }", "Cart.total");
    check("class Cart { private total = async () => ¦f() }", "Cart.total");
    check("class Cart { a = () => 1\n b = ¦f() }", "");
    check("class Cart { static { ¦f() } }", "");
    check("class Cart { [Symbol.iterator]() { ¦f() } }", "");
    check("class Cart { total() { return this.lines.map((l) => { ¦f() }) } }", "");
    check("class Cart { total() { if (a) { ¦f() } } }", "Cart.total");
    check("x = { total() { ¦f() } }", "total");
    check("x = { a: 1, async total() { ¦f() } }", "total");
}

#[test]
fn bodies_of_arrows_end() {
    check("const a = x => x + 1;\n¦f()", "");
    check("const a = x => x + 1\n¦f()", "");
    check("const a = x => x + 1\nconst b = ¦f()", "");
    check("const a = x => x\n  .then(¦f)", "a");
    check("const a = x => { f() }\n¦f()", "");
    check("const a = [x => 1, ¦f()]", "");
    check("const a = b(x => 1).c(¦f)", "");
    check("const total = x => ({ a: ¦f() })", "total");
    check("const total = x => y => ¦f()", "");
}

#[test]
fn what_is_no_code_is_passed_over() {
    check("function total() { const a = '}'; ¦f() }", "total");
    check("function total() { const a = \"\\\"}\"; ¦f() }", "total");
    check("function total() { const a = `}${ b({ c: `}` }) }}`; ¦f() }", "total");
    check("function total() { return `a ${ ¦f() }` }", "total");
    check("function total() { const a = /[/}]\\/}/g.exec(b); ¦f() }", "total");
    check("function total() { const a = 1 / 2; b = '}' / 3; ¦f() }", "total");
    check("function total() { // }\n /* } \n } */ ¦f() }", "total");
    check("function Page() { return <p title=\"}\">Don't {a && ¦f()}</p> }", "Page");
    check("function Page() { return <p>it's</p> }\nfunction b() { ¦f() }", "b");
    check("const Page: FC<Props> = ({ a, b }) => { return <A b={() => ¦f()} /> }", "");
    check("function a() { '\n } function b() { ¦f() }", "b");
}

#[test]
fn other_files_are_not_searched() {
    let code = "function total() { f() }";
    for (file, is_read) in [("a.ts", true), ("b/a.mjs", true), ("a.coffee", false), ("a", false)] {
        let found = scope::enclosing(file, code, (0, 20));
        assert_eq!(found.is_some(), is_read, "{file}");
    }
    assert_eq!(scope::enclosing("a.ts", code, (1, 0)), None, "it has no such line");
    let long = format!("{}{code}", " ".repeat(limits::SCOPE_BYTES));
    assert_eq!(scope::enclosing("a.ts", &long, (0, u32::MAX)), None);
}
