package waybill.wallet;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Network;

/**
 * A line of the ledger: one payment, or one refusal. It holds neither the signature nor the payment header.
 *
 * @param id made by this wallet, sorts by time
 * @param state where it stands
 * @param confirmed true when the chain has shown the transfer; a settled payment without it is the seller's claim
 * @param payer the wallet's account
 * @param method of the request
 * @param url of the request, without query, fragment and user info
 * @param origin scheme, host and port of the request; null when it was refused for having none
 * @param amount what is authorised; null when it was refused before the offer was understood
 * @param charged what was taken of it; null until it is settled
 * @param payTo who is paid; null in the same case
 * @param transaction hash of the transaction, null until somebody names one
 * @param code why it was refused or how it failed, or null
 * @param reason the same in a sentence, or null
 * @param tags set by the caller
 * @param createdAt when the wallet first saw it
 * @param updatedAt when it last changed
 * @param validBefore when the authorisation runs out; null before one exists
 * @param paidBy how it is authorised; null before an authorisation exists
 * @param receipt what the seller's signed receipt was found to be; null where none came
 */
public record PaymentRecord(
        String id,
        PaymentState state,
        boolean confirmed,
        Address payer,
        String method,
        String url,
        @Nullable Origin origin,
        @Nullable Amount amount,
        @Nullable Amount charged,
        @Nullable Address payTo,
        @Nullable String transaction,
        @Nullable PaymentCode code,
        @Nullable String reason,
        Map<String, String> tags,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant validBefore,
        @Nullable PaymentMethod paidBy,
        @Nullable SellerReceipt receipt) {
    public PaymentRecord {
        tags = Map.copyOf(tags);
    }

    /** The chain it is paid on; null when it was refused before the offer was understood. */
    public @Nullable Network network() {
        return amount == null ? null : amount.asset().network();
    }

    /** Host and port of the request, such as {@code api.example.com} or {@code 127.0.0.1:8402}; empty without one. */
    public String host() {
        return origin == null ? "" : origin.authority();
    }
}
