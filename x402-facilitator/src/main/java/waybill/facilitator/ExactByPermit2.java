package waybill.facilitator;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.facilitator.Checks.Wanted;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.Permit2Exact;
import waybill.x402.SchemePayload;
import waybill.x402.Supported;
import waybill.x402.TransferMethod;
import waybill.x402.WireFormat;

/** {@code exact} through Permit2, for any token whose owner has approved it: exactly the price, to the payee that was signed. */
final class ExactByPermit2 implements Scheme {
    private final Ground ground;

    ExactByPermit2(Ground ground) {
        this.ground = ground;
    }

    @Override
    public Supported.Kind kind() {
        return new Supported.Kind(
                WireFormat.VERSION, Offer.EXACT, ground.chain().network().toString(), Map.of());
    }

    @Override
    public List<String> extensions() {
        return Sponsoring.extensions(ground);
    }

    @Override
    public boolean reads(PaymentPayload payment, Offer required) {
        return Offer.EXACT.equals(required.scheme()) && required.method() == TransferMethod.PERMIT2;
    }

    @Override
    public Terms terms(PaymentPayload payment, Offer required, boolean settling) throws Refused {
        if (!(payment.payload() instanceof SchemePayload.Permit2 exact)) {
            throw new Refused("unsupported_payload_type", "the offer takes Permit2 authorisations only");
        }
        if (!Offer.EXACT.equals(payment.accepted().scheme())) {
            throw new Refused("unsupported_payload_type", "the payment accepts another scheme than the offer's");
        }
        Wanted wanted = ground.checks().wanted(payment.accepted(), required, "invalid_exact_evm_network_mismatch");
        Permit2Exact permit = exact.authorization();
        if (!permit.spender().equals(ground.contracts().exactProxy())) {
            throw new Refused(Permit2Terms.SPENDER, "the authorisation is not for the exact proxy");
        }
        if (!permit.to().equals(wanted.payTo())) {
            throw new Refused(Permit2Terms.RECIPIENT, "the authorisation pays somebody else");
        }
        return new Payment(ground, wanted, permit, exact.signature(), payment.extensions());
    }

    private static final class Payment extends Permit2Terms {
        private final Permit2Exact permit;

        Payment(
                Ground ground,
                Wanted wanted,
                Permit2Exact permit,
                String signature,
                Map<String, @Nullable Object> extensions)
                throws Refused {
            super(
                    ground,
                    wanted,
                    permit.from(),
                    permit.to(),
                    permit.token(),
                    permit.amount(),
                    permit.digest(ground.chain().network(), ground.contracts()),
                    signature,
                    permit.nonce(),
                    permit.deadline(),
                    permit.validAfter(),
                    ground.contracts().exactProxy(),
                    extensions);
            this.permit = permit;
        }

        @Override
        public BigInteger amount() {
            return permit.amount();
        }

        @Override
        void price() throws Refused {
            permitsExactly(wanted.amount());
        }

        @Override
        String parameters() {
            return "((address,uint256),uint256,uint256),address,(address,uint256),bytes)";
        }

        @Override
        byte[] head() {
            return Abi.concat(
                    Abi.word(permit.token()),
                    Abi.word(permit.amount()),
                    Abi.word(permit.nonce()),
                    Abi.word(permit.deadline()),
                    Abi.word(permit.from()),
                    Abi.word(permit.to()),
                    Abi.word(permit.validAfter()));
        }

        @Override
        public String failedCode() {
            return "invalid_exact_evm_transaction_failed";
        }
    }
}
