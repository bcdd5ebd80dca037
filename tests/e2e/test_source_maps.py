"""Source maps: a stack of minified code is shown, and grouped, in the code that people wrote."""

import json

import program
import sentry

ERRORS = "/api/v1/monitoring/errors"


def vlq(number):
    """One number of a map's `mappings`."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    rest, text = (abs(number) << 1) | (number < 0), ""
    while True:
        rest, digit = rest >> 5, rest & 31
        text += digits[digit | (32 if rest else 0)]
        if not rest:
            return text


SOURCE = "function priceOf(item) {\n  return item.price.amount;\n}\nfunction total(cart) {\n  return priceOf(cart);\n}\n"


def source_map():
    """A map of one line of minified code: column 20 is line 2 of the source, column 60 line 5."""
    places = [(20, 1, 14), (60, 4, 9)]
    mappings, before = [], (0, 0, 0)
    for column, line, source_column in places:
        deltas = (column - before[0], 0, line - before[1], source_column - before[2])
        mappings.append("".join(vlq(delta) for delta in deltas))
        before = (column, line, source_column)
    return {"version": 3, "sources": ["webpack:///./src/cart.js"], "sourcesContent": [SOURCE],
            "names": [], "mappings": ",".join(mappings)}


def minified(**more):
    frames = [
        {"function": "t", "filename": "https://shop.example/assets/app.js", "lineno": 1, "colno": 61},
        {"function": "p", "filename": "https://shop.example/assets/app.js", "lineno": 1, "colno": 21},
    ]
    one = sentry.event("TypeError", "x is undefined", platform="javascript", release="shop@1.4.2", **more)
    one["exception"]["values"][0]["stacktrace"]["frames"] = frames
    return one


def put(server, document, **place):
    return server.request("PUT", "/api/v1/source-maps", params=place, data=json.dumps(document))


def check_mapped(server):
    (issue,) = sentry.issues(server)
    assert issue["culprit"].endswith("priceOf")
    frames = server.get(f"{ERRORS}/{issue['id']}/occurrences/latest")["exceptions"][0]["frames"]
    assert [(frame["function"], frame["line"]) for frame in frames] == [("priceOf", 2), ("total", 5)]
    assert frames[0]["file"].endswith("src/cart.js")
    assert frames[0]["source"]["line"] == "  return item.price.amount;"
    assert all(frame["in_app"] for frame in frames)


def test_stacks_are_mapped_by_release_and_file(server):
    made = server()
    answer = put(made, source_map(), release="shop@1.4.2", file="~/assets/app.js")
    assert answer.status_code == 201, answer.text
    sentry.send(made, minified())
    check_mapped(made)
    made.restart()
    sentry.send(made, minified())
    check_mapped(made)
    (kept,) = made.get("/api/v1/source-maps")["source_maps"]
    assert made.request("DELETE", f"/api/v1/source-maps/{kept['id']}").status_code == 204
    assert not list((made.folder / "source-maps").iterdir())


def test_stacks_are_mapped_by_debug_id(server):
    made = server()
    assert put(made, source_map(), debug_id="8A5F1C92-AB7D").status_code == 201
    image = {"type": "sourcemap", "code_file": "https://shop.example/assets/app.js",
             "debug_id": "8a5f1c92-ab7d"}
    sentry.send(made, minified(debug_meta={"images": [image]}))
    check_mapped(made)


def test_what_is_no_map_is_refused(server):
    made = server()
    place = {"release": "shop@1.4.2", "file": "~/assets/app.js"}
    assert put(made, {"version": 2}, **place).status_code == 400
    assert made.request("PUT", "/api/v1/source-maps", params=place, data=b"no map").status_code == 400
    assert put(made, source_map(), file="~/assets/app.js").status_code == 400, "of which release?"
    assert made.get("/api/v1/source-maps")["source_maps"] == []
    sentry.send(made, minified())
    assert len(sentry.issues(made)) == 1
