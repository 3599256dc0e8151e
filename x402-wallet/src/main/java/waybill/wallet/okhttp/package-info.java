/**
 * Paying through OkHttp: an interceptor, and the one name resolution that makes open hosts safe. Needs OkHttp on the class
 * path, which this module does not bring.
 */
@NullMarked
package waybill.wallet.okhttp;

import org.jspecify.annotations.NullMarked;
