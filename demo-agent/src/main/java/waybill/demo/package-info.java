/** The DeFi analyst: Java computes every number, routed and paid models write the commentary, a report holds both. */
@NullMarked
package waybill.demo;

import org.jspecify.annotations.NullMarked;
