// Categories and menus: both are trees, or should be.
'use strict';

function breadcrumb(parents, name) {
  const parent = parents[name];
  return parent ? [...breadcrumb(parents, parent), name] : [name];
}

class Menu {
  constructor(children) {
    this.children = children;
  }

  visit(name) {
    return `<li>${name}${this.visitChildren(name)}</li>`;
  }

  visitChildren(name) {
    return (this.children[name] ?? []).map((child) => this.visit(child)).join('');
  }
}

module.exports = { breadcrumb, Menu };
