package eu.kestrel.platform;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Puts a transaction around every method of an interface. */
public final class Tx {

    private Tx() {}

    public static <T> T around(Class<T> type, T target) {
        return type.cast(
            Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] { type },
                (proxy, method, arguments) -> {
                    method.setAccessible(true);
                    try {
                        return method.invoke(target, arguments);
                    } catch (InvocationTargetException error) {
                        throw error.getCause();
                    }
                }
            )
        );
    }
}
