package eu.kestrel.statements;

import java.io.FileOutputStream;
import java.io.IOException;
import java.util.Map;

/** Keeps what was sent. */
public class Archive {

    private static final String FOLDER = "/var/lib/kestrel/archive/";
    private static final Map<String, Integer> YEARS_KEPT = Map.of("current", 10, "savings", 30);

    public void store(String strName, byte[] abContent) throws StatementException {
        try (FileOutputStream oStream = new FileOutputStream(FOLDER + strName)) {
            oStream.write(abContent);
        } catch (IOException oError) {
            throw new StatementException("could not archive " + strName, oError);
        }
    }

    public int keepUntil(String strProduct, int nYear) {
        int nYears = YEARS_KEPT.get(strProduct);
        return nYear + nYears;
    }
}
