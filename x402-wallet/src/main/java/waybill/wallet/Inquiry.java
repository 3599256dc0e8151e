package waybill.wallet;

import java.net.http.HttpHeaders;

/** What came back when a request was made without paying. */
public sealed interface Inquiry {
    /**
     * An answer, and nothing was asked for it.
     *
     * @param status of the answer; not a 402 with an x402 bill
     * @param headers as they came
     * @param body up to 5 MiB of it
     * @param whole false when the body was longer than that
     */
    @SuppressWarnings("ArrayRecordComponent") // an answer is handed on, not compared
    record Answered(int status, HttpHeaders headers, byte[] body, boolean whole) implements Inquiry {}

    /**
     * A bill, of which one offer was chosen.
     *
     * @param quote the offer, with what the policy says of it
     */
    record Priced(Quote quote) implements Inquiry {}
}
