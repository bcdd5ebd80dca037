package org.eclipse.skiff;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** A request on its way through the server. */
public final class Exchange {

    private final Endpoint endpoint;
    private final Map<String, String> parameters;

    Exchange(Endpoint endpoint, Map<String, String> parameters) {
        this.endpoint = endpoint;
        this.parameters = parameters;
    }

    void proceed() throws Exception {
        endpoint.answer(this);
    }

    public String text(String name) {
        return parameters.get(name);
    }

    public int number(String name) {
        return Integer.parseInt(parameters.get(name));
    }

    public BigDecimal decimal(String name) {
        return new BigDecimal(parameters.get(name));
    }

    public List<String> list(String name) {
        return List.of(parameters.get(name).split(","));
    }

    public Map<String, String> all() {
        return parameters;
    }
}
