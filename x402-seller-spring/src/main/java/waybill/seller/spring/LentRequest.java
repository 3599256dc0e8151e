package waybill.seller.spring;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.Part;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A request whose body is left alone unless its handler is sold; then it is read once, within a bound, and read again by the
 * handler. One thread at a time.
 */
final class LentRequest extends HttpServletRequestWrapper {
    private final HttpServletResponse response;
    private boolean lent;
    private byte @Nullable [] body;

    LentRequest(HttpServletRequest request, HttpServletResponse response) {
        super(request);
        this.response = response;
    }

    /** A body that is longer than may be. */
    static final class TooLong extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Whether somebody has begun to read the body before it was known that the handler is sold. */
    boolean lent() {
        return lent;
    }

    /**
     * Everything of the body that the handler will be able to read: its bytes, or, where the container has taken a form
     * apart, the fields and parts that it made of them, each with its length before it. The handler finds all of it as if
     * nobody had read it.
     *
     * @param asMatched the request as the handler will get it
     * @throws TooLong when it has more than {@code max} bytes
     */
    byte[] read(HttpServletRequest asMatched, int max) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        OutputStream bounded = new Bounded(all, max);
        String type = String.valueOf(getContentType()).toLowerCase(Locale.ROOT);
        if (type.startsWith("multipart/")) {
            parts(asMatched, bounded);
        }
        if (type.startsWith("application/x-www-form-urlencoded") || type.startsWith("multipart/")) {
            fields(asMatched.getParameterMap(), bounded);
        }
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        super.getInputStream().transferTo(new Bounded(rest, max));
        body = rest.toByteArray();
        bounded.write(body);
        return all.toByteArray();
    }

    private static void fields(Map<String, String[]> fields, OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        for (Map.Entry<String, String[]> field : new TreeMap<>(fields).entrySet()) {
            text(data, field.getKey());
            data.writeInt(field.getValue().length);
            for (String value : field.getValue()) text(data, value);
        }
    }

    private static void parts(HttpServletRequest request, OutputStream out) throws IOException {
        Collection<Part> parts;
        try {
            parts = request.getParts();
        } catch (IllegalStateException | ServletException e) {
            return; // the container takes no parts apart here, and so the handler gets none
        }
        DataOutputStream data = new DataOutputStream(out);
        for (Part part : parts) {
            text(data, part.getName());
            text(data, String.valueOf(part.getSubmittedFileName()));
            text(data, String.valueOf(part.getContentType()));
            data.writeLong(part.getSize());
            try (InputStream in = part.getInputStream()) {
                in.transferTo(data);
            }
        }
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
        if (body == null) {
            lent = true;
            return super.getInputStream();
        }
        return new Again(body);
    }

    @Override
    public BufferedReader getReader() throws IOException {
        if (body == null) {
            lent = true;
            return super.getReader();
        }
        String named = getCharacterEncoding();
        Charset charset = named == null ? StandardCharsets.UTF_8 : Charset.forName(named);
        return new BufferedReader(new InputStreamReader(new Again(body), charset));
    }

    /** Not with the response beneath, which would let an answer go before it is paid. */
    @Override
    public AsyncContext startAsync() {
        return super.startAsync(this, response);
    }

    @Override
    public @Nullable RequestDispatcher getRequestDispatcher(String path) {
        RequestDispatcher beneath = super.getRequestDispatcher(path);
        return beneath == null || body == null ? beneath : new Dispatcher(beneath);
    }

    List<String> headers(String name) {
        return Collections.list(super.getHeaders(name));
    }

    /**
     * Forwards a paid request. A container ends a forward by closing the response beneath every wrapper that it knows as one,
     * and then nothing could be sent any more; so it is shown a response that is none.
     *
     * @param beneath forwards
     */
    private record Dispatcher(RequestDispatcher beneath) implements RequestDispatcher {

        @Override
        public void forward(ServletRequest request, ServletResponse response) throws ServletException, IOException {
            InvocationHandler passed = (proxy, method, arguments) -> {
                try {
                    return method.invoke(response, arguments);
                } catch (InvocationTargetException e) {
                    throw e.getTargetException();
                }
            };
            beneath.forward(request, (ServletResponse) Proxy.newProxyInstance(
                    HttpServletResponse.class.getClassLoader(), new Class<?>[] {HttpServletResponse.class}, passed));
        }

        @Override
        public void include(ServletRequest request, ServletResponse response) throws ServletException, IOException {
            beneath.include(request, response);
        }
    }

    private static final class Bounded extends OutputStream {
        private final ByteArrayOutputStream out;
        private final int max;

        Bounded(ByteArrayOutputStream out, int max) {
            this.out = out;
            this.max = max;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            if (length > max - out.size()) {
                throw new TooLong();
            }
            out.write(bytes, from, length);
        }
    }

    private static final class Again extends ServletInputStream {
        private final ByteArrayInputStream in;

        Again(byte[] body) {
            this.in = new ByteArrayInputStream(body);
        }

        @Override
        public int read() {
            return in.read();
        }

        @Override
        public int read(byte[] to, int from, int length) {
            return in.read(to, from, length);
        }

        @Override
        public int available() {
            return in.available();
        }

        @Override
        public boolean isFinished() {
            return in.available() == 0;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            try {
                if (!isFinished()) listener.onDataAvailable();
                listener.onAllDataRead();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
