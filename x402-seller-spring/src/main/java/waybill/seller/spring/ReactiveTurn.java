package waybill.seller.spring;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.MediaType;
import org.springframework.http.codec.HttpMessageReader;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.http.codec.multipart.Part;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebExchangeDecorator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import waybill.seller.Admission;
import waybill.seller.Admitted;
import waybill.seller.Answer;
import waybill.seller.Settlement;
import waybill.seller.checkout.Checkout;
import waybill.seller.checkout.Matched;

/**
 * One request on its way through Spring WebFlux, from {@link PaidWebFilter} through {@link PaidReactiveAdapter} and back. It owns
 * its admission, and brings it to an end however the request ends. What waits for disk and chain runs on the
 * checkout's threads, and is not interrupted when the client leaves.
 */
final class ReactiveTurn {
    static final String ATTRIBUTE = ReactiveTurn.class.getName();

    private final Checkout checkout;
    private final Exchange exchange;
    private @Nullable Admitted admitted; // guarded by this
    private boolean ended; // guarded by this

    ReactiveTurn(Checkout checkout, ServerWebExchange outer, ServerCodecConfigurer codecs) {
        this.checkout = checkout;
        this.exchange = new Exchange(outer, codecs);
    }

    ServerWebExchange exchange() {
        return exchange;
    }

    /**
     * Whether the handler may run now.
     *
     * @param asMatched the exchange as the handler will get it
     */
    Mono<Boolean> opens(ServerWebExchange asMatched, Matched matched) {
        if (!exchange.request.lend() || exchange.response.isCommitted()) {
            return exchange.response.replace(Checkout.notThisWay(matched)).thenReturn(false);
        }
        int max = checkout.settings().maxBody();
        return exchange.request
                .read(max)
                .map(body -> body.map(bytes -> Mono.defer(() -> opens(asMatched, matched, bytes)))
                        .orElseGet(() ->
                                exchange.response.replace(checkout.tooLong()).thenReturn(false)))
                .flatMap(step -> step);
    }

    private Mono<Boolean> opens(ServerWebExchange asMatched, Matched matched, byte[] body) {
        ServerHttpRequest request = asMatched.getRequest();
        Object pattern = asMatched.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
        return blocking(() -> owned(checkout.admit(
                        matched,
                        request.getMethod().name(),
                        String.valueOf(pattern),
                        url(request),
                        body,
                        name -> exchange.request.getHeaders().getOrEmpty(name))))
                .flatMap(admission -> {
                    if (admission instanceof Admitted open) {
                        return begun(open).thenReturn(true);
                    }
                    if (admission instanceof Admission.Kept kept) {
                        exchange.response.put(kept.headers());
                        return exchange.response.replace(kept.answer()).thenReturn(false);
                    }
                    return exchange.response
                            .replace(Checkout.refusal((Admission.Declined) admission))
                            .thenReturn(false);
                });
    }

    private Mono<Void> begun(Admitted open) {
        return open.paid()
                ? blocking(open::settleFirst)
                        .doOnNext(settlement -> {
                            if (settlement instanceof Settlement.Settled settled) {
                                exchange.response.put(settled.headers());
                            }
                            exchange.response.hold(open);
                        })
                        .then()
                : Mono.fromRunnable(() -> exchange.response.hold(open));
    }

    /** Takes the admission over, unless the client has left meanwhile. */
    private synchronized Admission owned(Admission admission) {
        if (admission instanceof Admitted open) {
            if (ended) {
                open.close();
            } else {
                admitted = open;
            }
        }
        return admission;
    }

    /** The handler is done: sends what it left to the framework to send, which may be a status and headers alone. */
    Mono<Void> complete() {
        return exchange.response.complete();
    }

    /** Brings the admission to an end if nothing else has. */
    Mono<Void> end() {
        Admitted open;
        synchronized (this) {
            ended = true;
            open = admitted;
            admitted = null;
        }
        if (open == null) {
            return exchange.forget();
        }
        return blocking(() -> {
                    try (open) {
                        if (exchange.response.isOut()) checkout.delivered(open, null);
                    }
                    return open;
                })
                .then(exchange.forget());
    }

    private String url(ServerHttpRequest request) {
        String path = request.getURI().getRawPath();
        String query = request.getURI().getRawQuery();
        return checkout.url(
                String.valueOf(request.getURI().getScheme()),
                request.getHeaders().getFirst("Host"),
                path + (query == null ? "" : "?" + query));
    }

    private <T> Mono<T> blocking(Callable<T> step) {
        return Mono.defer(() -> Mono.fromFuture(
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return step.call();
                            } catch (Exception e) {
                                throw new CompletionException(e);
                            }
                        },
                        checkout.blocking()),
                true));
    }

    /** The exchange with a request that can be read twice and a response that can be held back. */
    private final class Exchange extends ServerWebExchangeDecorator {
        private final ServerCodecConfigurer codecs;
        private final LentBody request;
        private final HeldBody response;
        private @Nullable Mono<MultiValueMap<String, Part>> parts; // guarded by this

        Exchange(ServerWebExchange outer, ServerCodecConfigurer codecs) {
            super(outer);
            this.codecs = codecs;
            this.request = new LentBody(outer.getRequest(), outer.getResponse());
            this.response = new HeldBody(outer.getResponse());
        }

        @Override
        public ServerHttpRequest getRequest() {
            return request;
        }

        @Override
        public ServerHttpResponse getResponse() {
            return response;
        }

        @Override
        public Mono<MultiValueMap<String, String>> getFormData() {
            return request.body == null
                    ? super.getFormData()
                    : parsed(MediaType.APPLICATION_FORM_URLENCODED, String.class);
        }

        @Override
        public Mono<MultiValueMap<String, Part>> getMultipartData() {
            return request.body == null ? super.getMultipartData() : parts();
        }

        /** Parsed once, for all who ask. */
        private synchronized Mono<MultiValueMap<String, Part>> parts() {
            Mono<MultiValueMap<String, Part>> known = parts;
            if (known == null) {
                known = parsed(MediaType.MULTIPART_FORM_DATA, Part.class).cache();
                parts = known;
            }
            return known;
        }

        /** Deletes what the parts have left on disk, as the framework does with those that it parsed itself. */
        Mono<Void> forget() {
            return Mono.defer(() -> {
                Mono<MultiValueMap<String, Part>> known;
                synchronized (this) {
                    known = parts;
                }
                return known == null
                        ? Mono.empty()
                        : known.onErrorComplete()
                                .flatMapIterable(Map::values)
                                .flatMapIterable(named -> named)
                                .concatMap(part -> part.delete().onErrorComplete())
                                .then();
            });
        }

        /** What the framework has prepared of the body was lost when the body was read; this makes it again. */
        @SuppressWarnings("unchecked") // the type asked for is the type that the reader says it reads
        private <V> Mono<MultiValueMap<String, V>> parsed(MediaType wanted, Class<V> value) {
            MediaType type = request.getHeaders().getContentType();
            if (type == null || !type.isCompatibleWith(wanted)) {
                return Mono.just(new LinkedMultiValueMap<>());
            }
            ResolvableType map = ResolvableType.forClassWithGenerics(MultiValueMap.class, String.class, value);
            for (HttpMessageReader<?> reader : codecs.getReaders()) {
                if (reader.canRead(map, type)) {
                    return ((HttpMessageReader<MultiValueMap<String, V>>) reader)
                            .readMono(map, request, Map.of())
                            .switchIfEmpty(Mono.fromSupplier(LinkedMultiValueMap::new));
                }
            }
            return Mono.error(new IllegalStateException("nothing reads " + type));
        }
    }

    private static final class LentBody extends ServerHttpRequestDecorator {
        private final ServerHttpResponse response;
        private boolean lent;
        private volatile byte @Nullable [] body;

        LentBody(ServerHttpRequest request, ServerHttpResponse response) {
            super(request);
            this.response = response;
        }

        /** False when somebody has taken the body already. */
        synchronized boolean lend() {
            if (lent) {
                return false;
            }
            lent = true;
            return true;
        }

        /** The body, read once; empty when it has more than {@code max} bytes. */
        Mono<Optional<byte[]>> read(int max) {
            return HeldReactiveResponse.joined(super.getBody(), max)
                    .map(bytes -> {
                        body = bytes;
                        return Optional.of(bytes);
                    })
                    .onErrorResume(DataBufferLimitException.class, e -> Mono.just(Optional.empty()));
        }

        @Override
        public Flux<DataBuffer> getBody() {
            byte[] read = body;
            if (read != null) {
                return Flux.defer(() -> read.length == 0
                        ? Flux.empty()
                        : Flux.just(response.bufferFactory().wrap(read.clone())));
            }
            synchronized (this) {
                lent = true;
            }
            return super.getBody();
        }
    }

    /** Goes straight through, unless its handler is sold. */
    private final class HeldBody extends HeldReactiveResponse {
        HeldBody(ServerHttpResponse response) {
            super(response, checkout);
        }

        @Override
        Mono<Settlement> settle(Admitted open, Answer answer, @Nullable String use) {
            return blocking(() -> {
                if (!open.paid()) {
                    return checkout.settle(open, answer, use);
                }
                return open.settle(answer); // and keeps it
            });
        }

        @Override
        Mono<Void> giveUp(Admitted open) {
            return blocking(() -> {
                        open.close();
                        return open;
                    })
                    .then();
        }
    }
}
