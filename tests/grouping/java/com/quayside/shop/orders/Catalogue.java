package com.quayside.shop.orders;

import java.util.List;
import java.util.Map;

/** Categories: a tree, or it should be. */
final class Catalogue {

    private final Map<String, String> parents;

    Catalogue(Map<String, String> parents) {
        this.parents = parents;
    }

    String path(String category) {
        String parent = parents.get(category);
        return parent == null ? category : path(parent) + "/" + category;
    }

    List<String> paths() {
        return parents.keySet().stream().sorted().map(this::path).toList();
    }
}
