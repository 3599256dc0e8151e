package waybill.seller.spring;

import java.util.Collection;
import java.util.Set;
import org.springframework.core.ResolvableType;
import org.springframework.http.MediaType;
import org.springframework.web.method.HandlerMethod;

/** Tells handlers whose answers are sent piece by piece. */
final class Streams {
    private static final Set<String> TYPES = Set.of(
            "org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter",
            "org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody",
            "org.springframework.http.codec.ServerSentEvent");
    private static final int DEEPEST = 5;

    private Streams() {}

    /** By what the handler returns, or by what it produces. */
    static boolean streams(HandlerMethod handler, Collection<MediaType> produces) {
        return produces.stream().anyMatch(Streams::isStream)
                || names(ResolvableType.forMethodReturnType(handler.getMethod()), 0);
    }

    private static boolean isStream(MediaType type) {
        return type.isConcrete()
                && (type.isCompatibleWith(MediaType.TEXT_EVENT_STREAM)
                        || type.isCompatibleWith(MediaType.APPLICATION_NDJSON));
    }

    private static boolean names(ResolvableType type, int depth) {
        for (Class<?> each = type.resolve(); each != null; each = each.getSuperclass()) {
            if (TYPES.contains(each.getName())) {
                return true;
            }
            for (Class<?> face : each.getInterfaces()) {
                if (TYPES.contains(face.getName())) return true;
            }
        }
        if (depth < DEEPEST) {
            for (ResolvableType inner : type.getGenerics()) {
                if (names(inner, depth + 1)) return true;
            }
        }
        return false;
    }
}
