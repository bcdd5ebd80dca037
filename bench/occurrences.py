"""Errors as an SDK reports them: envelopes with an event each, made from templates.

A template is an event of one issue whose values have places of fixed width; an occurrence is the
template with new values in all of them, so that making one costs microseconds and every one is as
long as the others. The same seed gives the same templates and values, the times apart.

Invariants: no two occurrences have the same id; the type and the functions of an occurrence say
which issue it belongs to, and within an issue messages differ in a number only, so that systems
that group by one or by the other find the same issues.
"""

import gzip
import json
import random
import re
import time
from dataclasses import dataclass

# What each byte of a random stream stands for.
HEX = bytes(b"0123456789abcdef"[at % 16] for at in range(256))
DIGITS = bytes(b"0123456789"[at % 10] for at in range(256))

PLACE = re.compile(rb"~([hd])(\d+)_(\w+)~|~(now)~")
# As Python's SDK compresses.
GZIP_LEVEL = 9

WORDS = (
    "account address amount basket batch billing buyer cache campaign carrier catalog channel "
    "charge checkout client coupon credit currency customer delivery deposit discount document "
    "draft entry event export feature filter gateway handler import index invoice item journal "
    "label ledger limit listing locale market member merchant message mirror module notice "
    "number offer option order parcel partner payment period pickup policy price product profile "
    "promo quote rate receipt refund region report request reserve return review route rule sale "
    "schedule section seller session shard shipment signal slot status stock store stream "
    "subject supply survey target tariff tax ticket token total track transfer vendor voucher "
    "wallet warehouse window zone"
).split()
MODULES = (
    "amqp asgiref attrs babel billiard boto3 botocore cachetools celery certifi cffi click "
    "cryptography django email-validator flask gevent google-auth greenlet gunicorn httpcore "
    "httpx idna iso8601 itsdangerous jinja2 jmespath kombu lxml mako markupsafe marshmallow "
    "msgpack numpy oauthlib orjson packaging pandas passlib phonenumbers pillow prometheus- "
    "client prompt-toolkit psycopg pyasn1 pycparser pydantic pyjwt pymysql python-dateutil pytz "
    "pyyaml redis requests rsa s3transfer sentry-sdk simplejson six sqlalchemy sqlparse stripe "
    "tenacity tornado tzdata urllib3 vine wcwidth werkzeug wrapt zeep zipp"
).split()
ERRORS = "ValueError KeyError TypeError RuntimeError LookupError TimeoutError OSError".split()
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
)


@dataclass(frozen=True)
class Shape:
    """How much an event has of everything."""

    name: str
    frames: int
    # Lines of source before and after the one that failed.
    context: int
    variables: int
    breadcrumbs: int
    modules: int
    # Different texts around the same stack, for each issue.
    variants: int


# An event of Python's SDK with its defaults, in a web service with some depth.
FULL = Shape("50 KB", frames=30, context=6, variables=10, breadcrumbs=60, modules=76, variants=4)
SMALL = Shape("2 KB", frames=2, context=0, variables=1, breadcrumbs=1, modules=0, variants=4)
SHAPES = {shape.name: shape for shape in (FULL, SMALL)}


class Builder:
    """The document of a template, with marks where values go."""

    def __init__(self, shape, issue, variant):
        self.shape = shape
        self.issue = issue
        # What belongs to the code is the same in all variants of an issue.
        self.code = random.Random(f"code {issue}")
        self.texts = random.Random(f"texts {issue} {variant}")
        self.marks = 0

    def place(self, width, kind="h"):
        """A mark for a value of so many hexadecimal or decimal digits."""
        self.marks += 1
        return f"~{kind}{width}_{self.marks}~"

    def document(self):
        words = self.code.sample(WORDS, 3)
        package = f"shop.{words[0]}.{words[1]}"
        name = "".join(word.capitalize() for word in words)
        frames = [self.frame(package, depth) for depth in range(self.shape.frames)]
        raised = {
            "type": f"{name}{self.code.choice(ERRORS)}{self.issue}",
            "value": f"{words[0]} {self.place(6, 'd')} has no {words[1]} for this {words[2]}",
            "module": f"{package}.errors",
            "mechanism": {"type": "django", "handled": False},
            "stacktrace": {"frames": frames},
        }
        crumbs = [self.breadcrumb() for _ in range(self.shape.breadcrumbs)]
        return {
            "event_id": "~h32_event~",
            "timestamp": "~now~",
            "platform": "python",
            "level": "error",
            "transaction": f"/{words[0]}/{{id}}/{words[1]}",
            "transaction_info": {"source": "route"},
            "release": f"shop@2026.11.{self.texts.randrange(4)}",
            "environment": self.texts.choice(("production", "production", "staging")),
            "server_name": f"web-{self.texts.randrange(12):02}",
            "exception": {"values": [raised]},
            "breadcrumbs": {"values": crumbs},
            "request": self.request(words),
            "user": self.user(),
            "tags": {word: self.texts.choice(WORDS) for word in ("tenant", "region", "plan")},
            "contexts": self.contexts(),
            "modules": {
                module: f"{at % 7}.{at % 11}.{at % 5}"
                for at, module in enumerate(MODULES[: self.shape.modules])
            },
            "extra": {"sys.argv": ["/srv/shop/bin/gunicorn", "shop.wsgi"]},
            "sdk": {
                "name": "sentry.python.django",
                "version": "2.43.0",
                "packages": [{"name": "pypi:sentry-sdk", "version": "2.43.0"}],
                "integrations": ["django", "excepthook", "logging", "modules", "stdlib"],
            },
        }

    def frame(self, package, depth):
        """The outer third is of a framework, the same for all issues."""
        in_app = depth >= self.shape.frames // 3
        code = self.code if in_app else random.Random(f"framework {depth}")
        first, second = code.sample(WORDS, 2)
        module = f"{package}.{first}" if in_app else f"django.core.{first}"
        path = module.replace(".", "/") + ".py"
        root = "/srv/shop/" if in_app else "/srv/shop/lib/python3.12/site-packages/"
        lines = [source_line(code) for _ in range(2 * self.shape.context + 1)]
        frame = {
            "filename": path,
            "abs_path": root + path,
            "function": f"{second}_{first}",
            "module": module,
            "lineno": code.randrange(10, 900),
            "in_app": in_app,
            "vars": {code.choice(WORDS): self.value() for _ in range(self.shape.variables)},
        }
        if self.shape.context:
            at = self.shape.context
            frame |= {
                "pre_context": lines[:at],
                "context_line": lines[at],
                "post_context": lines[at + 1 :],
            }
        return frame

    def value(self):
        """A variable as the SDK prints it: a half of them differ from occurrence to occurrence."""
        word, other = self.texts.sample(WORDS, 2)
        return self.texts.choice(
            (
                f"<{word.capitalize()}: {other} {self.place(8)}>",
                f"'{self.place(12)}'",
                self.place(7, "d"),
                f"'{word}-{other}'",
                {word: f"'{other}'", "currency": "'EUR'"},
                "None",
            )
        )

    def breadcrumb(self):
        word, other = self.texts.sample(WORDS, 2)
        minute = self.texts.randrange(10, 60)
        crumb = {"timestamp": f"2026-11-24T09:{minute}:07.{self.place(6, 'd')}Z"}
        kind = self.texts.randrange(3)
        if kind == 0:
            query = f"SELECT id, {word}, {other} FROM shop_{word} WHERE id = %s AND {other} > %s"
            return crumb | {"category": "query", "message": query, "type": "default", "data": {}}
        if kind == 1:
            url = f"http://{word}.internal/v1/{other}/{self.place(12)}"
            data = {"url": url, "method": "GET", "status_code": 200, "reason": "OK"}
            return crumb | {"category": "httplib", "type": "http", "data": data}
        text = f"{word} {self.place(6, 'd')} has {other}, took {self.place(3, 'd')} ms"
        return crumb | {"category": f"shop.{word}", "level": "info", "message": text, "type": "log"}

    def request(self, words):
        return {
            "url": f"https://shop.example/{words[0]}/{self.place(8, 'd')}/{words[1]}",
            "method": "POST",
            "query_string": f"page={self.place(2, 'd')}&session={self.place(16)}",
            "headers": {
                "Host": "shop.example",
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate, br",
                "Content-Type": "application/json",
                "User-Agent": self.texts.choice(AGENTS),
                "X-Request-Id": self.place(32),
            },
            "data": {words[2]: self.place(8, "d"), words[1]: self.place(10), "note": words[0]},
            "env": {"SERVER_NAME": "shop.example", "SERVER_PORT": "443"},
        }

    def user(self):
        number = self.place(5, "d")
        address = f"10.{self.texts.randrange(256)}.{self.texts.randrange(256)}.7"
        return {"id": number, "username": f"user{number}", "ip_address": address}

    def contexts(self):
        return {
            "trace": {
                "trace_id": self.place(32),
                "span_id": self.place(16),
                "op": "http.server",
                "status": "internal_error",
            },
            "runtime": {"name": "CPython", "version": "3.12.7", "build": "3.12.7 (main)"},
        }


def source_line(code):
    one, two, three, four = code.sample(WORDS, 4)
    return code.choice(
        (
            f"        {one} = self.{two}.{three}_{four}({one}_id, {two}={three})",
            f"        if {one}.{two} is None and not {three}.{four}:",
            f"            raise {one.capitalize()}Error(f'{two} of {{{three}}} is not {four}')",
            f"        return {one}_{two}.get('{three}', {four})",
            f"    def {one}_{two}(self, {three}, {four}=None):",
            "",
        )
    )


class Template:
    """An envelope with places for values."""

    def __init__(self, document, dsn):
        header = {"event_id": "~h32_event~", "sent_at": "~now~", "dsn": dsn}
        event = json.dumps(document, separators=(",", ":")).encode()
        parts = self._cut(event)
        length = sum(map(len, parts))
        item = {"type": "event", "content_type": "application/json", "length": length}
        whole = b"\n".join([*(json.dumps(line).encode() for line in (header, item)), event, b""])
        self.parts = self._cut(whole)
        self.bytes = sum(map(len, self.parts))

    def _cut(self, text):
        """Texts, and between them the places, each filled with as many bytes as its value has."""
        self.cuts, self.places, parts, end = [], {}, [], 0
        self.width = {b"h": 0, b"d": 0}
        for found in PLACE.finditer(text):
            kind, width, name, now = found.groups()
            parts.append(text[end : found.start()])
            end = found.end()
            cut = None if now else self._stretch(kind, int(width), name)
            self.cuts.append(cut)
            parts.append(bytes(TIME_BYTES if now else int(width)))
        return [*parts, text[end:]]

    def _stretch(self, kind, width, name):
        """Where in the stream of its kind the value of a name lies."""
        if name not in self.places:
            begin = self.width[kind]
            self.width[kind] += width
            self.places[name] = (kind == b"h", begin, begin + width)
        return self.places[name]

    def varying_bytes(self):
        return sum(self.width.values())

    def fill(self, rng, now):
        """One more occurrence."""
        hexes = rng.randbytes(self.width[b"h"]).translate(HEX)
        digits = rng.randbytes(self.width[b"d"]).translate(DIGITS)
        self.parts[1::2] = [
            now if cut is None else (hexes if cut[0] else digits)[cut[1] : cut[2]]
            for cut in self.cuts
        ]
        return b"".join(self.parts)


TIME_BYTES = len("2026-11-24T09:41:07.000000Z")


def utc_now():
    """As SDKs write it."""
    now = time.time()
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    return f"{text}.{int(now % 1 * 1e6):06}Z".encode()


class Workload:
    """Envelopes of so many issues, each in its turn."""

    def __init__(self, shape, issues, dsn, compress=False):
        self.issues = [
            [
                Template(Builder(shape, issue, variant).document(), dsn)
                for variant in range(shape.variants)
            ]
            for issue in range(issues)
        ]
        self.templates = [template for variants in self.issues for template in variants]
        self.compress = compress

    def bytes_mean(self):
        return sum(template.bytes for template in self.templates) / len(self.templates)

    def varying_bytes_mean(self):
        return sum(one.varying_bytes() for one in self.templates) / len(self.templates)

    def envelopes(self, seed, count, first=0, step=1):
        """So many, of every so many'th issue from the first on; another seed gives other values."""
        rng = random.Random(seed)
        for at in range(first, first + count * step, step):
            variants = self.issues[at % len(self.issues)]
            body = rng.choice(variants).fill(rng, utc_now())
            yield gzip.compress(body, GZIP_LEVEL) if self.compress else body
