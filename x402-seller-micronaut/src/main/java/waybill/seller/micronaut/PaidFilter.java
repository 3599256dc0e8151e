package waybill.seller.micronaut;

import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.core.type.Argument;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpRequestWrapper;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.body.ByteBody;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.body.MessageBodyHandlerRegistry;
import io.micronaut.http.body.MessageBodyWriter;
import io.micronaut.http.filter.HttpServerFilter;
import io.micronaut.http.filter.ServerFilterChain;
import io.micronaut.http.filter.ServerFilterPhase;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.RouteInfo;
import io.micronaut.web.router.UriRouteInfo;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import waybill.seller.Admission;
import waybill.seller.Admitted;
import waybill.seller.Answer;
import waybill.seller.Settlement;
import waybill.seller.checkout.Checkout;
import waybill.seller.checkout.Matched;

/**
 * Sells the routes that are marked. Micronaut matches a request to its route before it runs filters, and runs that very route
 * behind them: which spelling of a path led to it does not matter. What waits for disk and chain runs on the
 * checkout's threads.
 */
@Filter(Filter.MATCH_ALL_PATTERN)
final class PaidFilter implements HttpServerFilter {
    private final Checkout checkout;
    private final PaidRoutes routes;
    private final MessageBodyHandlerRegistry writers;

    PaidFilter(Checkout checkout, PaidRoutes routes, MessageBodyHandlerRegistry writers) {
        this.checkout = checkout;
        this.routes = routes;
        this.writers = writers;
    }

    /** Innermost: those before it may refuse a request that nobody has paid for yet. */
    @Override
    public int getOrder() {
        return ServerFilterPhase.LAST.after();
    }

    @Override
    public Publisher<MutableHttpResponse<?>> doFilter(HttpRequest<?> request, ServerFilterChain chain) {
        RouteInfo<?> route = RouteAttributes.getRouteInfo(request).orElse(null);
        if (route == null) {
            return Publishers.map(chain.proceed(request), response -> response);
        }
        Matched matched = routes.matched(route);
        if (!checkout.sells(matched)) {
            return Publishers.map(chain.proceed(request), response -> response);
        }
        Turn turn = new Turn(request, matched, route, chain);
        return turn.response().doOnCancel(turn::left);
    }

    /** One request on its way. It owns its admission, and brings it to an end however the request ends. */
    private final class Turn {
        private final HttpRequest<?> request;
        private final Matched matched;
        private final RouteInfo<?> route;
        private final ServerFilterChain chain;
        private @Nullable Admitted admitted; // guarded by this
        private boolean left; // guarded by this

        Turn(HttpRequest<?> request, Matched matched, RouteInfo<?> route, ServerFilterChain chain) {
            this.request = request;
            this.matched = matched;
            this.route = route;
            this.chain = chain;
        }

        Mono<MutableHttpResponse<?>> response() {
            ServerHttpRequest<?> readable = readable(request);
            if (readable == null) {
                return Mono.just(plain(Checkout.notThisWay(matched), Map.of()));
            }
            return body(readable, checkout.settings().maxBody()).flatMap(body -> body.map(this::sell)
                    .orElseGet(() -> Mono.just(plain(checkout.tooLong(), Map.of()))));
        }

        private Mono<MutableHttpResponse<?>> sell(byte[] body) {
            String pattern = route instanceof UriRouteInfo<?, ?> uri
                    ? uri.getUriMatchTemplate().toPathString()
                    : matched.name();
            return blocking(() -> owned(checkout.admit(
                            matched, request.getMethodName(), pattern, url(), body, name -> request.getHeaders()
                                    .getAll(name))))
                    .flatMap(admission -> {
                        if (admission instanceof Admitted open) {
                            return run(open);
                        }
                        return Mono.just(
                                admission instanceof Admission.Kept kept
                                        ? plain(kept.answer(), kept.headers())
                                        : plain(Checkout.refusal((Admission.Declined) admission), Map.of()));
                    });
        }

        /** Runs the handler, and lets its answer go when it is paid. */
        private Mono<MutableHttpResponse<?>> run(Admitted open) {
            return Mono.<MutableHttpResponse<?>>from(Publishers.map(chain.proceed(request), response -> response))
                    .flatMap(response -> release(open, response))
                    .onErrorResume(failure -> ending(open).then(Mono.error(failure)));
        }

        private Mono<MutableHttpResponse<?>> release(Admitted open, MutableHttpResponse<?> response) {
            Object body = response.body();
            if (body != null && response.code() < 400 && Publishers.isConvertibleToPublisher(body)) {
                return open.paid()
                        ? stream(open, response, body)
                        : ending(open).thenReturn(plain(checkout.answerTooLong(), Map.of()));
            }
            if (response.code() >= 400) {
                return settled(open, response, new byte[0]);
            }
            Optional<byte[]> bytes = written(response, body);
            return bytes.isPresent()
                    ? settled(open, response, bytes.get())
                    : ending(open).thenReturn(plain(checkout.answerTooLong(), Map.of()));
        }

        private Mono<MutableHttpResponse<?>> settled(Admitted open, MutableHttpResponse<?> response, byte[] bytes) {
            Answer answer = new Answer(response.code(), given(response), bytes);
            String use = response.getHeaders().get(Checkout.USE_HEADER);
            return blocking(() -> {
                // what was paid upfront is settled already, and this keeps its answer
                Settlement settlement = open.paid() ? open.settle(answer) : checkout.settle(open, answer, use);
                if (settlement instanceof Settlement.Settled settled) {
                    return whole(response, answer, settled.headers());
                }
                if (settlement instanceof Settlement.NotCharged free) {
                    put(response, free.headers());
                    return response;
                }
                return plain(Checkout.refusal(((Settlement.Withheld) settlement).answer()), Map.of());
            });
        }

        /** A stream whose price was paid before it began. */
        private Mono<MutableHttpResponse<?>> stream(Admitted open, MutableHttpResponse<?> response, Object body) {
            return blocking(open::settleFirst).map(settlement -> {
                if (settlement instanceof Settlement.Settled paid) {
                    put(response, paid.headers());
                }
                Flux<Object> pieces = Flux.from(Publishers.convertToPublisher(ConversionService.SHARED, body));
                Ending ending = new Ending();
                return response.body(pieces.doOnNext(piece -> ending.begun = true)
                        .doOnError(failure -> ending.broken = true)
                        .doFinally(signal -> {
                            var unused = blocking(() -> {
                                        try (open) {
                                            if (ending.begun && !ending.broken) checkout.delivered(open, null);
                                        }
                                        return open;
                                    })
                                    .subscribe();
                        }));
            });
        }

        /** Takes the admission over, unless the client has left meanwhile. */
        private synchronized Admission owned(Admission admission) {
            if (admission instanceof Admitted open) {
                if (left) {
                    open.close();
                } else {
                    admitted = open;
                }
            }
            return admission;
        }

        /** The client is gone before its answer was there. */
        void left() {
            Admitted open;
            synchronized (this) {
                left = true;
                open = admitted;
            }
            if (open != null) {
                var unused = ending(open).subscribe();
            }
        }

        private Mono<Void> ending(Admitted open) {
            return blocking(() -> {
                        open.close();
                        return open;
                    })
                    .then();
        }

        private String url() {
            String query = request.getUri().getRawQuery();
            return checkout.url(
                    request.isSecure() ? "https" : "http",
                    request.getHeaders().get(HttpHeaders.HOST),
                    request.getUri().getRawPath() + (query == null ? "" : "?" + query));
        }

        /** The body as bytes, as the framework would write it; empty when it is too long. */
        private Optional<byte[]> written(MutableHttpResponse<?> response, @Nullable Object body) {
            if (body == null || request.getMethod() == HttpMethod.HEAD) {
                return Optional.of(new byte[0]);
            }
            Bounded out = new Bounded(checkout.settings().maxAnswer());
            MediaType type = response.getContentType()
                    .orElseGet(() -> route.getProduces().stream().findFirst().orElse(MediaType.APPLICATION_JSON_TYPE));
            try {
                write(response, body, type, out);
            } catch (RuntimeException e) {
                if (out.tooLong) {
                    return Optional.empty();
                }
                throw e;
            }
            if (response.getContentType().isEmpty()) {
                response.contentType(type);
            }
            return out.tooLong ? Optional.empty() : Optional.of(out.toByteArray());
        }

        private <T> void write(MutableHttpResponse<?> response, T body, MediaType type, OutputStream out) {
            Argument<T> of = Argument.ofInstance(body);
            MessageBodyWriter<T> writer = writers.getWriter(of, List.of(type));
            writer.writeTo(of, type, body, response.getHeaders(), out);
        }
    }

    private static final class Ending {
        volatile boolean begun;
        volatile boolean broken;
    }

    /** Takes no more than so many bytes. */
    private static final class Bounded extends ByteArrayOutputStream {
        private final int max;
        private boolean tooLong;

        Bounded(int max) {
            this.max = max;
        }

        @Override
        public synchronized void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] from, int offset, int length) {
            if (tooLong || length > max - size()) {
                tooLong = true;
                reset();
            } else {
                super.write(from, offset, length);
            }
        }
    }

    private static @Nullable ServerHttpRequest<?> readable(HttpRequest<?> request) {
        HttpRequest<?> each = request;
        while (each instanceof HttpRequestWrapper<?> wrapper && !(each instanceof ServerHttpRequest<?>)) {
            each = wrapper.getDelegate();
        }
        return each instanceof ServerHttpRequest<?> readable ? readable : null;
    }

    /** A copy of the body, while the handler's stays unread; empty when it has more than {@code max} bytes. */
    private static Mono<Optional<byte[]>> body(ServerHttpRequest<?> request, int max) {
        return Mono.using(
                () -> request.byteBody().split(ByteBody.SplitBackpressureMode.FASTEST),
                copy -> Flux.from(copy.toByteArrayPublisher())
                        .collect(() -> new Bounded(max), (all, part) -> all.write(part, 0, part.length))
                        .map(all -> all.tooLong ? Optional.<byte[]>empty() : Optional.of(all.toByteArray())),
                CloseableByteBody::close);
    }

    /** The headers that the handler gave its answer, as far as every copy has them. */
    private static Map<String, String> given(HttpResponse<?> response) {
        Map<String, String> given = new LinkedHashMap<>();
        response.getHeaders().forEach((name, values) -> {
            if (Checkout.isOfEveryCopy(name)) given.put(name, String.join(", ", values));
        });
        return given;
    }

    /** The handler's response with its body as the bytes that were settled for. */
    private static MutableHttpResponse<?> whole(
            MutableHttpResponse<?> response, Answer answer, Map<String, String> headers) {
        MutableHttpResponse<byte[]> whole = HttpResponse.<byte[]>ok().status(answer.status(), response.reason());
        response.getHeaders().forEach((name, values) -> {
            if (!name.equalsIgnoreCase(Checkout.USE_HEADER) && !name.equalsIgnoreCase(HttpHeaders.CONTENT_LENGTH)) {
                values.forEach(value -> whole.header(name, value));
            }
        });
        put(whole, headers);
        return answer.size() == 0 ? whole : whole.body(answer.body());
    }

    private static MutableHttpResponse<?> plain(Answer answer, Map<String, String> headers) {
        MutableHttpResponse<byte[]> response = HttpResponse.<byte[]>ok().status(answer.status(), "");
        put(response, answer.headers());
        put(response, headers);
        return answer.size() == 0 ? response : response.body(answer.body());
    }

    private static void put(MutableHttpResponse<?> response, Map<String, String> headers) {
        headers.forEach((name, value) -> {
            if (!name.equalsIgnoreCase(HttpHeaders.VARY)) response.getHeaders().remove(name);
            response.header(name, value);
        });
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
}
