package waybill.seller.spring;

import java.util.List;
import waybill.seller.PriceTag;
import waybill.seller.checkout.Matched;
import waybill.seller.checkout.Prices;
import waybill.seller.checkout.SellerSettings;
import waybill.seller.contract.Goods;
import waybill.x402.Amount;
import waybill.x402.Asset;

/** Prices the one handler that has no annotation. */
record PriceList(Goods goods, SellerSettings settings) implements Prices {

    @Override
    public List<PriceTag> of(Matched handler) {
        if (!handler.name().endsWith("#listed")) {
            return List.of();
        }
        if (!goods.pricesKnown()) {
            throw new IllegalStateException("the list cannot be read");
        }
        Asset usdc = settings.assets().find(settings.networks().get(0), "USDC").orElseThrow();
        return List.of(PriceTag.of(Amount.parse("0.01", usdc), settings.payTo()));
    }
}
