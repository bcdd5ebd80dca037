"""Schemas of forms: what a field must be is said once, and checked here."""


class ValidationError(ValueError):
    def __init__(self, errors):
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors = errors


class Field:
    def __init__(self, kind, required=True):
        self.kind = kind
        self.required = required

    def load(self, value):
        if not isinstance(value, self.kind):
            raise TypeError(f"Not a valid {self.kind.__name__}.")
        return value


class Schema:
    def __init__(self, **fields):
        self.fields = fields

    def load(self, data):
        loaded, errors = {}, {}
        for name, field in self.fields.items():
            if name not in data:
                if field.required:
                    errors[name] = "Missing data for required field."
                continue
            try:
                loaded[name] = field.load(data[name])
            except TypeError as error:
                errors[name] = str(error)
        if errors:
            raise ValidationError(errors)
        return loaded
