// Categories and menus: both are trees, or should be.
'use strict';

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

function breadcrumb(parents, name) {
  const parent = parents[name];
  return parent ? [...breadcrumb(parents, parent), name] : [name];
}

module.exports = { breadcrumb, Menu };
