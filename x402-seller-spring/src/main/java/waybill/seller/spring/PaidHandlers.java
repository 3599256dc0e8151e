package waybill.seller.spring;

import java.lang.reflect.Method;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.MediaType;
import org.springframework.web.method.HandlerMethod;
import waybill.seller.checkout.Checkout;
import waybill.seller.checkout.InvalidSellerException;
import waybill.seller.checkout.Matched;
import waybill.seller.checkout.Paid;

/** Reads what Spring's handlers say of their price, through proxies, interfaces and meta-annotations. Thread-safe. */
final class PaidHandlers {

    /** A handler, by the class behind its proxies: the class of a proxy may be that of many handlers. */
    private record Key(Class<?> type, Object method) {}

    private record Told(String name, @Nullable Paid paid) {}

    private final Map<Key, Told> known = new ConcurrentHashMap<>();

    Matched matched(Object handler) {
        Told told = handler instanceof HandlerMethod method
                ? known.computeIfAbsent(new Key(type(method), method.getMethod()), key -> told(method))
                : known.computeIfAbsent(new Key(type(handler), ""), key -> told(handler));
        return new Matched(told.name(), handler, told.paid());
    }

    /**
     * Refuses to start with handlers that cannot be sold.
     *
     * @param all every handler, with what it produces
     * @param unmapped finds the marks that are on none of them
     * @throws InvalidSellerException that names each of them
     */
    void check(Checkout checkout, Map<HandlerMethod, ? extends Collection<MediaType>> all, Unmapped unmapped) {
        Stream<String> mapped = all.entrySet().stream()
                .flatMap(each ->
                        checkout
                                .problems(matched(each.getKey()), Streams.streams(each.getKey(), each.getValue()))
                                .stream());
        List<String> problems = Stream.concat(mapped, unmapped.problems(all.keySet()).stream())
                .distinct()
                .sorted()
                .toList();
        if (!problems.isEmpty()) {
            throw new InvalidSellerException(problems);
        }
    }

    private static Told told(HandlerMethod handler) {
        Class<?> type = type(handler);
        Method method = AopUtils.getMostSpecificMethod(handler.getMethod(), type);
        Paid paid = first(
                AnnotatedElementUtils.findMergedAnnotation(method, Paid.class),
                AnnotatedElementUtils.findMergedAnnotation(handler.getMethod(), Paid.class),
                AnnotatedElementUtils.findMergedAnnotation(type, Paid.class));
        return new Told(type.getSimpleName() + "#" + method.getName(), paid);
    }

    /** The class of a handler's bean, behind its proxies. */
    static Class<?> type(HandlerMethod handler) {
        Object bean = handler.getBean();
        return type(bean instanceof String ? handler.createWithResolvedBean().getBean() : bean);
    }

    private static Class<?> type(Object handler) {
        return AopProxyUtils.ultimateTargetClass(handler);
    }

    private static Told told(Object handler) {
        Class<?> type = type(handler);
        return new Told(type.getSimpleName(), AnnotatedElementUtils.findMergedAnnotation(type, Paid.class));
    }

    private static @Nullable Paid first(@Nullable Paid... found) {
        for (Paid paid : found) {
            if (Objects.nonNull(paid)) {
                return paid;
            }
        }
        return null;
    }
}
