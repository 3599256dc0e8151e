package waybill.seller.spring;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.web.method.HandlerMethod;
import waybill.seller.checkout.Paid;

/**
 * Finds the marks that no request would ever be asked to pay by: those on a method that no mapping leads to. A functional route
 * is one, for what its dispatcher runs is a function that knows nothing of the method within.
 */
final class Unmapped {
    private final ConfigurableListableBeanFactory beans;
    private final Predicate<Object> handler;

    /**
     * Looks among these beans.
     *
     * @param handler whether a bean is run by the dispatcher as it is
     */
    Unmapped(ConfigurableListableBeanFactory beans, Predicate<Object> handler) {
        this.beans = beans;
        this.handler = handler;
    }

    /** What is wrong, by the marked method or class and its bean; empty when nothing is. */
    List<String> problems(Collection<HandlerMethod> mapped) {
        Set<Class<?>> classes = new HashSet<>();
        Set<Method> methods = new HashSet<>();
        for (HandlerMethod each : mapped) {
            Class<?> type = PaidHandlers.type(each);
            classes.add(type);
            methods.add(AopUtils.getMostSpecificMethod(each.getMethod(), type));
        }
        List<String> problems = new ArrayList<>();
        for (String bean : beans.getBeanDefinitionNames()) {
            Class<?> type = type(bean);
            if (type == null || !AnnotationUtils.isCandidateClass(type, Paid.class)) {
                continue;
            }
            for (Method method : marked(type)) {
                if (!methods.contains(method)) {
                    problems.add(problem(type.getSimpleName() + "#" + method.getName(), bean));
                }
            }
            if (AnnotatedElementUtils.hasAnnotation(type, Paid.class)
                    && !classes.contains(type)
                    && !handler.test(beans.getBean(bean))) {
                problems.add(problem(type.getSimpleName(), bean));
            }
        }
        return problems;
    }

    private static String problem(String marked, String bean) {
        return marked + " (bean " + bean
                + ") cannot be sold: no mapping leads to it, so that whatever runs it, such as a"
                + " functional route, would give it away. Put @Paid on a handler method with @RequestMapping, @GetMapping"
                + " or the like, and leave functional routes to what is free.";
    }

    private static Set<Method> marked(Class<?> type) {
        return MethodIntrospector.selectMethods(
                type, (Method method) -> AnnotatedElementUtils.hasAnnotation(method, Paid.class));
    }

    /** The class behind a bean's proxies; null when there is none, as of a client that is made of an interface. */
    private @Nullable Class<?> type(String bean) {
        Class<?> type = AutoProxyUtils.determineTargetClass(beans, bean);
        if (type != null && Proxy.isProxyClass(type) && beans.containsSingleton(bean)) {
            type = AopProxyUtils.ultimateTargetClass(beans.getBean(bean));
        }
        return type == null || Proxy.isProxyClass(type) ? null : ClassUtils.getUserClass(type);
    }
}
