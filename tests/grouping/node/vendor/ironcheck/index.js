// A validation library: every failure of every schema is thrown by one line.
'use strict';

class CheckError extends Error {
  constructor(issues) {
    super(JSON.stringify(issues, null, 2));
    this.name = 'CheckError';
    this.issues = issues;
  }
}

class ObjectSchema {
  constructor(fields) {
    this.fields = fields;
  }

  parse(value) {
    const issues = [];
    for (const [path, expected] of Object.entries(this.fields)) {
      const received = typeof value[path];
      if (received !== expected)
        issues.push({ code: 'invalid_type', expected, received, path: [path] });
    }
    if (issues.length > 0) throw new CheckError(issues);
    return value;
  }
}

module.exports = { object: (fields) => new ObjectSchema(fields) };
