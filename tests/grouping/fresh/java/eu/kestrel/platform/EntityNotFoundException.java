package eu.kestrel.platform;

public final class EntityNotFoundException extends RuntimeException {

    public EntityNotFoundException(String entity, Object key) {
        super(entity + " with key " + key + " does not exist");
    }
}
