/**
 * What the properties under {@code waybill} mean, the same in every framework. Here router and wallet meet: candidates that
 * are paid by the wallet get its HTTP client and its price tags.
 */
@NullMarked
package waybill.configuration;

import org.jspecify.annotations.NullMarked;
