"""Mails: templates, invoices as files, settings."""

import json

from stencil import Template

TEMPLATES = {
    "confirmation": "Dear {{ context['name'] }}, your order of {{ context['order'].total }} is sent.",
    "invoice": "For {{ context['name'] }}: VAT {{ context['vat'][context['country']] }} percent.",
}


class Mailer:
    def __init__(self, root):
        self.root = root
        self.templates = {}

    def render(self, name, values, greeting=""):
        # Shops have their own greeting, so a template is compiled for each.
        key = (name, greeting)
        if key not in self.templates:
            self.templates[key] = Template(name, greeting + TEMPLATES[name])
        return self.templates[key].render(**values)

    def attach_invoice(self, year, number):
        with open(f"{self.root}/{year}/INV-{number}.pdf", "rb") as file:
            return file.read()

    def load_settings(self, text):
        return json.loads(text)["sender"]
