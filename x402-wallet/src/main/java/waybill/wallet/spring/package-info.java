/**
 * Paying through Spring's {@code RestClient} and {@code RestTemplate}. Needs spring-web on the class path, which this
 * module does not bring.
 */
@NullMarked
package waybill.wallet.spring;

import org.jspecify.annotations.NullMarked;
