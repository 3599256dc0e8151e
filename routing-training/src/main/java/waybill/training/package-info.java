/** Learns routing weights from published outcomes, byte for byte reproducibly, and measures routing quality. */
@NullMarked
package waybill.training;

import org.jspecify.annotations.NullMarked;
