/** Scripted servers that play a language model's provider in tests and demonstrations, faults included. JDK only. */
@NullMarked
package waybill.testing;

import org.jspecify.annotations.NullMarked;
