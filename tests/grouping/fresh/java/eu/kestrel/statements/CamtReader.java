package eu.kestrel.statements;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;

/** Reads the messages of other banks. */
public class CamtReader {

    public String readBalance(String strXml) throws Exception {
        Document oDocument = parse(strXml);
        return oDocument.getElementsByTagName("Amt").item(0).getTextContent();
    }

    private Document parse(String strXml) throws Exception {
        DocumentBuilder oBuilder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        oBuilder.setErrorHandler(null);
        return oBuilder.parse(new ByteArrayInputStream(strXml.getBytes(StandardCharsets.UTF_8)));
    }
}
