/** Measurements beside others that do the same; run by hand through {@code benchmarks/run}. */
@NullMarked
package waybill.benchmarks;

import org.jspecify.annotations.NullMarked;
