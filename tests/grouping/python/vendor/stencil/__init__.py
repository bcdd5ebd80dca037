"""A template engine that compiles each template to a Python function, as template engines do."""

import re
import zlib

PLACEHOLDER = re.compile(r"\{\{(.+?)\}\}")


class Template:
    def __init__(self, name, text):
        self.name = name
        digest = f"{zlib.crc32(text.encode()):08x}"
        self.function = f"root_{digest}"
        exec(compile(self._source(text), f"<template {name} {digest}>", "exec"), scope := {})
        self.compiled = scope[self.function]

    def _source(self, text):
        lines = [f"def {self.function}(context):", "    out = []"]
        at = 0
        for match in PLACEHOLDER.finditer(text):
            lines.append(f"    out.append({text[at:match.start()]!r})")
            lines.append(f"    out.append(str({match.group(1).strip()}))")
            at = match.end()
        lines += [f"    out.append({text[at:]!r})", "    return ''.join(out)"]
        return "\n".join(lines)

    def render(self, **context):
        return self.compiled(context)
