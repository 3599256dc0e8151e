package waybill.wallet.spring;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;

/** An answer of whose body the beginning was read, which its reader gets from the beginning all the same. */
final class BegunResponse implements ClientHttpResponse {
    private final ClientHttpResponse response;
    private final InputStream body;

    BegunResponse(ClientHttpResponse response, byte[] begin) throws IOException {
        this.response = response;
        this.body = new SequenceInputStream(new ByteArrayInputStream(begin), response.getBody());
    }

    @Override
    public HttpStatusCode getStatusCode() throws IOException {
        return response.getStatusCode();
    }

    @Override
    public String getStatusText() throws IOException {
        return response.getStatusText();
    }

    @Override
    public HttpHeaders getHeaders() {
        return response.getHeaders();
    }

    @Override
    public InputStream getBody() {
        return body;
    }

    @Override
    public void close() {
        response.close();
    }
}
