"""Texts by language. They are files, so that the wards' offices can change them."""

from pathlib import Path

FOLDER = Path("/etc/clinic/texts")


def render(name, locale, values):
    return load(name, locale).format(**values)


def load(name, locale):
    return (FOLDER / f"{name}.{locale}.txt").read_text(encoding="utf-8")
