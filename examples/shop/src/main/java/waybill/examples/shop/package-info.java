/** A seller of models on a chain inside the JVM, so that the examples can be run and tested by themselves. */
@NullMarked
package waybill.examples.shop;

import org.jspecify.annotations.NullMarked;
