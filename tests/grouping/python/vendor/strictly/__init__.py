"""A validation library: every failure of every schema is raised by one line."""


class ValidationError(ValueError):
    pass


class Schema:
    def __init__(self, name, **fields):
        self.name = name
        self.fields = fields

    def parse(self, data):
        problems = [
            problem
            for key, kind in self.fields.items()
            if (problem := self._check(key, kind, data))
        ]
        if problems:
            self._fail(problems)
        return {key: data[key] for key in self.fields}

    def _check(self, key, kind, data):
        if key not in data:
            return f"{key}\n  field required"
        if not isinstance(data[key], kind):
            return f"{key}\n  input should be a valid {kind.__name__}, got {data[key]!r}"
        return None

    def _fail(self, problems):
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''}"
        raise ValidationError(f"{count} for {self.name}\n" + "\n".join(problems))
