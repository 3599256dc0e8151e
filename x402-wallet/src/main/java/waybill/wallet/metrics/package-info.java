/** A wallet's figures for Micrometer; needs {@code io.micrometer:micrometer-core} on the class path. */
@NullMarked
package waybill.wallet.metrics;

import org.jspecify.annotations.NullMarked;
