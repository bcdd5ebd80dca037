package eu.kestrel.statements;

public class StatementException extends Exception {

    private static final long serialVersionUID = 1L;

    public StatementException(String strMessage) {
        super(strMessage);
    }

    public StatementException(String strMessage, Throwable oCause) {
        super(strMessage, oCause);
    }
}
