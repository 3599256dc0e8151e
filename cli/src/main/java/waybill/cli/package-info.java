/** The command line: {@code demo}, {@code gateway}, {@code devnet}, {@code pay}, {@code quote}, {@code wallet}, {@code explain}. */
@NullMarked
package waybill.cli;

import org.jspecify.annotations.NullMarked;
