package waybill.facilitator;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.facilitator.Checks.Wanted;
import waybill.x402.Address;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.Permit2Upto;
import waybill.x402.SchemePayload;
import waybill.x402.Supported;
import waybill.x402.WireFormat;

/**
 * {@code upto}: the payer signs a ceiling, and what was used of it is settled, nothing included. Only the gas account that
 * the payer signed for can settle, so a seller's offers name ours.
 */
final class Upto implements Scheme {
    private final Ground ground;

    Upto(Ground ground) {
        this.ground = ground;
    }

    @Override
    public Supported.Kind kind() {
        return new Supported.Kind(
                WireFormat.VERSION,
                Offer.UPTO,
                ground.chain().network().toString(),
                Map.of("facilitatorAddress", ground.gas().first().toString()));
    }

    @Override
    public List<String> extensions() {
        return Sponsoring.extensions(ground);
    }

    @Override
    public boolean reads(PaymentPayload payment, Offer required) {
        return Offer.UPTO.equals(required.scheme());
    }

    @Override
    public Terms terms(PaymentPayload payment, Offer required, boolean settling) throws Refused {
        if (!(payment.payload() instanceof SchemePayload.Upto upto)) {
            throw new Refused(
                    "unsupported_payload_type", "the offer takes Permit2 authorisations that name a facilitator only");
        }
        if (!Offer.UPTO.equals(payment.accepted().scheme())) {
            throw new Refused("invalid_upto_evm_scheme", "the payment accepts another scheme than the offer's");
        }
        Wanted wanted = ground.checks().wanted(payment.accepted(), required, "invalid_upto_evm_network_mismatch");
        Permit2Upto permit = upto.authorization();
        if (!permit.spender().equals(ground.contracts().uptoProxy())) {
            throw new Refused(Permit2Terms.SPENDER, "the authorisation is not for the upto proxy");
        }
        if (!permit.to().equals(wanted.payTo())) {
            throw new Refused(Permit2Terms.RECIPIENT, "the authorisation pays somebody else");
        }
        if (!ground.gas().addresses().contains(permit.facilitator())) {
            throw new Refused(
                    "upto_facilitator_mismatch", "the authorisation names a facilitator that is not this one");
        }
        return new Payment(ground, wanted, permit, settling, wanted.amount(), upto.signature(), payment.extensions());
    }

    private static final class Payment extends Permit2Terms {
        private final Permit2Upto permit;
        private final boolean settling;
        private final BigInteger amount;
        private final Map<String, @Nullable Object> extensions;

        Payment(
                Ground ground,
                Wanted wanted,
                Permit2Upto permit,
                boolean settling,
                BigInteger amount,
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
                    ground.contracts().uptoProxy(),
                    extensions);
            this.permit = permit;
            this.settling = settling;
            this.amount = amount;
            this.extensions = extensions;
        }

        @Override
        public BigInteger amount() {
            return amount;
        }

        @Override
        public BigInteger ceiling() {
            return permit.amount();
        }

        @Override
        void price() throws Refused {
            if (!settling) {
                permitsExactly(wanted.amount());
            } else if (wanted.amount().compareTo(permit.amount()) > 0) {
                throw new Refused(
                        "invalid_upto_evm_payload_settlement_exceeds_amount",
                        "the payer signed for at most " + permit.amount() + ", not for " + wanted.amount());
            }
        }

        @Override
        public boolean reportsAmount() {
            return true;
        }

        @Override
        public Terms settling(BigInteger first) throws Refused {
            return new Payment(ground, wanted, permit, settling, first, signature, extensions);
        }

        @Override
        Address caller() {
            return permit.facilitator();
        }

        @Override
        String parameters() {
            return "((address,uint256),uint256,uint256),uint256,address,(address,address,uint256),bytes)";
        }

        @Override
        byte[] head() {
            return Abi.concat(
                    Abi.word(permit.token()),
                    Abi.word(permit.amount()),
                    Abi.word(permit.nonce()),
                    Abi.word(permit.deadline()),
                    Abi.word(amount),
                    Abi.word(permit.from()),
                    Abi.word(permit.to()),
                    Abi.word(permit.facilitator()),
                    Abi.word(permit.validAfter()));
        }

        @Override
        public String failedCode() {
            return "invalid_upto_evm_transaction_failed";
        }
    }
}
