package waybill.seller.spring;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import waybill.seller.Admitted;
import waybill.seller.Answer;
import waybill.seller.Settlement;
import waybill.seller.checkout.Checkout;

/**
 * A response that goes straight through, unless its handler is sold. Then what is written is held back until it is paid; only a
 * stream whose price was paid before it began is let go as it comes.
 */
abstract class HeldReactiveResponse extends ServerHttpResponseDecorator {
    private final Checkout checkout;
    private final AtomicBoolean out = new AtomicBoolean();
    private final AtomicBoolean broken = new AtomicBoolean();
    private volatile @Nullable Admitted held;
    private volatile @Nullable Before before; // null until something is held

    /** What filters had said before the handler ran. */
    private record Before(Map<String, List<String>> headers, MultiValueMap<String, ResponseCookie> cookies) {}

    HeldReactiveResponse(ServerHttpResponse response, Checkout checkout) {
        super(response);
        this.checkout = checkout;
    }

    /** Settles an answer, off the threads that move bytes. */
    abstract Mono<Settlement> settle(Admitted open, Answer answer, @Nullable String use);

    /** Gives an admission up, likewise. */
    abstract Mono<Void> giveUp(Admitted open);

    /** Holds back what is written from here on. */
    void hold(Admitted open) {
        before = new Before(headers(), new LinkedMultiValueMap<>(getCookies()).deepCopy());
        held = open;
    }

    /** Whether some of a paid stream has gone out, and the handler has not failed. */
    boolean isOut() {
        return out.get() && !broken.get();
    }

    /** Sends this, and nothing of what was there. */
    Mono<Void> replace(Answer answer) {
        held = null;
        Before outer = before;
        if (outer != null) {
            getHeaders().clear();
            outer.headers().forEach((name, values) -> getHeaders().put(name, new ArrayList<>(values)));
            getCookies().clear();
            getCookies().putAll(outer.cookies());
        }
        super.setRawStatusCode(answer.status());
        put(answer.headers());
        return write(answer.body());
    }

    void put(Map<String, String> headers) {
        headers.forEach((name, value) -> {
            if (name.equalsIgnoreCase(HttpHeaders.VARY)) {
                getHeaders().add(name, value);
            } else {
                getHeaders().set(name, value);
            }
        });
    }

    private Mono<Void> write(byte[] body) {
        getHeaders().setContentLength(body.length);
        return body.length == 0
                ? super.setComplete()
                : super.writeWith(Mono.fromSupplier(() -> bufferFactory().wrap(body)));
    }

    @Override
    public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
        Admitted open = held;
        if (open == null) {
            return super.writeWith(body);
        }
        return joined(body, checkout.settings().maxAnswer())
                .flatMap(bytes -> release(open, bytes))
                .onErrorResume(DataBufferLimitException.class, e -> giveUp(open)
                        .then(Mono.defer(() -> replace(checkout.answerTooLong()))));
    }

    /** All of a body at once; fails with {@link DataBufferLimitException} when it has more than {@code max} bytes. */
    static Mono<byte[]> joined(Publisher<? extends DataBuffer> body, int max) {
        return DataBufferUtils.join(Flux.from(body), max)
                .map(buffer -> {
                    byte[] bytes = new byte[buffer.readableByteCount()];
                    buffer.read(bytes);
                    DataBufferUtils.release(buffer);
                    return bytes;
                })
                .defaultIfEmpty(new byte[0]);
    }

    @Override
    public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
        Admitted open = held;
        if (open == null) {
            return super.writeAndFlushWith(body);
        }
        HttpStatusCode status = getStatusCode();
        if (!open.paid() || (status != null && status.value() >= 400)) {
            return writeWith(Flux.from(body).concatMap(part -> part));
        }
        return super.writeAndFlushWith(
                Flux.from(body).doOnNext(part -> out.set(true)).doOnError(e -> broken.set(true)));
    }

    @Override
    public Mono<Void> setComplete() {
        Admitted open = held;
        return open == null ? super.setComplete() : release(open, new byte[0]);
    }

    /**
     * Completes what is held and was never written: of a handler without a result, or a redirect, the framework writes nothing,
     * and completes the response beneath this one.
     */
    Mono<Void> complete() {
        return held == null || isCommitted() ? Mono.empty() : setComplete();
    }

    private Mono<Void> release(Admitted open, byte[] body) {
        HttpStatusCode status = getStatusCode();
        Map<String, String> given = new LinkedHashMap<>();
        Map<String, List<String>> outer = Objects.requireNonNull(before).headers();
        headers().forEach((name, values) -> {
            if (Checkout.isOfEveryCopy(name) && !values.equals(outer.get(name))) {
                given.put(name, String.join(", ", values));
            }
        });
        String use = getHeaders().getFirst(Checkout.USE_HEADER);
        Answer answer = new Answer(status == null ? 200 : status.value(), given, body);
        return settle(open, answer, use).flatMap(settlement -> {
            held = null;
            getHeaders().remove(Checkout.USE_HEADER);
            if (settlement instanceof Settlement.Settled settled) {
                put(settled.headers());
            } else if (settlement instanceof Settlement.NotCharged free) {
                put(free.headers());
            } else {
                return replace(Checkout.refusal(((Settlement.Withheld) settlement).answer()));
            }
            return write(body);
        });
    }

    private Map<String, List<String>> headers() {
        Map<String, List<String>> all = new LinkedHashMap<>();
        getHeaders().forEach((name, values) -> all.put(name, List.copyOf(values)));
        return all;
    }
}
