package com.quayside.shop.shared;

import org.apache.harbour.web.Filter;
import org.apache.harbour.web.Request;

/** Measures every request. */
public final class Timing implements Filter {

    private long nanoseconds;

    @Override
    public Object apply(Request request, Chain chain) throws Throwable {
        long start = System.nanoTime();
        try {
            return chain.proceed(request);
        } finally {
            nanoseconds += System.nanoTime() - start;
        }
    }
}
