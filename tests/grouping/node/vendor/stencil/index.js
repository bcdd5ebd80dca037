// A template engine that compiles each template to a function, as template engines do.
'use strict';

function compile(text) {
  const parts = text.split(/\{\{(.+?)\}\}/);
  const lines = parts.map((part, index) =>
    index % 2 ? `out += String(${part.trim()});` : `out += ${JSON.stringify(part)};`,
  );
  return new Function('it', `let out = "";\n${lines.join('\n')}\nreturn out;`);
}

class Engine {
  constructor(templates) {
    this.templates = templates;
    this.cache = new Map();
  }

  render(name, it) {
    if (!this.cache.has(name)) this.cache.set(name, compile(this.templates[name]));
    return this.cache.get(name)(it);
  }
}

module.exports = { Engine };
