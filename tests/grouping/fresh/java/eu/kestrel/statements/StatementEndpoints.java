package eu.kestrel.statements;

import static java.util.Map.entry;

import eu.kestrel.platform.Log;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.CountDownLatch;
import org.eclipse.skiff.Endpoint;

/** The endpoints of the statements. */
public final class StatementEndpoints {

    private StatementEndpoints() {}

    public static Map<String, Endpoint> create(Log log) {
        CamtReader reader = new CamtReader();
        Archive archive = new Archive();
        return Map.ofEntries(
            entry("print", it -> new StatementBuilder(it.list("lines")).build(it.text("template"))),
            entry("printEmpty", it -> new StatementBuilder(lines(0)).build(it.text("template"))),
            entry("printLong", it -> new StatementBuilder(lines(it.number("lines"))).build("%s")),
            entry("page", it -> new StatementBuilder(it.list("lines")).getPage(it.number("page"))),
            entry("booked", it -> StatementBuilder.parseBookingDate(it.text("day"))),
            entry("period", it -> {
                for (String day : it.list("days")) {
                    StatementBuilder.parseBookingDate(day);
                }
            }),
            entry("camt", it -> reader.readBalance(it.text("xml"))),
            entry("camtTimer", it -> onTimer(log, () -> reader.readBalance(it.text("xml")))),
            entry("store", it -> archive.store(it.text("name"), new byte[4])),
            entry("storeTimer", it ->
                onTimer(log, () -> {
                    archive.store(it.text("name"), new byte[9]);
                    return null;
                })
            ),
            entry("keep", it -> archive.keepUntil(it.text("product"), 2031)),
            entry("keepAll", it ->
                it.list("products").forEach(each -> archive.keepUntil(each, 2030))
            ),
            entry("mail", it -> log.brief(new StatementException(it.text("answer")))),
            entry("reconcile", it ->
                reconcile(log, it.text("account"), it.number("expected"), it.number("was"))
            )
        );
    }

    private static List<String> lines(int count) {
        return new ArrayList<>(Collections.nCopies(count, "a line"));
    }

    private static void reconcile(Log log, String account, int expected, int was) {
        if (expected != was) {
            log.error("closing balance off account=%s expected=%d was=%d", account, expected, was);
        }
    }

    private interface Work {
        Object run() throws Exception;
    }

    private static void onTimer(Log log, Work work) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        Timer timer = new Timer("statements", true);
        timer.schedule(
            new TimerTask() {
                @Override
                public void run() {
                    try {
                        work.run();
                    } catch (Exception error) {
                        log.failure(error);
                    } finally {
                        done.countDown();
                    }
                }
            },
            0
        );
        done.await();
        timer.cancel();
    }
}
