package org.apache.harbour.proxy;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Proxies of the JDK around services: a transaction begins and ends around each call. */
public final class Interceptors {

    private Interceptors() {}

    @SuppressWarnings("unchecked")
    public static <T> T transactional(Class<T> type, T target) {
        return (T) Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] { type },
            new Transaction(target)
        );
    }

    private record Transaction(Object target) implements InvocationHandler {
        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            try {
                return method.invoke(target, arguments);
            } catch (InvocationTargetException wrapped) {
                throw wrapped.getCause();
            }
        }
    }
}
