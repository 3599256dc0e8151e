package waybill.wallet;

import java.util.List;
import waybill.x402.Amount;

/**
 * What has been paid and what may still be collected, one line per token; tokens never used are left out.
 *
 * @param settled paid, claimed or confirmed
 * @param held reserved for payments that have not ended
 */
public record Totals(List<Amount> settled, List<Amount> held) {
    public Totals {
        settled = List.copyOf(settled);
        held = List.copyOf(held);
    }
}
