package waybill.facilitator;

import java.math.BigInteger;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import waybill.seller.Facilitator;
import waybill.seller.PayerFunds;
import waybill.x402.Address;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.Permit2Contracts;
import waybill.x402.SchemePayload;
import waybill.x402.SettlementResponse;
import waybill.x402.Supported;
import waybill.x402.VerifyResponse;
import waybill.x402.Version1;

/**
 * Verifies and settles payments on one chain, in this process. What a payment is checked against is the seller's offer and
 * our own table of assets; what it says of itself is not believed. Thread-safe.
 *
 * <p>Settling is idempotent per payment: sellers that share a facilitator share a claim store too, or each is told that
 * the same payment went through.
 */
public final class LocalFacilitator implements Facilitator, PayerFunds, AutoCloseable {
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
        Ground ground = new Ground(
                chain,
                gas,
                checks,
                new Receipts(chain, settings, clock, pause),
                settings,
                new CoinForPayers(settings.sponsoredWeiPerDay(), clock),
                Permit2Contracts.CANONICAL);
        this.schemes = List.of(new ExactByEip3009(ground), new ExactByPermit2(ground), new Upto(ground));
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

    /** What was sent is on disk before it is sent, and asked about first. */
    @Override
    public boolean remembers() {
        return true;
    }

    /** In both versions of the protocol, where version 1 has a word for it. */
    @Override
    public Supported supported() {
        Set<Supported.Kind> kinds = new LinkedHashSet<>();
        for (Scheme scheme : schemes) {
            kinds.add(scheme.kind());
        }
        Version1.name(chain.network())
                .ifPresent(name -> kinds.add(new Supported.Kind(Version1.VERSION, Offer.EXACT, name, Map.of())));
        return new Supported(
                List.copyOf(kinds),
                schemes.stream()
                        .flatMap(scheme -> scheme.extensions().stream())
                        .distinct()
                        .toList(),
                Map.of(chain.network().toString(), gas.addresses()));
    }

    /** The account that settles what is sold by use; sellers name it in their {@code upto} offers. */
    public Address settler() {
        return gas.first();
    }

    @Override
    public BigInteger spendable(Network network, Address token, Address owner) {
        return new ChainFunds(chain).spendable(network, token, owner);
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
        return payment.payload() instanceof SchemePayload.Signed signed ? signed.payer() : null;
    }
}
