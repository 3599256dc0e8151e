package waybill.facilitator;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.seller.Facilitator;
import waybill.x402.Address;
import waybill.x402.Assets;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SchemePayload.Eip3009;
import waybill.x402.SettlementResponse;
import waybill.x402.Supported;
import waybill.x402.VerifyResponse;

/**
 * Verifies and settles payments on one chain, in this process. What a payment is checked against is the seller's offer and
 * our own table of assets; what it says of itself is not believed. Thread-safe.
 *
 * <p>Settling is idempotent per payment: sellers that share a facilitator share a claim store too, or each is told that
 * the same payment went through.
 */
public final class LocalFacilitator implements Facilitator, AutoCloseable {
    private final Chain chain;
    private final GasAccounts gas;
    private final SettlementStore store;
    private final List<Scheme> schemes;
    private final Settler settler;

    /** A facilitator with one gas key and everything given. It closes {@code store} when it is closed. */
    public LocalFacilitator(
            Chain chain, GasKey key, SettlementStore store, Assets assets, FacilitatorSettings settings, Clock clock) {
        this(chain, List.of(key), store, assets, settings, clock);
    }

    /** A facilitator whose transactions are spread over several gas keys, so that none waits for another's. */
    public LocalFacilitator(
            Chain chain,
            List<GasKey> keys,
            SettlementStore store,
            Assets assets,
            FacilitatorSettings settings,
            Clock clock) {
        this(chain, keys, store, assets, settings, clock, Pause.REAL);
    }

    LocalFacilitator(
            Chain chain,
            List<GasKey> keys,
            SettlementStore store,
            Assets assets,
            FacilitatorSettings settings,
            Clock clock,
            Pause pause) {
        this.chain = chain;
        this.gas = new GasAccounts(chain, keys, settings, clock);
        this.store = store;
        Checks checks = new Checks(chain, gas, assets, settings, clock);
        Receipts receipts = new Receipts(chain, settings, clock, pause);
        this.schemes = List.of(new ExactByEip3009(chain, gas, checks, receipts, settings));
        this.settler = new Settler(chain, gas, store, settings, clock, pause);
    }

    /** A facilitator with our own assets, default settings and the system's clock. */
    public static LocalFacilitator of(Chain chain, GasKey key, SettlementStore store) {
        return new LocalFacilitator(
                chain, key, store, Assets.standard(), FacilitatorSettings.defaults(), Clock.systemUTC());
    }

    @Override
    public VerifyResponse verify(PaymentPayload payment, Offer required) {
        try {
            Terms terms = scheme(payment, required).terms(payment, required, false);
            terms.check();
            return VerifyResponse.valid(terms.payer());
        } catch (Refused e) {
            return VerifyResponse.invalid(e.reason(), e.sentence(), payer(payment));
        }
    }

    @Override
    public SettlementResponse settle(PaymentPayload payment, Offer required) {
        try {
            return settler.settle(scheme(payment, required).terms(payment, required, true));
        } catch (Refused e) {
            return settler.failed(e, "", payer(payment));
        }
    }

    @Override
    public Supported supported() {
        return new Supported(
                schemes.stream().map(Scheme::kind).distinct().toList(),
                schemes.stream()
                        .flatMap(scheme -> scheme.extensions().stream())
                        .distinct()
                        .toList(),
                Map.of(chain.network().toString(), gas.addresses()));
    }

    @Override
    public void close() {
        store.close();
    }

    private Scheme scheme(PaymentPayload payment, Offer required) throws Refused {
        for (Scheme scheme : schemes) {
            if (scheme.reads(payment, required)) {
                return scheme;
            }
        }
        boolean known =
                schemes.stream().anyMatch(scheme -> scheme.kind().scheme().equals(required.scheme()));
        throw known
                ? new Refused("unsupported_payload_type", "the offer's way to move the asset is not known here")
                : new Refused("unsupported_scheme", "the offer's scheme is not settled here");
    }

    private static @Nullable Address payer(PaymentPayload payment) {
        return payment.payload() instanceof Eip3009 exact
                ? exact.authorization().from()
                : null;
    }
}
