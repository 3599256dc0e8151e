package waybill.seller;

import java.util.List;
import waybill.x402.Amount;
import waybill.x402.Offer;

/**
 * How much of one payer's metered use a seller leaves open. Under {@code upto} nothing is held on the chain until it is
 * settled: what the seller lets go of before is its own risk.
 *
 * @param funds shows what a payer can spend, which all its open ceilings together may not pass
 * @param most the sum of ceilings that one payer may have open, one for each asset that is sold for by use
 */
public record Exposure(PayerFunds funds, List<Amount> most) {
    public Exposure {
        most = List.copyOf(most);
    }

    /**
     * What one payer may have open of the asset of {@code offer}.
     *
     * @throws IllegalStateException when nothing is said of that asset
     */
    Amount mostOf(Offer offer) {
        return most.stream()
                .filter(amount -> amount.asset().address().toString().equals(offer.asset())
                        && amount.asset().network().toString().equals(offer.network()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "sold by use for " + offer.asset() + " without a limit of what may be open of it"));
    }
}
