package waybill.wallet;

import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Authorization;

/**
 * What the ledger is asked to reserve: a call, its price, and the whole authorisation that will be signed.
 *
 * @param id made by the wallet before anything is written; that of the question where a person was asked
 * @param call the request that is paid for
 * @param amount what is held: the price, or the ceiling where less may be charged
 * @param payTo who is paid
 * @param authorization what will be signed; it repeats amount and payee in the token's words
 */
public record Purchase(String id, Call call, Amount amount, Address payTo, Authorization authorization) {
    public Purchase {
        boolean same = authorization.from().equals(call.payer())
                && authorization.to().equals(payTo)
                && authorization.most().equals(amount.atomic());
        if (!same) {
            throw new IllegalArgumentException("the authorisation differs from the purchase " + id);
        }
    }
}
