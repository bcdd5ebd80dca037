package eu.kestrel.platform;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Entities by key, with a version that every update must know. */
public class Repository<K, E> {

    private final String entity;
    private final Map<K, E> rows = new HashMap<>();
    private final Map<K, Integer> versions = new HashMap<>();

    public Repository(String entity) {
        this.entity = entity;
    }

    public Repository<K, E> with(K key, E row) {
        rows.put(key, row);
        versions.put(key, 1);
        return this;
    }

    public Optional<E> find(K key) {
        return Optional.ofNullable(rows.get(key));
    }

    public E require(K key) {
        return find(key).orElseThrow(() -> new EntityNotFoundException(entity, key));
    }

    public void update(K key, E row, int version) {
        int stored = versions.getOrDefault(key, 0);
        if (stored != version) {
            throw new StaleVersionException(entity, key, version, stored);
        }
        rows.put(key, row);
        versions.put(key, version + 1);
    }
}
