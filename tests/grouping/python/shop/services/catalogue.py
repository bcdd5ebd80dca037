"""Categories and bundles: both are trees, or should be."""


def breadcrumb(categories, name):
    parent = categories[name]
    if parent is None:
        return [name]
    return breadcrumb(categories, parent) + [name]


def expand_bundle(bundles, name):
    pieces = []
    for item in bundles[name]:
        pieces.extend(expand_item(bundles, item))
    return pieces


def expand_item(bundles, item):
    if item in bundles:
        return expand_bundle(bundles, item)
    return [item]
