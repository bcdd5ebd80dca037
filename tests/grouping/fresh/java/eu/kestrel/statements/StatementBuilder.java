package eu.kestrel.statements;

import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;

/** Builds the text of a statement. The oldest code of the bank. */
public class StatementBuilder {

    private static final int PAGE_SIZE = 3;

    private List<String> m_aLines;

    public StatementBuilder(List<String> aLines) {
        m_aLines = aLines;
    }

    public String build(String strTemplate) throws StatementException {
        if (m_aLines == null || m_aLines.isEmpty()) {
            throw new StatementException("STM-1: nothing to print");
        }
        if (m_aLines.size() > 99) {
            int nLines = m_aLines.size();
            throw new StatementException("STM-2: " + nLines + " lines do not fit a statement");
        }
        return String.format(strTemplate, m_aLines.get(0), m_aLines.size());
    }

    public String getPage(int nPage) {
        int nFrom = nPage * PAGE_SIZE;
        return m_aLines.subList(nFrom, Math.min(nFrom + PAGE_SIZE, m_aLines.size())).toString();
    }

    public static LocalDate parseBookingDate(String strDate) throws StatementException {
        try {
            return LocalDate.parse(strDate);
        } catch (DateTimeParseException oError) {
            throw new StatementException("STM-7: booking date", oError);
        }
    }
}
