/** The routers' meters and observations in Micrometer, for applications that have it. */
@NullMarked
package waybill.configuration.metrics;

import org.jspecify.annotations.NullMarked;
