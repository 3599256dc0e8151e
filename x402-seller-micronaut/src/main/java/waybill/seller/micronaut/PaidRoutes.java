package waybill.seller.micronaut;

import io.micronaut.context.BeanContext;
import io.micronaut.context.event.ApplicationEventListener;
import io.micronaut.context.event.StartupEvent;
import io.micronaut.core.annotation.AnnotationMetadata;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import io.micronaut.inject.ExecutableMethod;
import io.micronaut.inject.qualifiers.Qualifiers;
import io.micronaut.web.router.MethodBasedRouteInfo;
import io.micronaut.web.router.RouteInfo;
import io.micronaut.web.router.Router;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import waybill.seller.checkout.Checkout;
import waybill.seller.checkout.InvalidSellerException;
import waybill.seller.checkout.Matched;
import waybill.seller.checkout.Paid;

/** Reads what routes say of their price, and refuses to start with those that cannot be sold. Thread-safe. */
@Singleton
final class PaidRoutes implements ApplicationEventListener<StartupEvent> {
    private static final Set<String> STREAMS =
            Set.of(MediaType.TEXT_EVENT_STREAM, MediaType.APPLICATION_JSON_STREAM, "application/x-ndjson");

    private final Checkout checkout;
    private final Router router;
    private final BeanContext context;
    private final Map<RouteInfo<?>, Matched> known = new ConcurrentHashMap<>();

    PaidRoutes(Checkout checkout, Router router, BeanContext context) {
        this.checkout = checkout;
        this.router = router;
        this.context = context;
    }

    /** The handler that a route leads to. */
    Matched matched(RouteInfo<?> route) {
        return known.computeIfAbsent(route, PaidRoutes::read);
    }

    private static Matched read(RouteInfo<?> route) {
        String method = route instanceof MethodBasedRouteInfo<?, ?> based
                ? based.getTargetMethod().getMethodName()
                : "handler";
        AnnotationMetadata said = route.getAnnotationMetadata();
        return new Matched(
                route.getDeclaringType().getSimpleName() + "#" + method,
                route,
                said.hasStereotype(Paid.class) ? said.synthesize(Paid.class) : null);
    }

    /** Whether its answer is sent piece by piece. */
    static boolean streams(RouteInfo<?> route) {
        boolean many = route.isReactive() && !route.isSingleResult() && !route.isSpecifiedSingle();
        return many || route.getProduces().stream().anyMatch(type -> STREAMS.contains(type.getName()));
    }

    @Override
    public void onApplicationEvent(StartupEvent event) {
        if (!checkout.settings().open()) {
            return;
        }
        Stream<String> unsellable =
                router.uriRoutes().flatMap(route -> checkout.problems(matched(route), streams(route)).stream());
        Stream<String> errors = context.getBeanDefinitions(Qualifiers.byStereotype(Controller.class)).stream()
                .flatMap(controller -> controller.getExecutableMethods().stream())
                .filter(method -> method.hasDeclaredAnnotation(Paid.class) && method.hasDeclaredAnnotation(Error.class))
                .map(PaidRoutes::soldError);
        List<String> problems =
                Stream.concat(unsellable, errors).distinct().sorted().toList();
        if (!problems.isEmpty()) {
            throw new InvalidSellerException(problems);
        }
    }

    private static String soldError(ExecutableMethod<?, ?> method) {
        return method.getDeclaringType().getSimpleName() + "#" + method.getMethodName()
                + " cannot be sold: it answers errors, which nobody asks for.";
    }
}
