package eu.kestrel.screening;

import static java.util.Map.entry;

import eu.kestrel.platform.Log;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.eclipse.skiff.Endpoint;
import org.eclipse.skiff.Exchange;

/** The endpoints of the screening. */
public final class ScreeningEndpoints {

    private ScreeningEndpoints() {}

    public static Map<String, Endpoint> create(Log log) {
        Rules rules = new Rules();
        Limits limits = new Limits();
        SanctionsList sanctions = new SanctionsList();
        Scoring scoring = new Scoring();
        return Map.ofEntries(
            entry("rule", it -> rules.hits(it.text("rule"), transaction(it))),
            entry("ruleTask", it -> awaited(() -> rules.hits(it.text("rule"), transaction(it)))),
            entry("daily", it -> limits.daily(it.text("card"), it.number("spent"))),
            entry("velocity", it -> limits.velocity(it.text("card"), it.number("payments"))),
            entry("sanctions", it -> sanctions.contains(it.text("name"), it.text("day"))),
            entry("sanctionsTask", it ->
                awaited(() -> sanctions.contains(it.text("name"), it.text("day")))
            ),
            entry("score", it -> scoring.score(it.text("payment"), 5)),
            entry("scoreTask", it -> awaited(() -> scoring.score(it.text("payment"), 5))),
            entry("rescore", it -> scoring.rescore(it.text("payment"))),
            entry("rescoreAll", it -> it.list("payments").forEach(scoring::rescore)),
            entry("review", it ->
                log.error(
                    "hit unreviewed for %s days score=%s list=%s name='%s'",
                    it.text("days"),
                    it.text("score"),
                    it.text("list"),
                    it.text("name")
                )
            ),
            entry("drift", it ->
                log.error("score drift: mean=%s yesterday=%s", it.text("mean"), it.text("was"))
            )
        );
    }

    private static Map<String, Object> transaction(Exchange it) {
        Map<String, Object> fields = new HashMap<>(it.all());
        fields.computeIfPresent("amount", (name, text) ->
            text.toString().matches("\\d+") ? new BigDecimal(text.toString()) : text
        );
        return fields;
    }

    private static <T> T awaited(Callable<T> work) throws Exception {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "screening-task");
        thread.start();
        thread.join();
        return task.get();
    }
}
