/**
 * The buyer's side of x402: keys, a person's policy, the ledger, and HTTP clients that pay a 402 within that policy and
 * never twice. {@link waybill.wallet.Wallet} is the one actor; {@link waybill.wallet.PayingHttpClient} puts it under any
 * user of {@code java.net.http}, {@code waybill.wallet.okhttp} under OkHttp's, {@code waybill.wallet.spring} under Spring's.
 */
@NullMarked
package waybill.wallet;

import org.jspecify.annotations.NullMarked;
